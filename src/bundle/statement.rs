//! What a bundle says about itself: an in-toto Statement v1
//! (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>).

use super::{Member, hex};
use crate::report::Report;
use jiff::Timestamp;
use overstay_detectors::evidence::Src;
use overstay_rules::Band;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

const TYPE: &str = "https://in-toto.io/Statement/v1";
/// The name of our predicate; it changes with its meaning.
const PREDICATE: &str = "urn:overstay:scan:1";

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    pub(super) subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    pub(super) predicate: Predicate,
}

/// A member of the archive.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) digest: Digest,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Digest {
    pub(super) sha256: String,
}

/// What was scanned, when, with what, and what came of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Predicate {
    tool: String,
    version: String,
    now: Timestamp,
    started: Timestamp,
    ended: Timestamp,
    rules: usize,
    pub(super) sources: Vec<Source>,
    /// Live findings by band.
    pub(super) findings: BTreeMap<String, usize>,
    suppressed: usize,
    /// Parts that should have been read and were not.
    pub(super) unread: usize,
    /// Questions that rules could not decide.
    gaps: usize,
}

/// Where evidence came from, and the hash of what came: SHA-256 over its lines as they stand in
/// `evidence.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Source {
    system: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    records: usize,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

impl Statement {
    pub(super) fn of(members: &[Member], mut sources: Vec<Source>, report: &Report) -> Statement {
        let subject = members.iter().map(|member| Subject {
            name: member.name.to_owned(),
            digest: Digest { sha256: member.sha256.clone() },
        });
        let mut findings: BTreeMap<String, usize> =
            Band::ALL.iter().map(|band| (band.to_string(), 0)).collect();
        for finding in report.live() {
            *findings.entry(finding.band.to_string()).or_default() += 1;
        }
        for source in &mut sources {
            source.commit = report
                .runs
                .iter()
                .find(|run| run.system == source.system && run.tenant == source.tenant)
                .and_then(|run| run.provenance.as_ref()?.commit.clone());
        }
        Statement {
            kind: TYPE.to_owned(),
            subject: subject.collect(),
            predicate_type: PREDICATE.to_owned(),
            predicate: Predicate {
                tool: "overstay".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                now: report.now,
                started: report.started,
                ended: report.ended,
                rules: report.rules.len(),
                sources,
                suppressed: report.findings.len() - report.live().count(),
                findings,
                unread: report.unread().count(),
                gaps: report.gaps.len(),
            },
        }
    }

    /// True when it is a statement of this kind.
    pub(super) fn is_ours(&self) -> bool {
        self.kind == TYPE && self.predicate_type == PREDICATE
    }
}

/// The hash of each source's lines, while they are written.
#[derive(Default)]
pub(super) struct Sources(BTreeMap<(String, Option<String>), (usize, Sha256)>);

impl Sources {
    pub(super) fn add(&mut self, src: &Src, line: &[u8]) {
        let name = (src.system.clone(), src.tenant.clone());
        let (records, hash) = self.0.entry(name).or_default();
        *records += 1;
        hash.update(line);
    }

    pub(super) fn finish(self) -> Vec<Source> {
        let source =
            |((system, tenant), (records, hash)): ((String, Option<String>), (usize, Sha256))| {
                Source { system, tenant, records, sha256: hex(&hash.finalize()), commit: None }
            };
        self.0.into_iter().map(source).collect()
    }
}
