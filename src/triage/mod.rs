//! From facts to decisions: the band of each finding, what somebody decided about it, and whether
//! it is new.

mod band;
mod merge;

pub use band::counterfactual;

use overstay_detectors::{
    evidence::{Estate, Location},
    finding::Finding,
};
use overstay_rules::{Band, SeverityTable};
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
}

/// Gives every finding its band and its decision. The order of the result depends only on the
/// evidence.
pub fn triage(findings: Vec<Finding>, _estate: &Estate) -> Outcome {
    let table = SeverityTable::built_in();
    let findings = merge::merge(findings, table)
        .into_iter()
        .map(|merge::Merged { finding, fingerprint, occurrences }| {
            let (low, band, high) = finding.bands(table);
            let counterfactual = counterfactual(&finding, table);
            Triaged {
                fingerprint,
                band,
                between: (low, high),
                counterfactual,
                state: None,
                suppression: None,
                occurrences,
                finding,
            }
        })
        .collect();
    Outcome { findings }
}
