//! An owner who moved to another department and whose machine identities nobody looked at since.

use crate::{
    evidence::{Decision, Estate, Status, Who},
    finding::Findings,
    policy::governance::{
        approval, people,
        weigh::{self, Debt},
        words,
    },
};
use jiff::Timestamp;
use std::collections::HashMap;

/// So many people moving at one moment are a reorganisation, not movers.
const REORGANISATION: usize = 3;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut moves: HashMap<Timestamp, usize> = HashMap::new();
    for at in estate.identities.iter().filter_map(|r| r.dept_changed_at) {
        *moves.entry(at).or_default() += 1;
    }
    for who in people::answered_for(estate) {
        let Some((owner, record)) = people::owners(estate, who).into_iter().next() else { continue };
        let Some(person) = estate.who(owner) else { continue };
        let moved = estate.identities_of(person).filter_map(|r| r.dept_changed_at).max();
        let Some(moved) = moved.filter(|at| *at < estate.now) else { continue };
        let reorganised = moves.get(&moved).is_some_and(|n| *n >= REORGANISATION);
        let left = people::status(estate, person) != Status::Active;
        if reorganised || left || attested_since(estate, who, moved) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' was not reviewed since its owner '{}' changed department on {}.",
            estate.name_of(person),
            words::day(moved),
        );
        let finding = findings.report(record, name, message);
        finding.key(estate.name_of(person));
        weigh::place(finding, record.location.as_ref(), name);
        weigh::whole(finding, estate, who, record, Debt::Flawed);
    }
}

/// True when somebody reviewed or approved the identity's access after a moment.
fn attested_since(estate: &Estate, who: Who, moved: Timestamp) -> bool {
    let reviewed = |d: Decision| matches!(d, Decision::Approve | Decision::Deny);
    estate.reviews_of(who).any(|r| r.decided_at >= moved && reviewed(r.decision))
        || estate
            .entitlements_of(who)
            .filter(|e| approval::was_approved(e))
            .any(|e| e.approvals.iter().any(|a| a.at >= moved))
}
