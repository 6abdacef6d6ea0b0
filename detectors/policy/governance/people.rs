//! Who an identity is, whether it is still there, and who answers for it.

use super::{
    attribution::Provenance,
    words::{attr, blank},
};
use crate::evidence::{Affiliation, Estate, Identity, IdentityType, Status, Who};
use jiff::Timestamp;

/// How far a system is trusted on whether somebody is still there.
fn authority(system: &str) -> u8 {
    match system {
        "register" => 3,
        "hr" | "scim" | "workday" | "okta" | "entra" | "ad" | "ldap" => 2,
        "iga" => 1,
        _ => 0,
    }
}

/// The record that decides whether an identity is still there: the most authoritative system's
/// newest word. A rehire is newer than the removal before it.
pub(crate) fn standing(estate: &Estate, who: Who) -> Option<&Identity> {
    estate.identities_of(who).filter(|r| r.status != Status::Unknown).max_by_key(|r| {
        let since = r.status_at.or(r.created_at).unwrap_or(r.as_of);
        (authority(&r.src.system), r.as_of, since, &r.id)
    })
}

/// Whether an identity is still there; unknown when no directory says.
pub(crate) fn status(estate: &Estate, who: Who) -> Status {
    standing(estate, who).map_or(Status::Unknown, |r| r.status)
}

/// The record that says an identity was switched off or removed, past the grace.
pub(crate) fn closed(estate: &Estate, who: Who) -> Option<&Identity> {
    let record = standing(estate, who)?;
    let grace = estate.hours_ago(estate.thresholds.removal_grace_hours);
    let gone = matches!(record.status, Status::Removed | Status::Disabled);
    (gone && record.status_at.is_none_or(|at| at < grace)).then_some(record)
}

/// What an identity is: the most telling type that any record gives.
pub(crate) fn kind(estate: &Estate, who: Who) -> IdentityType {
    let weight = |kind: IdentityType| match kind {
        IdentityType::Unknown => 0,
        IdentityType::Human | IdentityType::Group => 1,
        IdentityType::Shared => 3,
        _ => 2,
    };
    let kinds = estate.identities_of(who).map(|r| r.kind);
    kinds.max_by_key(|kind| (weight(*kind), *kind)).unwrap_or_default()
}

/// True for an identity that a machine uses.
pub(crate) fn is_machine(estate: &Estate, who: Who) -> bool {
    kind(estate, who).is_machine()
}

/// True when some record says that an identity is a person.
pub(crate) fn is_human(estate: &Estate, name: &str) -> bool {
    estate.who(name).is_some_and(|who| kind(estate, who) == IdentityType::Human)
}

/// Who is named as the owner of an identity, in order of trust, with the record that says so.
pub(crate) fn owners(estate: &Estate, who: Who) -> Vec<(&str, &Identity)> {
    let mut owners: Vec<(&str, &Identity)> = estate
        .identities_of(who)
        .filter_map(|r| Some((r.owner.as_deref().filter(|o| !blank(Some(o)))?, r)))
        .collect();
    owners.sort_by_key(|(_, r)| (Provenance::of(&r.src.system), &r.id));
    owners
}

/// True when somebody who is still there stands beside the owner: a sponsor, or another owner.
pub(crate) fn has_active_delegate(estate: &Estate, who: Who, except: Who) -> bool {
    let sponsors = estate.identities_of(who).filter_map(|r| r.sponsor.as_deref());
    let owners = owners(estate, who);
    sponsors
        .chain(owners.iter().map(|(owner, _)| *owner))
        .filter_map(|name| estate.who(name))
        .any(|other| other != except && status(estate, other) == Status::Active)
}

/// Owners of the applications and of the parent that an identity belongs to.
pub(crate) fn inherited_owner<'a>(
    estate: &'a Estate,
    who: Who,
    apps: &std::collections::HashMap<&'a str, &'a str>,
) -> Option<&'a str> {
    estate.identities_of(who).find_map(|record| {
        let parent = attr(&record.attrs, "parent").and_then(|p| estate.who(p));
        let of_parent = parent.and_then(|p| owners(estate, p).first().map(|(owner, _)| *owner));
        of_parent.or_else(|| record.apps.iter().find_map(|app| apps.get(app.as_str()).copied()))
    })
}

/// The owner of each application that is itself an identity (`app:NAME`).
pub(crate) fn application_owners(estate: &Estate) -> std::collections::HashMap<&str, &str> {
    let named = estate.identities.iter().flat_map(|record| {
        let owner = record.owner.as_deref().filter(|o| !blank(Some(o)));
        let apps = record.aliases.iter().filter_map(|a| a.strip_prefix("app:"));
        owner.into_iter().flat_map(move |owner| apps.clone().map(move |app| (app, owner)))
    });
    named.collect()
}

/// Why an owner from outside does not answer for an identity.
pub(crate) enum Outsider {
    /// The contract is over since then.
    ContractOver(Timestamp),
    /// Nobody inside answers for it.
    NoSponsor,
}

/// Whether an identity belongs to another company and nobody inside answers for it. The latest
/// contract end that any system knows counts.
pub(crate) fn outsider(
    estate: &Estate,
    who: Who,
    also_sponsored_by: Option<Who>,
) -> Option<Outsider> {
    let external =
        |r: &&Identity| matches!(r.affiliation, Affiliation::Contractor | Affiliation::Vendor);
    estate.identities_of(who).find(external)?;
    let contract_end = estate.identities_of(who).filter_map(|r| r.contract_end).max();
    if let Some(end) = contract_end.filter(|end| *end < estate.now) {
        return Some(Outsider::ContractOver(end));
    }
    let holders = std::iter::once(who).chain(also_sponsored_by);
    let sponsored = holders
        .flat_map(|holder| estate.identities_of(holder))
        .filter_map(|r| r.sponsor.as_deref())
        .filter_map(|sponsor| estate.who(sponsor))
        .any(|sponsor| is_internal(estate, sponsor));
    (!sponsored).then_some(Outsider::NoSponsor)
}

fn is_internal(estate: &Estate, who: Who) -> bool {
    status(estate, who) == Status::Active
        && !estate
            .identities_of(who)
            .any(|r| matches!(r.affiliation, Affiliation::Contractor | Affiliation::Vendor))
}

/// True for an identity whose purpose is to act for others.
pub(crate) fn is_broker(estate: &Estate, who: Who) -> bool {
    let words = ["broker", "brokers", "gateway", "pam", "proxy"];
    estate.identities_of(who).any(|r| super::words::says(r.purpose.as_deref(), &words))
}

/// Every identity that somebody must answer for: machines that are still there.
pub(crate) fn answered_for(estate: &Estate) -> impl Iterator<Item = Who> {
    estate.everybody().filter(|who| {
        is_machine(estate, *who)
            && !matches!(status(estate, *who), Status::Removed | Status::Disabled)
    })
}
