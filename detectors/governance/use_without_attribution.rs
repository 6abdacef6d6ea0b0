//! A use of a shared identity that names nobody.

use crate::{
    evidence::{Estate, IdentityType},
    finding::Findings,
    policy::governance::{
        people,
        weigh::{self, Debt},
        words::{self, flag},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for used in estate.uses.iter().filter(|u| words::blank(u.actor.as_deref())) {
        let Some(who) = estate.who_at(&used.subject, used.last) else { continue };
        let kind = people::kind(estate, who);
        let typed_by_somebody = used.interactive == Some(true) && kind.is_machine();
        let shared = kind == IdentityType::Shared;
        if !(shared || typed_by_somebody) || flag(&used.attrs, "actor_unavailable") {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' was used for {} on {} and nothing says by whom.",
            words::access(&used.grant),
            words::minute(used.last),
        );
        let finding = findings.report(used, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &used.grant, used, Debt::Flawed);
    }
}
