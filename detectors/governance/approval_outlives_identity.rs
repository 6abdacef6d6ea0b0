//! An approval that still holds for an identity that is gone.

use crate::{
    clocks::Clocks,
    evidence::{Estate, Status},
    finding::Findings,
    policy::governance::{
        approval,
        people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        let Some(record) = people::closed(estate, who).filter(|r| r.status == Status::Removed) else {
            continue;
        };
        for e in estate.entitlements_of(who).filter(|e| approval::is_in_force(estate, e)) {
            let name = estate.name_of(who);
            let since =
                record.status_at.map_or(String::new(), |at| format!(" on {}", words::day(at)));
            let message = format!(
                "'{name}' was removed{since} and approval {} for {} still holds. Clocks: {}.",
                e.id,
                words::access(&e.grant),
                Clocks::of(estate, who, &e.grant),
            );
            let finding = findings.report(e, name, message);
            finding.because(record);
            weigh::place(finding, record.location.as_ref(), name);
            weigh::grant(finding, estate, who, &e.grant, e, Debt::Lapsed);
        }
    }
}
