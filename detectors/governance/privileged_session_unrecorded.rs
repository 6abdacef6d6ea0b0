//! A privileged session that nobody can replay.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for used in &estate.uses {
        let elsewhere = words::attr(&used.attrs, "recording").is_some();
        if used.recorded != Some(false) || !used.grant.is_privileged() || elsewhere {
            continue;
        }
        let Some(who) = estate.who_at(&used.subject, used.last) else { continue };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' used {} in a session that was not recorded. It ended on {}.",
            words::access(&used.grant),
            words::minute(used.last),
        );
        let finding = findings.report(used, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &used.grant, used, Debt::Flawed);
    }
}
