//! What other scanners were told to leave: allow-lists and baselines of gitleaks, Kingfisher and
//! detect-secrets, read as places. A place goes stale with the next edit, so it is turned into the
//! fingerprint of the credential that stands there now.

use overstay_detectors::evidence::Exposure;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a file of another scanner says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Paths that were left out, as the other scanner wrote them: regular expressions.
    pub paths: Vec<String>,
    /// Findings that were accepted.
    pub known: Vec<Known>,
    /// What has no counterpart here, in words.
    pub dropped: Vec<String>,
}

/// A finding that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// The file, as the other scanner wrote it.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The commit, in hex.
    pub commit: Option<String>,
}

/// Why a file cannot be imported. Never quotes it: a report of gitleaks holds the secrets.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not one of the formats.
    #[error(
        "it is no .gitleaks.toml, .gitleaksignore, gitleaks report, Kingfisher baseline or \
         detect-secrets baseline"
    )]
    Unknown,
    /// One of the formats, and damaged.
    #[error("{format}: line {line}, column {column} is not as it should be")]
    Damaged {
        /// The format.
        format: &'static str,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

/// Reads a file of another scanner; which one, its content says.
pub fn read(text: &str) -> Result<Imported, ImportError> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('[') && serde_json::from_str::<serde_json::Value>(start).is_ok() {
        return gitleaks_report(start);
    }
    if start.starts_with('{') {
        return detect_secrets(start);
    }
    if text.contains("ExactFindings:") {
        return Ok(kingfisher(text));
    }
    match toml::from_str::<GitleaksConfig>(text) {
        Ok(config) if config.says_something() => Ok(gitleaks_config(config)),
        _ => gitleaks_ignore(text),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GitleaksFinding {
    file: String,
    start_line: u32,
    #[serde(default)]
    commit: String,
}

fn gitleaks_report(text: &str) -> Result<Imported, ImportError> {
    let findings: Vec<GitleaksFinding> = json("gitleaks report", text)?;
    let known = findings.into_iter().map(|finding| Known {
        path: finding.file,
        // gitleaks counts the lines of a file from 1 and those of a patch from 0.
        line: finding.start_line.max(1),
        commit: Some(finding.commit).filter(|commit| !commit.is_empty()),
    });
    Ok(Imported { known: known.collect(), ..Imported::default() })
}

#[derive(Deserialize)]
struct DetectSecrets {
    results: BTreeMap<String, Vec<DetectSecretsFinding>>,
}

#[derive(Deserialize)]
struct DetectSecretsFinding {
    line_number: u32,
    /// False once somebody has audited it.
    is_secret: Option<bool>,
}

fn detect_secrets(text: &str) -> Result<Imported, ImportError> {
    let baseline: DetectSecrets = json("detect-secrets baseline", text)?;
    let mut imported = Imported::default();
    for (path, findings) in baseline.results {
        for finding in findings {
            if finding.is_secret == Some(true) {
                let what = format!("{path}:{}: audited as a real secret", finding.line_number);
                imported.dropped.push(what);
            } else {
                let (path, line) = (path.clone(), finding.line_number);
                imported.known.push(Known { path, line, commit: None });
            }
        }
    }
    Ok(imported)
}

fn json<T: serde::de::DeserializeOwned>(
    format: &'static str,
    text: &str,
) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(|error| ImportError::Damaged {
        format,
        line: error.line(),
        column: error.column(),
    })
}

/// A Kingfisher baseline: YAML, of which only `filepath` and `linenum` of each match matter.
fn kingfisher(text: &str) -> Imported {
    let mut imported = Imported::default();
    let mut path = None;
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches("- ");
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches(['"', '\'']);
        match key {
            "filepath" => path = Some(value.to_owned()),
            "linenum" => {
                if let (Some(path), Ok(line)) = (path.take(), value.parse()) {
                    imported.known.push(Known { path, line, commit: None });
                }
            }
            _ => {}
        }
    }
    imported
}

#[derive(Deserialize)]
struct GitleaksConfig {
    #[serde(default)]
    allowlist: Option<GitleaksAllowlist>,
    #[serde(default)]
    allowlists: Vec<GitleaksAllowlist>,
    #[serde(default)]
    rules: Vec<GitleaksRule>,
}

impl GitleaksConfig {
    fn says_something(&self) -> bool {
        self.allowlist.is_some() || !self.allowlists.is_empty() || !self.rules.is_empty()
    }
}

