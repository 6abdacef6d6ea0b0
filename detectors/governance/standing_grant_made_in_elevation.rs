//! A standing grant that an elevated identity made while it was elevated.

use crate::{
    evidence::{Estate, Issuance, Observed, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, Basis},
        elevation,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (holder, observed) in estate.grants() {
        let standing = observed.standing == Some(true) && approval::is_live(estate, observed);
        let Some(issuance) = elevation_of_maker(estate, observed).filter(|_| standing) else {
            continue;
        };
        let approved = Basis::of(estate, holder, observed).approved().is_some();
        if approved || was_the_task(estate, holder, issuance, observed) {
            continue;
        }
        let name = estate.name_of(holder);
        let message = format!(
            "'{name}' holds {} for good, made during elevation {} of '{}' on {}.",
            words::access(&observed.grant),
            issuance.id,
            estate.canonical.name(&issuance.subject),
            observed.created_at.map_or(String::new(), words::minute),
        );
        let finding = findings.report(observed, name, message);
        finding.because(issuance);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, holder, &observed.grant, observed, Debt::Unapproved);
    }
}

/// The elevation that was open when its holder made the grant.
fn elevation_of_maker<'a>(estate: &'a Estate, observed: &Observed) -> Option<&'a Issuance> {
    let at = observed.created_at?;
    let maker = estate.who_at(observed.created_by.as_deref()?, at)?;
    let open = |i: &&Issuance| elevation::within(estate, at, i.issued_at, elevation::end(i));
    estate.issuances_of(maker).find(open).or_else(|| {
        // Somebody else may have acted inside the elevation of a shared identity.
        let acts = |i: &&Issuance| {
            i.actor.as_deref().and_then(|a| estate.who(a)) == Some(maker)
        };
        estate.issuances_of(estate.who(&observed.subject)?).filter(open).find(acts)
    })
}

/// True when the elevation's approval says that the change was the task: its reason names the place.
fn was_the_task(estate: &Estate, holder: Who, issuance: &Issuance, observed: &Observed) -> bool {
    let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
    let reason = named
        .or_else(|| elevation::approval(estate, holder, issuance))
        .and_then(|e| e.justification.as_deref());
    !observed.grant.resource.is_empty()
        && reason.is_some_and(|reason| reason.contains(observed.grant.resource.as_str()))
}
