//! SARIF of other tools: which check reported what where. Messages and quoted text are not read at all, so
//! that no secret in them can pass.

mod bind;

pub use bind::{Origin, bind};

use crate::{evidence::Region, policy::imported::tool};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Why a file is not a SARIF log. Never quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SarifError {
    /// Not JSON, or cut off.
    #[error("line {line}, column {column}: not JSON")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of another shape.
    #[error("line {line}, column {column}: not as SARIF 2.1.0 has it")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Another version of SARIF.
    #[error("line 1: SARIF of another version than 2.1.0")]
    Version,
}

impl From<serde_json::Error> for SarifError {
    fn from(error: serde_json::Error) -> SarifError {
        let (line, column) = (error.line().max(1), error.column().max(1));
        match error.classify() {
            serde_json::error::Category::Data => SarifError::Shape { line, column },
            _ => SarifError::Json { line, column },
        }
    }
}

/// What the tools of one file reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Results about machine identities.
    pub results: Vec<Reported>,
    /// Results of checks that are not about identities, by tool and check.
    pub unrelated: Counts,
    /// Results of checks or tools that the table does not have.
    pub unknown: Counts,
    /// Results without a file that could be found.
    pub unplaced: Counts,
    /// Results that their tool itself marks as left, or as no finding.
    pub left: Counts,
}

/// How many results, by tool and check.
pub type Counts = BTreeMap<(String, String), u64>;

/// A result of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The tool, in lower case.
    pub tool: String,
    /// The check.
    pub audit: String,
    /// The file as written, without `file://` and `./`.
    pub path: String,
    /// The job's key, where the result names one.
    pub job: Option<String>,
    /// Where in the file.
    pub region: Option<Region>,
}

/// Reads a SARIF log.
///
/// # Errors
/// When the text is not a SARIF 2.1.0 log; a log cut off in the middle gives nothing.
pub fn read(text: &str) -> Result<Log, SarifError> {
    let sarif: Sarif = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    if sarif.version != "2.1.0" {
        return Err(SarifError::Version);
    }
    let mut log = Log::default();
    for run in sarif.runs {
        let name = tame(&run.tool.driver.name.to_ascii_lowercase());
        for result in run.results.unwrap_or_default() {
            log.add(&name, &run.tool.driver.rules, result);
        }
    }
    Ok(log)
}

impl Log {
    fn add(&mut self, name: &str, rules: &[Rule], result: Found) {
        let by_index = || Some(rules.get(result.rule_index?)?.id.as_str());
        let id = result.rule_id.as_deref().or_else(by_index).unwrap_or("?");
        let audit = tame(id.rsplit('/').next().unwrap_or(id));
        let counted = (name.to_owned(), audit.clone());
        let known = tool(name);
        let list = if known.is_some_and(|tool| tool.unrelated.contains(&audit)) {
            Some(&mut self.unrelated)
        } else if !known.is_some_and(|tool| tool.audits.contains_key(&audit)) {
            Some(&mut self.unknown)
        } else if result.is_left() {
            Some(&mut self.left)
        } else {
            None
        };
        if let Some(list) = list {
            *list.entry(counted).or_default() += 1;
            return;
        }
        let place = result.locations.into_iter().flatten().next().unwrap_or_default();
        match place.path() {
            Some(path) => self.results.push(Reported {
                tool: name.to_owned(),
                audit,
                path,
                job: place.job(),
                region: place.physical.region.and_then(SarifRegion::region),
            }),
            None => *self.unplaced.entry(counted).or_default() += 1,
        }
    }
}

/// A name from a file that may hold anything: shown only if it is one.
fn tame(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let is_name = !name.is_empty() && name.len() <= 60 && name.chars().all(plain);
    if is_name { name.to_owned() } else { "?".to_owned() }
}

#[derive(Deserialize)]
struct Sarif {
    version: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: ToolOf,
    results: Option<Vec<Found>>,
}

#[derive(Deserialize)]
struct ToolOf {
    driver: Driver,
}

#[derive(Deserialize)]
struct Driver {
    name: String,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: Option<String>,
    rule_index: Option<usize>,
    kind: Option<String>,
    locations: Option<Vec<PlaceOf>>,
    #[serde(default)]
    suppressions: Option<Vec<serde::de::IgnoredAny>>,
}

