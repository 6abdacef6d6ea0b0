//! Two reports of one fact are one finding.

use overstay_detectors::{evidence::Src, finding::Finding};
use overstay_rules::SeverityTable;

/// A finding and how often it was reported.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) finding: Finding,
    pub(super) fingerprint: String,
    pub(super) occurrences: u32,
}

/// Joins findings of one source that share a fingerprint, and sorts by rule, identity, fingerprint
/// and source. Of joined findings the worst one speaks; places and evidence of all are kept.
pub(super) fn merge(findings: Vec<Finding>, table: &SeverityTable) -> Vec<Merged> {
    let mut all: Vec<Merged> = findings
        .into_iter()
        .map(|finding| Merged { fingerprint: finding.fingerprint(), finding, occurrences: 1 })
        .collect();
    all.sort_by(|a, b| {
        key(a)
            .cmp(&key(b))
            .then_with(|| b.finding.band(table).cmp(&a.finding.band(table)))
            .then_with(|| a.finding.message.cmp(&b.finding.message))
            .then_with(|| a.finding.locations.cmp(&b.finding.locations))
            .then_with(|| a.finding.evidence.cmp(&b.finding.evidence))
    });
    all.dedup_by(|later, first| {
        let same = key(later) == key(first);
        if same {
            absorb(&mut first.finding, &mut later.finding);
            first.occurrences = first.occurrences.saturating_add(later.occurrences);
        }
        same
    });
    all
}

fn key(merged: &Merged) -> (&str, &str, &str, &str, Option<&str>) {
    let Src { system, tenant, .. } = &merged.finding.src;
    let Finding { rule, identity, .. } = &merged.finding;
    (rule.slug(), identity, &merged.fingerprint, system, tenant.as_deref())
}

fn absorb(first: &mut Finding, later: &mut Finding) {
    for location in later.locations.drain(..) {
        if !first.locations.contains(&location) {
            first.locations.push(location);
        }
    }
    for note in later.related.drain(..) {
        if !first.related.contains(&note) {
            first.related.push(note);
        }
    }
    first.evidence.append(&mut later.evidence);
    first.evidence.sort();
    first.evidence.dedup();
}
