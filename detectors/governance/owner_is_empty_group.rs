//! An owner that is a group without members.

use crate::{
    evidence::{Estate, IdentityType},
    finding::Findings,
    policy::governance::{
        people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in people::answered_for(estate) {
        let Some((owner, record)) = people::owners(estate, who).into_iter().next() else { continue };
        let Some(group) = estate.who(owner).filter(|g| people::kind(estate, *g) == IdentityType::Group)
        else {
            continue;
        };
        let newest = estate
            .identities_of(group)
            .filter(|r| r.members_active.is_some())
            .max_by_key(|r| (r.as_of, &r.id));
        let Some(listed) = newest.filter(|r| r.members_active == Some(0)) else { continue };
        let stale = estate.hours_ago(estate.thresholds.coverage_max_age_hours);
        if listed.as_of < stale {
            findings.gap(&listed.src.system, "The members of an owning group were not read lately.");
            continue;
        }
        if people::has_active_delegate(estate, who, group) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' is owned by group '{}', which had no active member on {}.",
            estate.name_of(group),
            words::day(listed.as_of),
        );
        let finding = findings.report(record, name, message);
        finding.because(listed).key(estate.name_of(group));
        weigh::place(finding, record.location.as_ref(), name);
        weigh::whole(finding, estate, who, record, Debt::Lapsed);
    }
}