impl Found {
    fn is_left(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or("fail");
        !matches!(kind, "fail" | "review" | "open")
            || self.suppressions.as_ref().is_some_and(|list| !list.is_empty())
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PlaceOf {
    #[serde(rename = "physicalLocation")]
    physical: Physical,
    logical_locations: Vec<Logical>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Physical {
    artifact_location: Artifact,
    region: Option<SarifRegion>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Artifact {
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifRegion {
    start_line: Option<u32>,
    start_column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

impl SarifRegion {
    /// None where the region is given in bytes only.
    fn region(self) -> Option<Region> {
        let start_line = self.start_line?.max(1);
        let start_column = self.start_column.unwrap_or(1).max(1);
        let end_line = self.end_line.unwrap_or(start_line).max(start_line);
        let end_column = self.end_column.unwrap_or(start_column + 1);
        Some(Region { start_line, start_column, end_line, end_column })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Logical {
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties {
    symbolic: Symbolic,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Symbolic {
    route: Route,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Route {
    route: Vec<Part>,
}

/// A step on zizmor's way through a YAML file.
#[derive(Deserialize)]
enum Part {
    Key(String),
    Index(serde::de::IgnoredAny),
}

impl PlaceOf {
    /// The file, decoded; None for an address of something else and for a way out of the root.
    fn path(&self) -> Option<String> {
        let uri = self.physical.artifact_location.uri.as_str();
        let plain = uri.strip_prefix("file://").unwrap_or(uri);
        if plain.is_empty() || plain.contains("://") {
            return None;
        }
        let path = decode(plain)?;
        let path = path.strip_prefix("./").unwrap_or(&path).replace('\\', "/");
        let is_clean = !path.chars().any(char::is_control) && path.len() <= 4096;
        (is_clean && path.split('/').all(|part| part != "..")).then_some(path)
    }

    /// The job in zizmor's way to the place: `jobs`, then its key.
    fn job(&self) -> Option<String> {
        let route = &self.logical_locations.first()?.properties.symbolic.route.route;
        let [Part::Key(jobs), Part::Key(job), ..] = route.as_slice() else { return None };
        let job_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (jobs == "jobs" && job.len() <= 100 && job.chars().all(job_key)).then(|| job.clone())
    }
}

/// Percent-decoding.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(results: &str) -> String {
        format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "zizmor"}}}}, "results": [{results}]}}]}}"#
        )
    }

    fn result(audit: &str, uri: &str, more: &str) -> String {
        format!(
            r#"{{"ruleId": "zizmor/{audit}", "message": {{"text": "x"}}{more},
                "locations": [{{"physicalLocation": {{"artifactLocation": {{"uri": "{uri}"}},
                  "region": {{"startLine": 7, "endLine": 9}}}},
                "logicalLocations": [{{"properties": {{"symbolic": {{"route": {{"route":
                  [{{"Key": "jobs"}}, {{"Key": "build"}}, {{"Key": "steps"}}, {{"Index": 0}}]}}}}}}}}]}}]}}"#
        )
    }

    #[test]
    fn a_result_gives_check_file_job_and_lines() {
        let read = read(&log(&result("artipacked", "./.github/workflows/a%20b.yml", ""))).unwrap();
        let [one] = read.results.as_slice() else { panic!("{read:?}") };
        assert_eq!((one.tool.as_str(), one.audit.as_str()), ("zizmor", "artipacked"));
        assert_eq!(
            (one.path.as_str(), one.job.as_deref()),
            (".github/workflows/a b.yml", Some("build"))
        );
        assert_eq!(one.region.unwrap().end_line, 9);
    }

    #[test]
    fn what_is_not_imported_is_counted() {
        let results = [
            result("obfuscation", "a.yml", ""),
            result("brand-new", "a.yml", ""),
            result("brand-new", "a.yml", ""),
            result("artipacked", "https://user:word@example.com/a.yml", ""),
            result("artipacked", "../../etc/passwd", ""),
            result("artipacked", "a.yml", r#", "suppressions": [{"kind": "external"}]"#),
            result("artipacked", "a.yml", r#", "kind": "pass""#),
            result("no name: hunter2!", "a.yml", ""),
        ];
        let log = read(&log(&results.join(","))).unwrap();
        let of = |counts: &Counts| {
            counts.iter().map(|((_, audit), n)| format!("{audit} {n}")).collect::<Vec<_>>()
        };
        assert!(log.results.is_empty());
        assert_eq!(of(&log.unrelated), ["obfuscation 1"]);
        assert_eq!(of(&log.unknown), ["? 1", "brand-new 2"]);
        assert_eq!(of(&log.unplaced), ["artipacked 2"]);
        assert_eq!(of(&log.left), ["artipacked 2"]);
    }

    #[test]
    fn a_result_may_name_its_rule_by_index() {
        let text = r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "zizmor",
            "rules": [{"id": "zizmor/github-app"}]}}, "results": [{"ruleIndex": 0, "locations":
            [{"physicalLocation": {"artifactLocation": {"uri": "a.yml"}}}]}]}]}"#;
        assert_eq!(read(text).unwrap().results[0].audit, "github-app");
    }

    #[test]
    fn a_broken_file_is_an_error_with_its_line_and_without_its_text() {
        let whole = log(&result("artipacked", "a.yml", ""));
        assert_eq!(read("{\n\"version\": hunter2"), Err(SarifError::Json { line: 2, column: 12 }));
        assert!(matches!(
            read(&whole[..whole.len() / 2]),
            Err(SarifError::Json { line: 2 | 3, .. })
        ));
        let shape = read("{\"version\": \"2.1.0\",\n\"runs\": \"hunter2\"}").unwrap_err();
        assert!(
            matches!(shape, SarifError::Shape { line: 2, .. })
                && !shape.to_string().contains("hunter2")
        );
        assert_eq!(read("{\"version\": \"2.0.0\", \"runs\": []}"), Err(SarifError::Version));
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("").is_err());
    }
}
