//! A secret that was checked out and neither returned nor changed.

use crate::{
    evidence::{Estate, ExceptionClass, Issuance, Status, When, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, plus_hours},
        elevation,
        weigh::{self, Debt},
        words::{self, flag},
    },
};
use jiff::Timestamp;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for issuance in &estate.issuances {
        let Some(cred) = issuance.cred.as_ref().filter(|c| elevation::is_static(&c.kind)) else {
            continue;
        };
        let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at) else { continue };
        let Some((fault, since)) = fault(estate, issuance, &cred.reference) else { continue };
        if is_excluded(estate, who, issuance) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' checked out a {} for {} that {fault} {}.",
            cred.kind,
            words::access(&issuance.grant),
            words::minute(since),
        );
        let finding = findings.report(issuance, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &issuance.grant, issuance, Debt::Lapsed);
    }
}

/// What is wrong with a checkout: it was due and never came back, or it came back and the secret,
/// which its holder still knows, was not changed since.
fn fault(estate: &Estate, issuance: &Issuance, reference: &str) -> Option<(&'static str, Timestamp)> {
    let grace = estate.thresholds.revocation_sla_hours;
    let carried = estate.observed_with(reference).any(|o| approval::is_live(estate, o));
    let returned = match issuance.ended_at {
        When::At(at) if at <= estate.now => Some(at),
        _ => None,
    };
    let changed_after = |at: Timestamp| {
        estate.credentials_with(reference).any(|c| {
            c.status == Status::Removed || c.rotated_at.at().is_some_and(|r| r >= at)
        })
    };
    match (returned, issuance.expires_at) {
        (None, When::At(due)) if plus_hours(due, grace) < estate.now => {
            // Still carried by a live grant: an elevation that never ended.
            (!carried && !changed_after(due)).then_some(("was never returned; it was due on", due))
        }
        (Some(at), _) if plus_hours(at, grace) < estate.now => {
            let known = estate.credentials_with(reference).find(|c| !c.rotated_at.is_unknown());
            (known.is_some() && !changed_after(at)).then_some(("was not changed since its return on", at))
        }
        _ => None,
    }
}

fn is_excluded(estate: &Estate, who: Who, issuance: &Issuance) -> bool {
    flag(&issuance.attrs, "rotation_excluded")
        || estate.exceptions_of(who).any(|x| {
            x.class == ExceptionClass::StaticSecret && approval::allows(estate, x, estate.now)
        })
}
