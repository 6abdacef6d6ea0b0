//! An approval for one identity that another one used, with nothing that connects the two.

use crate::{
    evidence::{Entitlement, Estate, Issuance},
    finding::Findings,
    policy::governance::{
        elevation, people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let fan_out = elevation::consumers(estate);
    for issuance in &estate.issuances {
        let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
        let Some(e) = named else { continue };
        // One approval that many used is a finding of its own.
        if fan_out.get(e.id.as_str()).is_some_and(elevation::is_fan_out) {
            continue;
        }
        let Some(stranger) = stranger(estate, e, issuance) else { continue };
        let name = estate.canonical.name(stranger);
        let Some(who) = estate.who(&issuance.subject) else { continue };
        let message = format!(
            "'{name}' used approval {} of '{}' for {}, and nothing records on whose behalf. It began on {}.",
            e.id,
            estate.canonical.name(&e.subject),
            words::access(&issuance.grant),
            words::minute(issuance.issued_at),
        );
        let finding = findings.report(issuance, name, message);
        finding.because(e);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &issuance.grant, issuance, Debt::Unapproved);
    }
}

/// Whoever used the approval without being its subject, its requester, or somebody it names; a
/// broker acts for others by design.
fn stranger<'a>(estate: &Estate, e: &Entitlement, issuance: &'a Issuance) -> Option<&'a str> {
    let related = |name: &str| {
        let same = |other: &str| estate.canonical.same(name, other);
        same(&e.subject)
            || e.on_behalf_of.as_deref().is_some_and(same)
            || e.requested_by.as_deref().is_some_and(same)
    };
    let is_subject_served = estate.canonical.same(&issuance.subject, &e.subject)
        || e.on_behalf_of.as_deref().is_some_and(|o| estate.canonical.same(o, &issuance.subject));
    let consumer = if is_subject_served {
        issuance.actor.as_deref().filter(|actor| {
            !related(actor) && !estate.canonical.same(actor, &issuance.subject)
        })?
    } else {
        &issuance.subject
    };
    let broker = |name: &str| estate.who(name).is_some_and(|who| people::is_broker(estate, who));
    let brokered = broker(consumer) || issuance.actor.as_deref().is_some_and(broker);
    (!brokered).then_some(consumer)
}
