//! A machine identity that nobody answers for.

use crate::{
    evidence::{Estate, Identity, Status},
    finding::Findings,
    policy::governance::{
        people,
        weigh::{self, Debt},
    },
};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let systems = systems_that_name_owners(estate);
    let apps = people::application_owners(estate);
    let mut silent: BTreeMap<&str, usize> = BTreeMap::new();
    for who in estate.everybody().filter(|who| people::is_machine(estate, *who)) {
        let gone = matches!(people::status(estate, who), Status::Removed | Status::Disabled);
        let owned = !people::owners(estate, who).is_empty()
            || people::inherited_owner(estate, who, &apps).is_some();
        if gone || owned {
            continue;
        }
        let Some(record) = telling(estate.identities_of(who), &systems) else {
            if let Some(record) = estate.identities_of(who).next() {
                *silent.entry(&record.src.system).or_default() += 1;
            }
            continue;
        };
        let name = estate.name_of(who);
        let finding =
            findings.report(record, name, format!("'{name}' has no owner in any directory or register."));
        finding.key("");
        weigh::place(finding, record.location.as_ref(), name);
        weigh::whole(finding, estate, who, record, Debt::Lapsed);
    }
    for (system, count) in silent {
        findings.gap(
            system,
            format!("{count} machine identities have no owner because {system} names none and no identity register was read."),
        );
    }
}

/// The record of a system that would have named an owner.
fn telling<'a>(
    mut records: impl Iterator<Item = &'a Identity>,
    systems: &BTreeSet<&str>,
) -> Option<&'a Identity> {
    records.find(|r| systems.contains(r.src.system.as_str()) || systems.contains("register"))
}

/// The systems in which a missing owner means that there is none: a register, a directory of
/// people, an approval ledger, and every system that names the owner of some other identity.
fn systems_that_name_owners(estate: &Estate) -> BTreeSet<&str> {
    let naming = estate
        .identities
        .iter()
        .filter(|r| r.owner.is_some() || matches!(r.src.system.as_str(), "register" | "hr" | "iga"))
        .map(|r| r.src.system.as_str());
    let ledgers = estate
        .coverage
        .iter()
        .filter(|c| c.kinds.iter().any(|k| k == "entitlement" || k == "review"))
        .map(|c| c.system.as_str());
    naming.chain(ledgers).collect()
}
