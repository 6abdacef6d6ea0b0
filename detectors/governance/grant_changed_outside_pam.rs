//! A grant that somebody changed behind PAM's back.

use crate::{
    evidence::{Estate, Grant, IdentityType, Recorded, Who},
    finding::Findings,
    policy::governance::{
        approval, people,
        weigh::{self, Debt},
        words::{self, flag},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for issuance in estate.issuances.iter().filter(|i| i.externally_modified == Some(true)) {
        let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at) else { continue };
        if !is_applied_by_code(estate, who, &issuance.grant) {
            report(estate, findings, who, issuance, &issuance.grant, issuance.issued_at);
        }
    }
    for (who, observed) in estate.grants().filter(|(_, o)| flag(&o.attrs, "outside_pam")) {
        if approval::is_live(estate, observed) && !is_applied_by_code(estate, who, &observed.grant) {
            let at = observed.created_at.unwrap_or(observed.as_of);
            report(estate, findings, who, observed, &observed.grant, at);
        }
    }
}

fn report(
    estate: &Estate,
    findings: &mut Findings,
    who: Who,
    record: &impl Recorded,
    grant: &Grant,
    at: jiff::Timestamp,
) {
    let name = estate.name_of(who);
    let message = format!(
        "'{name}' holds {} from {}, and somebody changed that grant outside of PAM.",
        words::access(grant),
        words::minute(at),
    );
    let finding = findings.report(record, name, message);
    weigh::place(finding, None, name);
    weigh::grant(finding, estate, who, grant, record, Debt::Unapproved);
}

/// True when a pipeline made the very same, approved grant: infrastructure code applied it again.
fn is_applied_by_code(estate: &Estate, who: Who, grant: &Grant) -> bool {
    let by_pipeline = estate.observed_of(who).any(|o| {
        let maker = o.created_by.as_deref().and_then(|by| estate.who(by));
        o.grant == *grant
            && maker.is_some_and(|m| m != who && people::kind(estate, m) == IdentityType::Ci)
    });
    by_pipeline && approval::longest(estate, who, grant).is_some()
}
