//! From facts to decisions: the band of each finding, what somebody decided about it, and whether
//! it is new.

mod apply;
mod band;
mod baseline;
pub mod exceptions;
pub mod import;
mod imported;
mod merge;

pub use baseline::{Absent, Baseline, BaselineError, Known};
pub use exceptions::ExceptionsError;

use crate::report::SourceRun;
use apply::Decision;
use overstay_detectors::{
    detect,
    evidence::{Estate, Exception, Location, Record},
    finding::Finding,
    readers::suppression::MATCHED,
};
use overstay_rules::{Band, RuleId, SeverityTable};
use serde::Serialize;

/// A finding with everything that triage adds to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Triaged {
    /// The fact.
    pub finding: Finding,
    /// What it is called as long as it is the same finding.
    pub fingerprint: String,
    /// How bad it is.
    pub band: Band,
    /// The least and the most that it can be while components are unknown.
    pub between: (Band, Band),
    /// What would lower the band.
    pub counterfactual: Option<String>,
    /// How it compares with the baseline; `None` without one.
    pub state: Option<State>,
    /// The decision not to act on it for now.
    pub suppression: Option<Suppression>,
    /// How many findings with this fingerprint were merged into it.
    pub occurrences: u32,
}

impl Triaged {
    /// True when nobody decided to leave it for now.
    pub fn is_live(&self) -> bool {
        self.suppression.is_none()
    }

    /// The SARIF rule id: the slug, the variant below it, and the band where it is not the one that
    /// the card states.
    pub fn rule_id(&self) -> String {
        let path = self.finding.rule_path();
        if self.band == self.finding.rule.rule().band {
            path
        } else {
            format!("{path}/{}", self.band)
        }
    }
}

/// How a finding compares with the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The baseline does not have it.
    New,
    /// The baseline has it, as it is.
    Unchanged,
    /// The baseline has it with another message or band.
    Updated,
}

impl State {
    /// The word of SARIF's `baselineState`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::Unchanged => "unchanged",
            State::Updated => "updated",
        }
    }
}

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// A comment beside the finding.
    InSource,
    /// The exceptions file.
    External,
}

/// A decision, in force, not to act on a finding for now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suppression {
    /// Where the decision stands.
    pub place: Place,
    /// `accepted-risk`, `false-positive`, `break-glass`, `migrating`, or `inline`.
    pub kind: String,
    /// Who answers for it.
    pub owner: String,
    /// Who allowed it; inline decisions have only the review of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// Why.
    pub reason: String,
    /// The ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The last day on which it holds, UTC.
    pub until: String,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The id of the exception record.
    pub evidence: String,
}

/// What triage makes of the findings of one scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The findings, by rule, identity, fingerprint and source; suppressed ones included.
    pub findings: Vec<Triaged>,
    /// The findings of the baseline that are gone; `None` without a baseline.
    pub absent: Option<Vec<Absent>>,
    /// How many results of other tools were found by a rule of ours too, and are counted there.
    pub merged_imports: u64,
}

/// Gives every finding its band, the decision that covers it, and its place in the baseline; adds a
/// finding for each decision that covers nothing. `rules` are those that ran. The order of the
/// result depends only on the evidence.
pub fn triage(
    findings: Vec<Finding>,
    estate: &Estate,
    rules: &[RuleId],
    baseline: Option<&Baseline>,
) -> Outcome {
    let table = SeverityTable::built_in();
    let mut triaged = weighed(findings, table);
    let merged_imports = imported::merge_imported(&mut triaged);
    let mut decisions = apply::decisions(estate);
    apply::mark_vague(&triaged, &mut decisions);
    for finding in &mut triaged {
        apply::apply(finding, &mut decisions);
    }
    let unused = unused(&decisions, estate, rules);
    if !unused.is_empty() {
        triaged.extend(weighed(unused, table));
        triaged.sort_by(|a, b| order(a).cmp(&order(b)));
    }
    let absent = baseline.map(|baseline| {
        for finding in &mut triaged {
            finding.state = Some(baseline.state(finding));
        }
        let runs = SourceRun::all(&triaged, estate);
        baseline
            .absent(&triaged, |source| runs.iter().any(|run| !run.failed && run.name() == source))
    });
    Outcome { findings: triaged, absent, merged_imports }
}

fn weighed(findings: Vec<Finding>, table: &SeverityTable) -> Vec<Triaged> {
    let weigh = |merge::Merged { finding, fingerprint, occurrences }| {
        let (low, band, high) = finding.bands(table);
        Triaged {
            fingerprint,
            band,
            between: (low, high),
            counterfactual: band::counterfactual(&finding, table),
            state: None,
            suppression: None,
            occurrences,
            finding,
        }
    };
    merge::merge(findings, table).into_iter().map(weigh).collect()
}

fn order(triaged: &Triaged) -> (&str, &str, &str, &str, Option<&str>) {
    let finding = &triaged.finding;
    let src = &finding.src;
    let slug = finding.rule.slug();
    (slug, &finding.identity, &triaged.fingerprint, &src.system, src.tenant.as_deref())
}

/// Findings about decisions that cover nothing. A decision is judged only where its absence of
/// matches means something: every source was read, and the rules that it names ran.
fn unused(decisions: &[Decision], estate: &Estate, rules: &[RuleId]) -> Vec<Finding> {
    let rule = RuleId::SuppressionUnused;
    let everything_read = estate.coverage.iter().all(|part| part.complete || part.by_design);
    if !rules.contains(&rule) || !everything_read {
        return Vec::new();
    }
    let ran = |name: &String| {
        let slug = name.split('/').next().unwrap_or(name);
        overstay_rules::find(slug).is_some_and(|named| rules.contains(&named.id))
    };
    let counted = |decision: &Decision| {
        let mut exception: Exception = decision.exception.clone();
        exception.attrs.insert(MATCHED.to_owned(), decision.matched.into());
        Record::from(exception)
    };
    let judged = decisions.iter().filter(|decision| decision.exception.rules.iter().all(ran));
    let records = judged.map(counted).collect();
    detect(&Estate::build(records, estate.now, estate.thresholds.clone()), &[rule]).0
}
