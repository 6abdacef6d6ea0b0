//! What PAM handed out, when it ended, and what happened inside it.

use crate::evidence::{Entitlement, Estate, IdentityType, Issuance, Use, When, Who};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// When an elevation ends or ended: what PAM recorded, else what it planned.
pub(crate) fn end(issuance: &Issuance) -> When {
    match (issuance.ended_at, issuance.expires_at) {
        (When::At(ended), When::At(expires)) => When::At(ended.min(expires)),
        (When::At(ended), _) => When::At(ended),
        (_, expires) => expires,
    }
}

/// True while an elevation has neither ended nor run out.
pub(crate) fn is_open(estate: &Estate, issuance: &Issuance) -> bool {
    !end(issuance).is_past(estate.now)
}

/// How far clocks may differ.
pub(crate) fn skew(estate: &Estate) -> SignedDuration {
    SignedDuration::from_mins(estate.thresholds.clock_skew_minutes)
}

/// True when `at` lies in a window, give or take the clock skew.
pub(crate) fn within(estate: &Estate, at: Timestamp, from: Timestamp, to: When) -> bool {
    let skew = skew(estate);
    let after = at.saturating_add(skew).unwrap_or(at) >= from;
    let before = to.at().is_none_or(|to| at.saturating_sub(skew).unwrap_or(at) <= to);
    after && before
}

/// The elevation that a use took place in: the one it names, else one of the same identity that
/// allows it and was open at both ends of the use.
pub(crate) fn around<'a>(estate: &'a Estate, who: Who, used: &'a Use) -> Option<&'a Issuance> {
    if let Some(named) = used.issuance_ref.as_deref().and_then(|id| estate.issuance(id)) {
        return Some(named);
    }
    let holds = |i: &&Issuance, at: Timestamp| {
        i.grant.may_contain(&used.grant) && within(estate, at, i.issued_at, end(i))
    };
    let at_the_end = estate.issuances_of(who).find(|i| holds(i, used.last))?;
    let first = used.first.unwrap_or(used.last);
    estate.issuances_of(who).any(|i| holds(&i, first)).then_some(at_the_end)
}

/// The approval that an elevation rests on: the one it names, else one of the same identity that
/// contains it. Only approvals that allow what was handed out, when it was handed out.
pub(crate) fn approval<'a>(
    estate: &'a Estate,
    who: Who,
    issuance: &'a Issuance,
) -> Option<&'a Entitlement> {
    let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
    let fits = |e: &&Entitlement| {
        super::approval::was_in_force(estate, e, issuance.issued_at)
            && e.grant.may_contain(&issuance.grant)
    };
    named.filter(fits).or_else(|| {
        let own = estate.entitlements_of(who).filter(fits);
        own.max_by_key(|e| (super::approval::end_or_open(e), &e.id))
    })
}

/// True when a credential of this type keeps working until somebody changes it.
pub(crate) fn is_static(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["password", "key", "secret", "account", "checkout", "pat", "certificate", "x509", "static"]
        .iter()
        .any(|word| kind.contains(word))
}

/// Which identities used each approval by name, beside the one it was given to.
pub(crate) fn consumers(estate: &Estate) -> HashMap<&str, BTreeSet<Who>> {
    let mut consumers: HashMap<&str, BTreeSet<Who>> = HashMap::new();
    for issuance in &estate.issuances {
        let named = issuance.entitlement_ref.as_deref().and_then(|id| estate.entitlement(id));
        let Some(e) = named else { continue };
        let Some(who) = estate.who_at(&issuance.subject, issuance.issued_at) else { continue };
        let subject = estate.who(&e.subject);
        let group = subject.is_some_and(|s| super::people::kind(estate, s) == IdentityType::Group);
        if subject != Some(who) && !group && super::people::is_machine(estate, who) {
            consumers.entry(&e.id).or_default().insert(who);
        }
    }
    consumers
}

/// True when one approval served so many others that it is no longer an approval of one identity.
pub(crate) fn is_fan_out(consumers: &BTreeSet<Who>) -> bool {
    consumers.len() >= 2
}
