//! An approval that is wider than anything PAM ever handed out for it.

use crate::{
    evidence::{Containment, Entitlement, Estate, Issuance, Who},
    finding::Findings,
    policy::governance::{
        approval,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        for e in estate.entitlements_of(who).filter(|e| approval::is_in_force(estate, e)) {
            let Some(widest) = widest_issued(estate, who, e) else { continue };
            let name = estate.name_of(who);
            if let Err(missing) = estate.covers("issuance", e.not_before) {
                findings.gap(
                    missing.system.as_deref().unwrap_or("none"),
                    format!("Whether approval {} is wider than its use could not be judged: {}.", e.id, missing.why),
                );
                continue;
            }
            let message = format!(
                "'{name}' is approved for {} and was only ever given {}. Approval {} can be narrowed.",
                words::access(&e.grant),
                words::access(&widest.grant),
                e.id,
            );
            let finding = findings.report(e, name, message);
            finding.because(widest);
            weigh::place(finding, None, name);
            weigh::grant(finding, estate, who, &e.grant, e, Debt::Flawed);
        }
    }
}

/// The strongest elevation under an approval, when every one of them is narrower than the approval
/// and no live grant uses it in full.
fn widest_issued<'a>(estate: &'a Estate, who: Who, e: &'a Entitlement) -> Option<&'a Issuance> {
    let issued: Vec<&Issuance> =
        estate.issuances_of(who).filter(|i| rests_on(estate, who, i, e)).collect();
    let full = |grant: &crate::evidence::Grant| grant.may_contain(&e.grant);
    let used_in_full = issued.iter().any(|i| full(&i.grant))
        || estate.observed_of(who).any(|o| full(&o.grant))
        || estate.uses_of(who).any(|u| full(&u.grant));
    if used_in_full {
        return None;
    }
    issued.into_iter().max_by_key(|i| (i.grant.effective_rank(), &i.id))
}

/// True when an elevation used this approval: it names it, or no narrower approval allows it.
fn rests_on(estate: &Estate, who: Who, issuance: &Issuance, e: &Entitlement) -> bool {
    if e.grant.contains(&issuance.grant) != Containment::Contains {
        return false;
    }
    if issuance.entitlement_ref.as_deref() == Some(&e.id) {
        return true;
    }
    let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
    named.is_none()
        && !estate.entitlements_of(who).any(|other| {
            other.id != e.id
                && other.grant.contains(&issuance.grant) == Containment::Contains
                && other.grant.contains(&e.grant) != Containment::Contains
        })
}
