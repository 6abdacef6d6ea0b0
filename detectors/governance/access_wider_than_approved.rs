//! A live grant of which only a part was approved.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        approval::{self, Basis},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (who, observed) in estate.grants().filter(|(_, o)| approval::is_live(estate, o)) {
        let basis = Basis::of(estate, who, observed);
        if let Some(approved) = basis.incomparable() {
            findings.gap(
                &observed.grant.system,
                format!(
                    "`{}` was approved and `{}` was found: without ranks nobody can tell which is wider.",
                    approved.grant.privilege, observed.grant.privilege
                ),
            );
        }
        let Some(approved) = basis.narrower() else { continue };
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' holds {}, wider than approved. Approval {} allows {}.",
            words::access(&observed.grant),
            approved.id,
            words::access(&approved.grant),
        );
        let finding = findings.report(observed, name, message);
        finding.because(approved);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Unapproved);
    }
}
