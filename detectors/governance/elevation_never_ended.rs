//! A just-in-time elevation whose time is over and whose credential still works.

use crate::{
    clocks::Clocks,
    evidence::{Estate, Issuance, Observed, Origin, When, Who},
    finding::Findings,
    policy::governance::{
        approval,
        elevation,
        weigh::{self, Debt},
        words,
    },
};
use jiff::Timestamp;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for issuance in &estate.issuances {
        let When::At(expired) = issuance.expires_at else { continue };
        let late = expired.saturating_add(elevation::skew(estate)).unwrap_or(expired) < estate.now;
        let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at).filter(|_| late) else {
            continue;
        };
        let Some(observed) = still_there(estate, who, issuance, expired) else { continue };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' still holds {} from elevation {}, which ran out on {}. Clocks: {}.",
            words::access(&observed.grant),
            issuance.id,
            words::minute(expired),
            Clocks::of(estate, who, &observed.grant),
        );
        let finding = findings.report(issuance, name, message);
        finding.because(observed);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Lapsed);
    }
}

/// The grant that the elevation's credential still carries, seen after the end. An elevation
/// without a named credential is recognised by the grant that came from PAM. What was last seen
/// before the end proves nothing: the export lags.
fn still_there<'a>(
    estate: &'a Estate,
    who: Who,
    issuance: &Issuance,
    expired: Timestamp,
) -> Option<&'a Observed> {
    let seen_after = |o: &&Observed| o.as_of > expired && approval::is_live(estate, o);
    match issuance.cred.as_ref().map(|c| c.reference.as_str()).filter(|r| !r.is_empty()) {
        Some(reference) => estate.observed_with(reference).find(seen_after),
        None => {
            let ended = issuance.ended_at.is_past(estate.now);
            let mut grants = estate.observed_of(who).filter(seen_after);
            grants.find(|o| {
                !ended
                    && o.origin == Origin::Pam
                    && o.standing != Some(true)
                    && issuance.grant.may_contain(&o.grant)
            })
        }
    }
}
