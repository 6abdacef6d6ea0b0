//! Emergency access whose use nobody reviewed in time.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        absence::{Gaps, unreviewed_emergencies},
        approval::plus_hours,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut gaps = Gaps::default();
    for (who, exception, used, answer) in unreviewed_emergencies(estate) {
        if let Err(missing) = answer {
            gaps.add(missing);
            continue;
        }
        let name = estate.name_of(who);
        let due = plus_hours(used.last, estate.thresholds.break_glass_review_days.saturating_mul(24));
        let message = format!(
            "'{name}' used emergency access to {} on {} and nobody reviewed it since. The review was due on {}.",
            words::access(&used.grant),
            words::minute(used.last),
            words::day(due),
        );
        let finding = findings.report(exception, name, message);
        finding.because(used);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &used.grant, exception, Debt::Lapsed);
    }
    gaps.report(findings, "emergencies without a review");
}
