//! Access that its own system cannot take back.

use crate::{
    evidence::{EffectResult, Estate, Grant, Recorded, TargetKind, When, Who},
    finding::Findings,
    policy::governance::{
        approval,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for issuance in &estate.issuances {
        let marked = words::flag(&issuance.attrs, "irrevocable");
        let reference = issuance.cred.as_ref().map_or("", |c| c.reference.as_str());
        let alive = estate.observed_with(reference).any(|o| approval::is_live(estate, o));
        let seen = estate.observed_with(reference).next().is_some();
        // Gone from the target: an operator has mended it by hand.
        if marked && (alive || !seen)
            && let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at)
        {
            let why = "its system marks the lease as irrevocable";
            report(estate, findings, who, issuance, &issuance.grant, why);
        }
    }
    for order in &estate.revocations {
        let reference = match order.target.kind {
            TargetKind::Issuance | TargetKind::Session => {
                let issuance = estate.issuance(&order.target.reference);
                issuance.and_then(|i| i.cred.as_ref()).map_or("", |c| c.reference.as_str())
            }
            TargetKind::Credential => order.target.reference.as_str(),
            _ => continue,
        };
        let failed = order.effects.iter().any(|e| e.result == EffectResult::Failed);
        let endless = estate.observed_with(reference).find(|o| {
            o.expires_at == When::Never && approval::is_live(estate, o) && o.as_of > order.ordered_at
        });
        if let (true, Some(observed), Some(who)) = (failed, endless, estate.who(&order.subject)) {
            let why = "its revocation failed and nothing at the target ends it";
            report(estate, findings, who, observed, &observed.grant, why);
        }
    }
}

fn report(
    estate: &Estate,
    findings: &mut Findings,
    who: Who,
    record: &impl Recorded,
    grant: &Grant,
    why: &str,
) {
    let name = estate.name_of(who);
    let message =
        format!("'{name}' keeps {} and no revocation can end it: {why}.", words::access(grant));
    let finding = findings.report(record, name, message);
    weigh::place(finding, None, name);
    weigh::grant(finding, estate, who, grant, record, Debt::Lapsed);
}
