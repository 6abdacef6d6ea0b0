//! A machine identity that the approval ledger does not know, or that only the ledger knows.

use crate::{
    evidence::{Estate, Identity, Recorded, Status, Who},
    finding::Findings,
    policy::governance::{
        approval, people,
        weigh::{self, Debt},
    },
};
use std::collections::BTreeSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let ledgers = ledgers(estate);
    if ledgers.is_empty() {
        return;
    }
    let governed = governed_namespaces(estate, &ledgers);
    let approvals_read = estate.covers("entitlement", None);
    let runtime_read = estate.covers("observed", None);
    for who in estate.everybody().filter(|who| people::is_machine(estate, *who)) {
        let gone = matches!(people::status(estate, who), Status::Removed | Status::Disabled);
        let Some(record) = estate.identities_of(who).next().filter(|_| !gone) else { continue };
        let name = estate.name_of(who);
        let in_ledger = is_in_ledger(estate, who, &ledgers);
        let in_runtime = is_in_runtime(estate, who, &ledgers);
        let answer = match (in_ledger, in_runtime) {
            (false, true) if is_governed(estate, who, &governed) => &approvals_read,
            (true, false) => &runtime_read,
            _ => continue,
        };
        if let Err(missing) = answer {
            let system = missing.system.as_deref().unwrap_or("none");
            findings.gap(system, format!("Whether every identity stands in both ledgers could not be judged: {}.", missing.why));
            continue;
        }
        let message = if in_ledger {
            format!("'{name}' stands in the approval ledger and nowhere in the runtime.")
        } else {
            format!("'{name}' works in the runtime and the approval ledger does not know it.")
        };
        let finding = findings.report(record, name, message);
        finding.key("");
        weigh::place(finding, record.location.as_ref(), name);
        weigh::whole(finding, estate, who, record, Debt::Unapproved);
    }
}

/// The systems that hold approvals.
fn ledgers(estate: &Estate) -> BTreeSet<&str> {
    let of_approvals = estate.entitlements.iter().map(|e| e.src.system.as_str());
    let of_reviews = estate.reviews.iter().map(|r| r.src.system.as_str());
    of_approvals.chain(of_reviews).collect()
}

fn namespace(alias: &str) -> &str {
    alias.split(':').next().unwrap_or_default()
}

/// The namespaces whose machines the ledger governs: it approves access to that system, or lists
/// some identity of it. The others are out of its scope.
fn governed_namespaces<'a>(estate: &'a Estate, ledgers: &BTreeSet<&str>) -> BTreeSet<&'a str> {
    let approved = estate.entitlements.iter().map(|e| e.grant.system.as_str());
    let listed = estate
        .identities
        .iter()
        .filter(|r| r.aliases.iter().any(|a| ledgers.contains(namespace(a))))
        .flat_map(|r| r.aliases.iter().map(|a| namespace(a)));
    approved.chain(listed).collect()
}

fn aliases(estate: &Estate, who: Who) -> impl Iterator<Item = &str> {
    estate.identities_of(who).flat_map(|r: &Identity| r.aliases.iter().map(String::as_str))
}

fn is_governed(estate: &Estate, who: Who, governed: &BTreeSet<&str>) -> bool {
    aliases(estate, who).any(|a| governed.contains(namespace(a)))
}

fn is_in_ledger(estate: &Estate, who: Who, ledgers: &BTreeSet<&str>) -> bool {
    aliases(estate, who).any(|a| ledgers.contains(namespace(a)))
        || estate.identities_of(who).any(|r| ledgers.contains(r.src().system.as_str()))
        || estate.entitlements_of(who).next().is_some()
        || estate.reviews_of(who).next().is_some()
}

fn is_in_runtime(estate: &Estate, who: Who, ledgers: &BTreeSet<&str>) -> bool {
    let named = |a: &str| !ledgers.contains(namespace(a)) && !matches!(namespace(a), "hr" | "app");
    aliases(estate, who).any(named)
        || estate.observed_of(who).any(|o| approval::is_live(estate, o))
        || estate.credentials_of(who).next().is_some()
        || estate.issuances_of(who).next().is_some()
        || estate.uses_of(who).next().is_some()
}
