//! An owner who has left.

use crate::{
    evidence::{Estate, Status},
    finding::Findings,
    policy::governance::{
        people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in people::answered_for(estate) {
        let Some((owner, record)) = people::owners(estate, who).into_iter().next() else { continue };
        let Some(person) = estate.who(owner) else { continue };
        let Some(left) = people::standing(estate, person) else { continue };
        let gone = matches!(left.status, Status::Removed | Status::Disabled);
        if !gone || people::has_active_delegate(estate, who, person) {
            continue;
        }
        let name = estate.name_of(who);
        let state = if left.status == Status::Removed { "removed" } else { "disabled" };
        let since = left.status_at.map_or(String::new(), |at| format!(" on {}", words::day(at)));
        let message = format!(
            "'{name}' is owned by '{}', who was {state}{since}; {} names the owner, {} that they left.",
            estate.name_of(person),
            record.src.system,
            left.src.system,
        );
        let finding = findings.report(record, name, message);
        finding.because(left).key(estate.name_of(person));
        weigh::place(finding, record.location.as_ref(), name);
        weigh::whole(finding, estate, who, record, Debt::Lapsed);
    }
}
