//! A person who works through a machine identity.

use crate::{
    evidence::{Estate, Use, Who},
    finding::Findings,
    policy::governance::{
        approval, elevation, people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for used in estate.uses.iter().filter(|u| u.interactive == Some(true)) {
        let Some(actor) = used.actor.as_deref().filter(|a| people::is_human(estate, a)) else {
            continue;
        };
        let Some(who) = estate.who_at(&used.subject, used.last) else { continue };
        if !people::is_machine(estate, who) || is_under_ticket(estate, who, used, actor) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' was used by '{}' in person for {} on {}.",
            estate.canonical.name(actor),
            words::access(&used.grant),
            words::minute(used.last),
        );
        let finding = findings.report(used, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &used.grant, used, Debt::Flawed);
    }
}

/// True for debugging that somebody allowed: an exception or an approval with a ticket for that
/// person at that time, or an elevation that names them.
fn is_under_ticket(estate: &Estate, who: Who, used: &Use, actor: &str) -> bool {
    let person = estate.who(actor);
    let excepted = [Some(who), person].into_iter().flatten().any(|holder| {
        estate.exceptions_of(holder).any(|x| {
            !words::blank(x.ticket.as_deref())
                && approval::names(x, &used.grant)
                && approval::allows(estate, x, used.last)
        })
    });
    let approved = person.is_some_and(|person| {
        estate.entitlements_of(person).any(|e| {
            !words::blank(e.ticket.as_deref())
                && e.grant.may_contain(&used.grant)
                && approval::was_in_force(estate, e, used.last)
        })
    });
    let elevated = elevation::around(estate, who, used)
        .and_then(|i| i.actor.as_deref())
        .is_some_and(|by| estate.canonical.same(by, actor));
    excepted || approved || elevated || words::attr(&used.attrs, "ticket").is_some()
}