#[derive(Deserialize)]
struct GitleaksRule {
    #[serde(default)]
    id: String,
    #[serde(default)]
    allowlist: Option<GitleaksAllowlist>,
    #[serde(default)]
    allowlists: Vec<GitleaksAllowlist>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GitleaksAllowlist {
    paths: Vec<String>,
    regexes: Vec<String>,
    stopwords: Vec<String>,
    commits: Vec<String>,
}

fn gitleaks_config(config: GitleaksConfig) -> Imported {
    let mut imported = Imported::default();
    for list in config.allowlist.into_iter().chain(config.allowlists) {
        imported.paths.extend(list.paths);
        let mut drop = |count: usize, what: &str| {
            if count > 0 {
                imported.dropped.push(format!("{count} {what}: allow by fingerprint instead"));
            }
        };
        drop(list.regexes.len(), "patterns of values");
        drop(list.stopwords.len(), "stop words");
        drop(list.commits.len(), "whole commits");
    }
    for rule in config.rules {
        if rule.allowlist.is_some() || !rule.allowlists.is_empty() {
            imported.dropped.push(format!("the allow-list of the rule `{}`", rule.id));
        }
    }
    imported
}

/// `.gitleaksignore`: `commit:file:rule:line` or `file:rule:line`, one a line.
fn gitleaks_ignore(text: &str) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let damaged =
            || ImportError::Damaged { format: ".gitleaksignore", line: number, column: 1 };
        let mut parts = line.rsplitn(3, ':');
        let place = parts.next().and_then(|line| line.parse::<u32>().ok());
        let (Some(place), Some(_), Some(rest)) = (place, parts.next(), parts.next()) else {
            return Err(if imported.known.is_empty() { ImportError::Unknown } else { damaged() });
        };
        let (commit, path) = match rest.split_once(':') {
            Some((commit, path)) if is_commit(commit) => (Some(commit.to_owned()), path),
            _ => (None, rest),
        };
        imported.known.push(Known { path: path.to_owned(), line: place.max(1), commit });
    }
    if imported.known.is_empty() { Err(ImportError::Unknown) } else { Ok(imported) }
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The accepted findings that are credentials here, by fingerprint with their format and path; and
/// those with nothing at their place any more.
pub fn resolve<'k, 'e>(
    known: &'k [Known],
    exposures: &'e [Exposure],
) -> (BTreeSet<(&'e str, &'e str, &'k str)>, Vec<&'k Known>) {
    let mut at: BTreeMap<(&str, u32), Vec<&Exposure>> = BTreeMap::new();
    for exposure in exposures {
        for place in &exposure.places {
            if let (Some(path), Some(region)) = (&place.location.path, place.location.region) {
                for line in region.start_line..=region.end_line {
                    at.entry((path, line)).or_default().push(exposure);
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    let mut gone = Vec::new();
    for known in known {
        let path = known.path.strip_prefix("./").unwrap_or(&known.path);
        match at.get(&(path, known.line)) {
            Some(here) => found.extend(
                here.iter()
                    .map(|e| (e.fingerprint.as_str(), e.format.as_str(), known.path.as_str())),
            ),
            None => gone.push(known),
        }
    }
    (found, gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use overstay_detectors::evidence::{Location, Region, Sighting};

    fn known(path: &str, line: u32, commit: Option<&str>) -> Known {
        Known { path: path.to_owned(), line, commit: commit.map(str::to_owned) }
    }

    #[test]
    fn a_gitleaks_report_gives_places() {
        let text = r#"[{"RuleID":"generic-api-key","File":"a/b.py","StartLine":3,"Commit":"","Secret":"x"},
                       {"RuleID":"jwt","File":"c.js","StartLine":0,"Commit":"abc"}]"#;
        assert_eq!(
            read(text).unwrap().known,
            [known("a/b.py", 3, None), known("c.js", 1, Some("abc"))]
        );
        assert_eq!(read("[]").unwrap(), Imported::default());
    }

    #[test]
    fn a_detect_secrets_baseline_gives_places_but_not_audited_secrets() {
        let text = r#"{"version":"1.5.0","results":{"a.yml":[
            {"type":"Secret Keyword","hashed_secret":"0","line_number":7},
            {"type":"Secret Keyword","hashed_secret":"1","line_number":9,"is_secret":true}]}}"#;
        let imported = read(text).unwrap();
        assert_eq!(imported.known, [known("a.yml", 7, None)]);
        assert_eq!(imported.dropped, ["a.yml:9: audited as a real secret"]);
    }

    #[test]
    fn a_kingfisher_baseline_gives_places() {
        let text = "ExactFindings:\n  matches:\n  - filepath: src/main.rs\n    fingerprint: '12'\n    linenum: 4\n    lastupdated: Mon, 02 Nov 2026 10:00:00 +0000\n";
        assert_eq!(read(text).unwrap().known, [known("src/main.rs", 4, None)]);
    }

    #[test]
    fn a_gitleaks_configuration_gives_paths_and_says_what_it_cannot_carry() {
        let text = "title = 'x'\n[allowlist]\npaths = ['''tests/.*''']\nregexes = ['a', 'b']\n[[rules]]\nid = 'mine'\nregex = 'x'\n[rules.allowlist]\nstopwords = ['s']\n";
        let imported = read(text).unwrap();
        assert_eq!(imported.paths, ["tests/.*"]);
        assert_eq!(
            imported.dropped,
            [
                "2 patterns of values: allow by fingerprint instead",
                "the allow-list of the rule `mine`"
            ]
        );
    }

    #[test]
    fn an_ignore_file_gives_places() {
        let commit = "a".repeat(40);
        let text = format!("# comment\n{commit}:a/b.py:jwt:12\n\nc:d.js:generic-api-key:4\n");
        assert_eq!(
            read(&text).unwrap().known,
            [known("a/b.py", 12, Some(&commit)), known("c:d.js", 4, None)]
        );
    }

    #[test]
    fn what_is_none_of_them_is_said_without_quoting_it() {
        for text in ["hello", "", "{\"a\": \"hunter2\"}", "a:b\n"] {
            let error = read(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_place_becomes_the_fingerprint_of_what_stands_there() {
        let location = Location::in_file("a.py", Region::line(3));
        let exposure = Exposure {
            format: "jwt".into(),
            fingerprint: "f1".into(),
            places: vec![Sighting { location, ..Sighting::default() }],
            ..Exposure::default()
        };
        let places = [known("./a.py", 3, None), known("a.py", 4, None)];
        let exposures = [exposure];
        let (found, gone) = resolve(&places, &exposures);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("f1", "jwt", "./a.py")]);
        assert_eq!(gone, [&places[1]]);
    }
}
