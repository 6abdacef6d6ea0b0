//! Two systems that say opposite things: PAM ended what the runtime still sees.

use crate::{
    evidence::{Estate, When},
    finding::Findings,
    policy::governance::{
        approval::{self, plus_hours},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for issuance in &estate.issuances {
        let When::At(ended) = issuance.ended_at else { continue };
        let lag = plus_hours(ended, estate.thresholds.removal_grace_hours);
        let reference = issuance.cred.as_ref().map_or("", |c| c.reference.as_str());
        let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at) else { continue };
        let alive =
            estate.observed_with(reference).find(|o| approval::is_live(estate, o) && o.as_of > lag);
        let Some(observed) = alive.filter(|_| !reference.is_empty()) else { continue };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' lost elevation {} on {} according to {}, and {} still saw it on {}.",
            issuance.id,
            words::minute(ended),
            issuance.src.system,
            observed.src.system,
            words::minute(observed.as_of),
        );
        let finding = findings.report(issuance, name, message);
        finding.because(observed);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Flawed);
    }
}
