//! What results of other tools mean for machine identities: the table of their checks, and the one way in
//! which they are reported.

use super::ci::{loot, weigh};
use crate::{
    evidence::{Estate, Imported, Pipeline},
    finding::{Findings, Level},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

/// Another tool, as the table knows it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Where its checks are explained; the name of a check completes the address.
    docs: String,
    /// Checks that are not about identities.
    pub unrelated: BTreeSet<String>,
    /// The others.
    pub audits: BTreeMap<String, Audit>,
}

/// A check of another tool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The slug of the rule under which it is reported.
    rule: String,
    /// What it says, after the name of the job.
    says: String,
    /// Slugs of the rules that mean the same.
    #[serde(default)]
    pub ours: Vec<String>,
    /// Where the same meaning is the same fact.
    #[serde(default)]
    pub same: Same,
}

/// What two reports must share to be one fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Same {
    /// The job, or the file where one of them names no job.
    Job,
    /// A line.
    #[default]
    Line,
}

static TOOLS: LazyLock<BTreeMap<String, Tool>> = LazyLock::new(|| {
    // A test reads the table too and shows the error.
    let text = overstay_rules::table("imported-audits").unwrap_or_default();
    toml::from_str(text).unwrap_or_default()
});

/// A tool whose results can be imported, by its name in lower case.
pub fn tool(name: &str) -> Option<&'static Tool> {
    TOOLS.get(name)
}

/// The names of the tools whose results can be imported.
pub fn tools() -> impl Iterator<Item = &'static str> {
    TOOLS.keys().map(String::as_str)
}

/// Reports what other tools found, as far as the table gives it to this rule.
pub(crate) fn report_imported(estate: &Estate, rule: &str, findings: &mut Findings) {
    if estate.imported.is_empty() {
        return;
    }
    let jobs: HashMap<&str, &Pipeline> =
        estate.pipelines.iter().map(|pipeline| (pipeline.subject.as_str(), pipeline)).collect();
    for imported in &estate.imported {
        let Some(tool) = tool(&imported.tool) else { continue };
        let Some(audit) = tool.audits.get(&imported.audit).filter(|a| a.rule == rule) else {
            continue;
        };
        report_one(imported, tool, audit, jobs.get(imported.subject.as_str()).copied(), findings);
    }
}

fn report_one(
    imported: &Imported,
    tool: &Tool,
    audit: &Audit,
    job: Option<&Pipeline>,
    findings: &mut Findings,
) {
    let Imported { tool: tool_name, audit: audit_name, .. } = imported;
    let who = match imported.job.as_str() {
        "" => format!("File '{}'", imported.file),
        job => format!("Job '{}#{job}'", imported.file),
    };
    let held = job.and_then(loot);
    let stake = held.as_ref().map_or(String::new(), |loot| format!(" The job has {loot}."));
    let message = format!("{who} {}, says {tool_name}.{stake}", audit.says);
    let finding = findings.report(imported, &imported.subject, message);
    finding.key(format!("{tool_name}/{audit_name}")).variant(audit_name.clone());
    finding.fix(format!("As {}{audit_name} says.", tool.docs));
    for place in &imported.places {
        finding.at(place.clone());
    }
    let privilege = match (job, held) {
        (Some(job), Some(_)) => {
            finding.because(job);
            Level::between(1, 3, "what the job holds").citing(job)
        }
        (Some(job), None) => Level::between(0, 2, "the job holds no stored secret").citing(job),
        (None, _) => Level::between(0, 3, "what the job holds is not known"),
    };
    let exposure = Level::between(1, 3, format!("{tool_name} does not say who can use it"));
    weigh(finding, exposure.citing(imported), privilege);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_belongs_to_rules_that_exist() {
        let text = overstay_rules::table("imported-audits").unwrap();
        let tools: BTreeMap<String, Tool> = toml::from_str(text).unwrap();
        for (name, tool) in tools {
            for (audit_name, audit) in &tool.audits {
                let rules = audit.ours.iter().chain([&audit.rule]);
                for rule in rules {
                    assert!(overstay_rules::find(rule).is_some(), "{name} {audit_name}: {rule}");
                }
                assert!(audit.rule.starts_with("imported-"), "{audit_name}");
                assert!(!tool.unrelated.contains(audit_name), "{audit_name} is in both lists");
            }
        }
    }
}
