//! A credential that keeps working after the approval behind it ends.

use crate::{
    clocks::Clocks,
    evidence::{Entitlement, Estate, Grant, Recorded, When, Who},
    finding::Findings,
    policy::governance::{
        approval,
        elevation,
        weigh::{self, Debt},
        words,
    },
};
use std::collections::BTreeSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for issuance in estate.issuances_of(who).filter(|i| elevation::is_open(estate, i)) {
            let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
            let named = named.filter(|e| {
                approval::is_in_force(estate, e) && e.grant.may_contain(&issuance.grant)
            });
            let longest = approval::longest(estate, who, &issuance.grant);
            let Some(e) = [named, longest].into_iter().flatten().max_by_key(|e| approval::end_or_open(e))
            else {
                continue;
            };
            if outlives(estate, elevation::end(issuance), e) {
                told.extend(issuance.cred.as_ref().map(|c| c.reference.as_str()));
                report(estate, findings, who, issuance, &issuance.grant, e, elevation::end(issuance));
            }
        }
        for observed in estate.observed_of(who).filter(|o| approval::is_live(estate, o)) {
            let Some(cred) = &observed.cred else { continue };
            let Some(e) = approval::longest(estate, who, &observed.grant) else { continue };
            let known = estate.issuances_of(who).any(|i| {
                i.cred.as_ref().is_some_and(|c| c.reference == cred.reference)
            });
            if !known && outlives(estate, observed.expires_at, e) && told.insert(&cred.reference) {
                report(estate, findings, who, observed, &observed.grant, e, observed.expires_at);
            }
        }
    }
}

/// True when a credential ends after an approval that does end.
fn outlives(estate: &Estate, credential: When, e: &Entitlement) -> bool {
    let Some(approved) = approval::end(e).at() else { return false };
    let approved = approved.saturating_add(elevation::skew(estate)).unwrap_or(approved);
    match credential {
        When::Never => true,
        When::At(end) => end > approved,
        When::Unknown => false,
    }
}

fn report(
    estate: &Estate,
    findings: &mut Findings,
    who: Who,
    record: &impl Recorded,
    grant: &Grant,
    e: &Entitlement,
    end: When,
) {
    let name = estate.name_of(who);
    let clocks = Clocks::of(estate, who, grant);
    let message = format!(
        "'{name}' holds a credential for {} that {}, after its approval {}. Clocks: {clocks}.",
        words::access(grant),
        words::ends(end),
        e.id,
    );
    let finding = findings.report(record, name, message);
    finding.because(e);
    weigh::place(finding, None, name);
    weigh::grant(finding, estate, who, grant, record, Debt::Flawed);
}
