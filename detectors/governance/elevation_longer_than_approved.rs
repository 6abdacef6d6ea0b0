//! An elevation that went on beyond what its approval allowed, and is over.

use crate::{
    evidence::{Entitlement, Estate, Issuance, When, Who},
    finding::Findings,
    policy::governance::{
        approval, elevation,
        weigh::{self, Debt},
        words,
    },
};
use jiff::Timestamp;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for issuance in &estate.issuances {
        let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at) else { continue };
        let Some(e) = elevation::approval(estate, who, issuance) else { continue };
        let Some((until, why)) = excess(estate, who, issuance, e) else { continue };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' had {} until {}, longer than approval {} allows: {why}.",
            words::access(&issuance.grant),
            words::minute(until),
            e.id,
        );
        let finding = findings.report(issuance, name, message);
        finding.because(e);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &issuance.grant, issuance, Debt::Flawed);
    }
}

/// Until when an elevation went on and why that was too long. One that is still open and will
/// outlive its approval is a credential that outlives its approval.
fn excess(
    estate: &Estate,
    who: Who,
    issuance: &Issuance,
    e: &Entitlement,
) -> Option<(Timestamp, String)> {
    let until = match (issuance.ended_at, issuance.expires_at) {
        (When::At(ended), _) if ended <= estate.now => ended,
        (_, When::At(expires)) if expires <= estate.now => expires,
        (_, When::At(expires)) => {
            return allowance(e)
                .filter(|max| expires.duration_since(issuance.issued_at) > *max)
                .map(|max| (expires, format!("at most {} minutes at a time", max.as_secs() / 60)));
        }
        _ => return None,
    };
    let skew = elevation::skew(estate);
    let approved = approval::end(e).at().map(|at| at.saturating_add(skew).unwrap_or(at));
    // Renewed meanwhile: another approval was in force at the end.
    let renewed = estate.entitlements_of(who).any(|other| {
        other.grant.may_contain(&issuance.grant) && approval::was_in_force(estate, other, until)
    });
    if let Some(end) = approved.filter(|end| until > *end && !renewed) {
        return Some((until, format!("it ended on {}", words::minute(end.saturating_sub(skew).unwrap_or(end)))));
    }
    let max = allowance(e)?;
    let span = until.duration_since(issuance.issued_at);
    (span > max + skew).then(|| (until, format!("at most {} minutes at a time", max.as_secs() / 60)))
}

/// How long one elevation may last, when the approval says so apart from its window.
fn allowance(e: &Entitlement) -> Option<jiff::SignedDuration> {
    let seconds = e.attrs.get("max_duration_seconds").and_then(serde_json::Value::as_i64)?;
    (seconds > 0).then(|| jiff::SignedDuration::from_secs(seconds))
}
