//! Access that was used before anybody approved it.

use crate::{
    evidence::{Entitlement, Estate, Use, Who},
    finding::Findings,
    policy::governance::{
        approval, breakglass, elevation,
        weigh::{self, Debt},
        words,
    },
};
use jiff::Timestamp;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        for e in estate.entitlements_of(who).filter(|e| approval::is_in_force(estate, e)) {
            let Some(decided) = approval::decided_at(e) else { continue };
            let Some(used) = first_use(estate, who, e, decided) else { continue };
            let first = used.first.unwrap_or(used.last);
            if let Err(missing) = estate.covers_access("entitlement", Some(&used.grant.system), Some(first)) {
                findings.gap(
                    missing.system.as_deref().unwrap_or("none"),
                    format!("Whether an earlier approval preceded {} could not be judged: {}.", e.id, missing.why),
                );
                continue;
            }
            let name = estate.name_of(who);
            let message = format!(
                "'{name}' used {} before approval {} allowed it. The first use was on {}, the decision on {}.",
                words::access(&used.grant),
                e.id,
                words::minute(first),
                words::minute(decided),
            );
            let finding = findings.report(e, name, message);
            finding.because(used);
            weigh::place(finding, None, name);
            weigh::grant(finding, estate, who, &e.grant, e, Debt::Unapproved);
        }
    }
}

/// The earliest use that the approval allows, that happened before the decision, and that nothing
/// else allowed at the time.
fn first_use<'a>(
    estate: &'a Estate,
    who: Who,
    e: &Entitlement,
    decided: Timestamp,
) -> Option<&'a Use> {
    let skew = elevation::skew(estate);
    estate
        .uses_of(who)
        .filter(|used| {
            let first = used.first.unwrap_or(used.last);
            e.grant.may_contain(&used.grant)
                && first.saturating_add(skew).unwrap_or(first) < decided
                && !allowed_otherwise(estate, who, e, used, first)
        })
        .min_by_key(|used| (used.first.unwrap_or(used.last), &used.id))
}

fn allowed_otherwise(estate: &Estate, who: Who, e: &Entitlement, used: &Use, first: Timestamp) -> bool {
    let earlier = estate.entitlements_of(who).any(|other| {
        other.id != e.id
            && other.grant.may_contain(&used.grant)
            && approval::was_in_force(estate, other, first)
            && approval::decided_at(other).is_some_and(|at| at <= first)
    });
    earlier || breakglass::covers(estate, who, &used.grant, first)
}
