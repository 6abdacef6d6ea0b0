//! What an earlier scan reported, by fingerprint: JSON Lines or SARIF that Overstay wrote.

use super::{State, Triaged};
use overstay_rules::{Band, Rule};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
};

/// The key of our fingerprint in SARIF.
const SARIF_KEY: &str = "overstayFinding/v1";

/// Findings of an earlier scan.
#[derive(Debug, Default)]
pub struct Baseline {
    known: HashMap<String, Known>,
}

/// A finding of an earlier scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The SARIF rule id.
    pub rule_id: String,
    /// The message, or more than it.
    pub message: String,
    /// The identity, when the baseline says.
    pub identity: Option<String>,
    /// `system` or `system/tenant`.
    pub source: String,
    /// The file, when it had one.
    pub path: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
}

/// A finding of the baseline that this scan does not have, though it read the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Absent {
    /// What it was called.
    pub fingerprint: String,
    /// What the baseline says of it.
    pub known: Known,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("cannot read {path}: {why}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file is neither JSON Lines nor SARIF of Overstay.
    #[error("{path} is no baseline: {why}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong where; never the line itself.
        why: String,
    },
}

#[derive(Deserialize)]
struct Line {
    v: String,
    rule: String,
    variant: Option<String>,
    band: Band,
    message: String,
    identity: String,
    fingerprint: String,
    source: Source,
    #[serde(default)]
    locations: Vec<overstay_detectors::evidence::Location>,
}

#[derive(Deserialize)]
struct Source {
    system: String,
    tenant: Option<String>,
}

impl Baseline {
    /// Reads a report of an earlier scan.
    ///
    /// # Errors
    /// When the file cannot be read or is not a report of Overstay.
    pub fn load(path: &Path) -> Result<Baseline, BaselineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|why| BaselineError::Read { path: path.to_owned(), why })?;
        Baseline::read(&text, path)
    }

    /// Reads the text of a report that is called `path`.
    ///
    /// # Errors
    /// When it is not a report of Overstay.
    pub fn read(text: &str, path: &Path) -> Result<Baseline, BaselineError> {
        Baseline::parse(text).map_err(|why| BaselineError::Parse { path: path.to_owned(), why })
    }

    /// Reads the text of a report.
    pub(super) fn parse(text: &str) -> Result<Baseline, String> {
        let text = text.trim_start_matches('\u{feff}');
        let known = match serde_json::from_str::<serde_json::Value>(text) {
            Ok(log) if log.get("runs").is_some() => of_sarif(&log),
            _ => of_lines(text)?,
        };
        Ok(Baseline { known })
    }

    /// How a finding compares.
    pub(super) fn state(&self, triaged: &Triaged) -> State {
        match self.known.get(&triaged.fingerprint) {
            None => State::New,
            Some(known) => {
                let same_words = known.message.starts_with(&triaged.finding.message);
                if same_words && known.rule_id == triaged.rule_id() {
                    State::Unchanged
                } else {
                    State::Updated
                }
            }
        }
    }

    /// What the scan does not have any more, of sources that it read; by fingerprint.
    pub(super) fn absent(&self, found: &[Triaged], was_read: impl Fn(&str) -> bool) -> Vec<Absent> {
        let mut missing: BTreeMap<&String, &Known> =
            self.known.iter().filter(|(_, known)| was_read(&known.source)).collect();
        for triaged in found {
            missing.remove(&triaged.fingerprint);
        }
        let absent = |(fingerprint, known): (&String, &Known)| Absent {
            fingerprint: fingerprint.clone(),
            known: known.clone(),
        };
        missing.into_iter().map(absent).collect()
    }
}

impl Absent {
    /// The rule, if this version still has it.
    pub fn rule(&self) -> Option<&'static Rule> {
        overstay_rules::find(self.known.rule_id.split('/').next()?)
    }
}

fn of_lines(text: &str) -> Result<HashMap<String, Known>, String> {
    let mut known = HashMap::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", i + 1))?;
        if line.v != crate::report::FINDING_VERSION {
            return Err(format!("line {} is not {}", i + 1, crate::report::FINDING_VERSION));
        }
        let mut rule_id = line.rule;
        let usual = overstay_rules::find(&rule_id).map(|rule| rule.band);
        if let Some(variant) = line.variant {
            rule_id = format!("{rule_id}/{variant}");
        }
        if usual != Some(line.band) {
            rule_id = format!("{rule_id}/{}", line.band);
        }
        let place = line.locations.into_iter().find(|place| place.path.is_some());
        let (path, region) = place.map(|place| (place.path, place.region)).unwrap_or_default();
        known.insert(
            line.fingerprint,
            Known {
                rule_id,
                message: line.message,
                identity: Some(line.identity),
                source: source_name(&line.source.system, line.source.tenant.as_deref()),
                path,
                line: region.map(|region| region.start_line),
            },
        );
    }
    Ok(known)
}

fn of_sarif(log: &serde_json::Value) -> HashMap<String, Known> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let mut known = HashMap::new();
    for run in list(&log["runs"]) {
        let id = run["automationDetails"]["id"].as_str().unwrap_or_default();
        let source = id.split_once('/').map_or(id, |(_, rest)| rest).trim_end_matches('/');
        for result in list(&run["results"]) {
            let Some(fingerprint) = text(&result["partialFingerprints"][SARIF_KEY]) else {
                continue;
            };
            if result["baselineState"] == "absent" {
                continue;
            }
            let place = &result["locations"][0]["physicalLocation"];
            let line = place["region"]["startLine"].as_u64();
            known.insert(
                fingerprint,
                Known {
                    rule_id: text(&result["ruleId"]).unwrap_or_default(),
                    message: text(&result["message"]["text"]).unwrap_or_default(),
                    identity: text(&result["properties"]["identity"]),
                    source: source.to_owned(),
                    path: text(&place["artifactLocation"]["uri"]),
                    line: line.and_then(|line| u32::try_from(line).ok()),
                },
            );
        }
    }
    known
}

/// `system` or `system/tenant`.
pub(super) fn source_name(system: &str, tenant: Option<&str>) -> String {
    tenant.map_or_else(|| system.to_owned(), |tenant| format!("{system}/{tenant}"))
}
