//! Privileged access that was used without any elevation.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        absence::{Gaps, uses_outside_pam},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut gaps = Gaps::default();
    for (who, used, answer) in uses_outside_pam(estate) {
        if let Err(missing) = answer {
            gaps.add(missing);
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' used {} outside of any elevation. The last time was on {}.",
            words::access(&used.grant),
            words::minute(used.last),
        );
        let finding = findings.report(used, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &used.grant, used, Debt::Unapproved);
    }
    gaps.report(findings, "privileged uses without an elevation");
}
