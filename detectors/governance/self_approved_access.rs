//! An approval that its requester or its beneficiary gave.

use crate::{
    evidence::{Approval, Decision, Entitlement, Estate},
    finding::Findings,
    policy::governance::{
        approval, people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for e in estate.entitlements.iter().filter(|e| approval::is_in_force(estate, e)) {
        let approvals: Vec<&Approval> =
            e.approvals.iter().filter(|a| a.decision == Decision::Approve).collect();
        let own: Vec<&&Approval> = approvals.iter().filter(|a| is_own(estate, e, &a.by)).collect();
        let needed = usize::try_from(e.required_approvals.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let Some(first) = own.first() else { continue };
        if approvals.len() - own.len() >= needed {
            continue;
        }
        let Some(who) = estate.who(&e.subject) else { continue };
        let name = estate.name_of(who);
        let role = if estate.canonical.same(&first.by, &e.subject) { "holds it" } else { "asked for it" };
        let message = format!(
            "'{name}' has {} by approval {} of '{}', who {role}. It was given on {}.",
            words::access(&e.grant),
            e.id,
            estate.canonical.name(&first.by),
            words::day(first.at),
        );
        let finding = findings.report(e, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &e.grant, e, Debt::Unapproved);
    }
}

/// True when the approver is whom the approval serves. A machine that approves by a documented
/// rule may file the request as well, as long as it does not serve itself.
fn is_own(estate: &Estate, e: &Entitlement, by: &str) -> bool {
    let same = |name: &str| estate.canonical.same(by, name);
    let serves = same(&e.subject) || e.on_behalf_of.as_deref().is_some_and(same);
    let asked = e.requested_by.as_deref().is_some_and(same);
    let automatic = estate.who(by).is_some_and(|who| people::is_machine(estate, who));
    let documented =
        !words::blank(e.justification.as_deref()) && !words::blank(e.ticket.as_deref());
    serves || (asked && !(automatic && documented))
}
