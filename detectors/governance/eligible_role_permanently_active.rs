//! A role that PAM elevates into, held for good.

use crate::{
    evidence::{Estate, ExceptionClass, Observed, When, Who},
    finding::Findings,
    policy::governance::{
        approval, elevation,
        weigh::{self, Debt},
        words::{self, attr, flag},
    },
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let governed: HashSet<(String, String)> = estate
        .issuances
        .iter()
        .map(|i| (i.grant.system.to_ascii_lowercase(), i.grant.resource.to_ascii_lowercase()))
        .collect();
    for (who, observed) in estate.grants().filter(|(_, o)| approval::is_live(estate, o)) {
        if !is_permanent(observed, &governed) || is_emergency_account(estate, who, observed) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' holds {} permanently, a role that others are elevated into for a time.",
            words::access(&observed.grant),
        );
        let finding = findings.report(observed, name, message);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Unapproved);
    }
}

/// A standing grant without end of a role that PAM hands out. A static key is reported as such.
fn is_permanent(observed: &Observed, governed: &HashSet<(String, String)>) -> bool {
    let endless = observed.standing == Some(true) && observed.expires_at == When::Never;
    let key = (
        observed.grant.system.to_ascii_lowercase(),
        observed.grant.resource.to_ascii_lowercase(),
    );
    let elevated_into = observed.grant.is_privileged() && governed.contains(&key);
    let assigned = attr(&observed.attrs, "assignment_type").is_some_and(|t| t.eq_ignore_ascii_case("assigned"));
    let eligible_only = flag(&observed.attrs, "eligible_only");
    let by_key = observed.cred.as_ref().is_some_and(|c| elevation::is_static(&c.kind));
    endless && !by_key && (elevated_into || (assigned && observed.grant.is_privileged()) || eligible_only)
}

fn is_emergency_account(estate: &Estate, who: Who, observed: &Observed) -> bool {
    estate.exceptions_of(who).any(|x| {
        x.class == ExceptionClass::BreakGlass
            && approval::names(x, &observed.grant)
            && !x.not_after.is_past(estate.now)
    })
}
