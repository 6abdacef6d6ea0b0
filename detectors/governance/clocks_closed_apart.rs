//! Approval, credential and directory that all closed, but not within one window.

use crate::{
    evidence::{Entitlement, Estate, Status, When, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, plus_hours},
        elevation, people,
        weigh::{self, Debt},
        words,
    },
};
use jiff::Timestamp;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let spread = estate.thresholds.clock_spread_hours;
    for who in estate.everybody() {
        let Some(record) = people::standing(estate, who) else { continue };
        let gone = matches!(record.status, Status::Removed | Status::Disabled);
        let Some(directory) = record.status_at.filter(|_| gone) else { continue };
        for e in estate.entitlements_of(who).filter(|e| approval::was_approved(e)) {
            let Some(approved) = approval::end(e).at().filter(|at| *at < estate.now) else { continue };
            let Some(credential) = credential_end(estate, who, e) else { continue };
            // What closes early does no harm: late is the credential after either, or the approval
            // after the identity.
            let credential_late = credential > plus_hours(approved.min(directory), spread);
            let approval_late = approved > plus_hours(directory, spread);
            if !credential_late && !approval_late {
                continue;
            }
            let name = estate.name_of(who);
            let message = format!(
                "'{name}' closed in pieces: approval {} on {}, credential on {}, directory on {}.",
                e.id,
                words::minute(approved),
                words::minute(credential),
                words::minute(directory),
            );
            let finding = findings.report(e, name, message);
            finding.because(record);
            weigh::place(finding, record.location.as_ref(), name);
            weigh::grant(finding, estate, who, &e.grant, e, Debt::Lapsed);
        }
    }
}

/// When the last credential or grant under an approval ended; `None` while one is still open.
fn credential_end(estate: &Estate, who: Who, e: &Entitlement) -> Option<Timestamp> {
    let observed =
        estate.observed_of(who).filter(|o| e.grant.may_contain(&o.grant)).map(|o| o.expires_at);
    let issued = estate
        .issuances_of(who)
        .filter(|i| e.grant.may_contain(&i.grant))
        .map(|i| match i.ended_at {
            When::At(at) => When::At(at),
            _ => elevation::end(i),
        });
    let mut last = None;
    for end in observed.chain(issued) {
        last = last.max(Some(end.at().filter(|at| *at < estate.now)?));
    }
    last
}
