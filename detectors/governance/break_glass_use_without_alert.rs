//! Emergency access whose use raised no alert.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        absence::{Gaps, silent_emergencies},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut gaps = Gaps::default();
    for (who, exception, used, answer) in silent_emergencies(estate) {
        if let Err(missing) = answer {
            gaps.add(missing);
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' used emergency access to {} on {} and no alert is on record for it.",
            words::access(&used.grant),
            words::minute(used.last),
        );
        let finding = findings.report(exception, name, message);
        finding.because(used);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &used.grant, exception, Debt::Lapsed);
    }
    gaps.report(findings, "emergencies without an alert");
}
