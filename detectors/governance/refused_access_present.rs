//! Access that was asked for, not granted, and is there all the same.

use crate::{
    evidence::{EntitlementState, Estate},
    finding::Findings,
    policy::governance::{
        approval::{self, Basis},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (who, observed) in estate.grants().filter(|(_, o)| approval::is_live(estate, o)) {
        let Some(refused) = Basis::of(estate, who, observed).refused() else { continue };
        let outcome = match refused.state {
            EntitlementState::Denied => "was denied",
            EntitlementState::Cancelled => "was withdrawn",
            _ => "is still undecided",
        };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' holds {} although request {} for it {outcome}.",
            words::access(&observed.grant),
            refused.id,
        );
        let finding = findings.report(observed, name, message);
        finding.because(refused);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Unapproved);
    }
}
