//! A live grant that nothing stands behind.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        absence::{Gaps, unapproved_grants},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut gaps = Gaps::default();
    for (who, observed, answer) in unapproved_grants(estate) {
        if let Err(missing) = answer {
            gaps.add(missing);
            continue;
        }
        let name = estate.name_of(who);
        let since = observed
            .created_at
            .map_or(String::new(), |at| format!(" The grant was made on {}.", words::day(at)));
        let message = format!(
            "'{name}' holds {} and no approval was ever recorded for it.{since}",
            words::access(&observed.grant)
        );
        let finding = findings.report(observed, name, message);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Unapproved);
    }
    gaps.report(findings, "live grants without an approval");
}
