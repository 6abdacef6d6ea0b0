//! An approval with fewer approvers than its policy asks for, or with one who had no say.

use crate::{
    evidence::{Approval, Decision, Entitlement, Estate, IdentityType, Status},
    finding::Findings,
    policy::governance::{
        approval, elevation, people,
        weigh::{self, Debt},
        words,
    },
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let directories = people_namespaces(estate);
    for e in estate.entitlements.iter().filter(|e| approval::is_in_force(estate, e)) {
        let Some(flaw) = flaw(estate, e, &directories) else { continue };
        let Some(who) = estate.who(&e.subject) else { continue };
        let name = estate.name_of(who);
        let message =
            format!("'{name}' has {} by approval {}, which {flaw}.", words::access(&e.grant), e.id);
        let finding = findings.report(e, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &e.grant, e, Debt::Unapproved);
    }
}

fn flaw(estate: &Estate, e: &Entitlement, directories: &HashSet<&str>) -> Option<String> {
    let approvals = || e.approvals.iter().filter(|a| a.decision == Decision::Approve);
    if let Some(needed) = e.required_approvals {
        let approvers: HashSet<&str> = approvals().map(|a| estate.canonical.name(&a.by)).collect();
        let given = approvers.len();
        if u64::try_from(given).is_ok_and(|given| given < needed) {
            return Some(format!("{} gave and {needed} must give", words::count(given, "approver")));
        }
    }
    let idle = approvals().find(|a| had_no_say(estate, a, directories))?;
    Some(format!(
        "'{}' gave on {} without being active in the directory",
        estate.canonical.name(&idle.by),
        words::day(idle.at)
    ))
}

/// True for an approver who had left before the decision, or whom a directory of people that was
/// read completely does not know.
fn had_no_say(estate: &Estate, approval: &Approval, directories: &HashSet<&str>) -> bool {
    let Some(who) = estate.who(&approval.by).filter(|who| estate.is_known(*who)) else {
        let namespace = approval.by.split(':').next().unwrap_or_default();
        return directories.contains(namespace) && estate.covers("identity", None).is_ok();
    };
    let Some(record) = people::standing(estate, who) else { return false };
    let gone = matches!(record.status, Status::Removed | Status::Disabled);
    let skew = elevation::skew(estate);
    gone && record.status_at.is_some_and(|at| at.saturating_add(skew).unwrap_or(at) < approval.at)
}

/// Namespaces in which people are listed.
fn people_namespaces(estate: &Estate) -> HashSet<&str> {
    let people = estate.identities.iter().filter(|r| r.kind == IdentityType::Human);
    people.flat_map(|r| &r.aliases).filter_map(|a| a.split(':').next()).collect()
}
