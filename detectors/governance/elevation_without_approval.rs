//! Access that PAM handed out without an approval to rest on.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        absence::{Gaps, unapproved_elevations},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut gaps = Gaps::default();
    for (who, issuance, answer) in unapproved_elevations(estate) {
        if let Err(missing) = answer {
            gaps.add(missing);
            continue;
        }
        let name = estate.name_of(who);
        let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
        let rests = match named {
            Some(e) => format!("approval {}, which it names, allows {}", e.id, words::access(&e.grant)),
            None => "no approval allowed it".to_owned(),
        };
        let message = format!(
            "'{name}' was given {} by PAM on {}, and {rests}.",
            words::access(&issuance.grant),
            words::minute(issuance.issued_at),
        );
        let finding = findings.report(issuance, name, message);
        if let Some(e) = named {
            finding.because(e);
        }
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &issuance.grant, issuance, Debt::Unapproved);
    }
    gaps.report(findings, "elevations without an approval");
}
