//! A static key that reaches what PAM hands out only for a time.

use crate::{
    evidence::{Estate, Observed, Rank},
    finding::Findings,
    policy::governance::{
        approval, elevation,
        weigh::{self, Debt},
        words,
    },
};
use std::collections::{HashMap, HashSet};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut governed: HashMap<(String, String), HashSet<&str>> = HashMap::new();
    for i in &estate.issuances {
        let key = (i.grant.system.to_ascii_lowercase(), i.grant.resource.to_ascii_lowercase());
        let references = governed.entry(key).or_default();
        references.extend(i.cred.as_ref().map(|c| c.reference.as_str()));
    }
    for (who, observed) in estate.grants().filter(|(_, o)| is_key_that_changes(o)) {
        let key = (
            observed.grant.system.to_ascii_lowercase(),
            observed.grant.resource.to_ascii_lowercase(),
        );
        let Some(handed_out) = governed.get(&key) else { continue };
        let Some(cred) = &observed.cred else { continue };
        if handed_out.contains(cred.reference.as_str()) || !approval::is_live(estate, observed) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' reaches {} with a static {}, past the PAM that governs it.",
            words::access(&observed.grant),
            cred.kind,
        );
        let finding = findings.report(observed, name, message);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Unapproved);
    }
}

/// A grant by a static key that allows more than reading.
fn is_key_that_changes(observed: &Observed) -> bool {
    observed.cred.as_ref().is_some_and(|c| elevation::is_static(&c.kind))
        && observed.grant.effective_rank() != Some(Rank::Read)
}
