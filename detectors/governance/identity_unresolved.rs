//! A name that evidence uses and no directory knows.

use crate::{
    evidence::{Estate, Recorded, Who},
    finding::Findings,
    policy::governance::{
        approval, people,
        weigh::{self, Cited, Debt},
    },
};
use std::collections::BTreeMap;

/// A name that is not in any directory: whose it is said to be, and the record that uses it.
struct Stray<'a> {
    role: String,
    record: &'a dyn Recorded,
    holder: Option<Who>,
}

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    if estate.canonical.is_empty() {
        return;
    }
    let answer = estate.covers("identity", None);
    for (name, stray) in strays(estate) {
        if let Err(missing) = &answer {
            let system = missing.system.as_deref().unwrap_or("none");
            findings.gap(system, format!("Names that no directory lists could not be judged: {}.", missing.why));
            continue;
        }
        let message = format!("'{name}' {} and no directory knows that name.", stray.role);
        let record = Cited(stray.record);
        let finding = findings.report(&record, name, message);
        finding.key("");
        weigh::place(finding, None, name);
        if let Some(who) = stray.holder {
            weigh::whole(finding, estate, who, &record, Debt::Unapproved);
        }
    }
}

/// A Vault token without a login is nobody's but its own, and a login whose role or user is gone has a
/// rule of its own; neither is a name that a directory should know.
fn names_itself(subject: &str) -> bool {
    subject.starts_with("vault-token:") || subject.starts_with("vault-role:")
}

/// Owners, sponsors, holders of live grants, of approvals in force and of elevations that no
/// directory lists, each once.
fn strays(estate: &Estate) -> BTreeMap<&str, Stray<'_>> {
    let mut strays: BTreeMap<&str, Stray> = BTreeMap::new();
    for record in &estate.identities {
        let Some(owner) = record.owner.as_deref().filter(|o| !o.trim().is_empty()) else { continue };
        if estate.canonical.get(owner).is_none() {
            let machine = record.aliases.first().map_or("", String::as_str);
            let who = estate.who(machine).filter(|who| people::closed(estate, *who).is_none());
            if who.is_none() {
                continue;
            }
            let role = format!("owns '{}'", estate.canonical.name(machine));
            strays.entry(owner).or_insert(Stray { role, record, holder: who });
        }
    }
    for (who, observed) in estate.grants() {
        let judged = names_itself(&observed.subject);
        if !judged && !estate.is_known(who) && approval::is_live(estate, observed) {
            let role = "holds live access".to_owned();
            strays.entry(&observed.subject).or_insert(Stray { role, record: observed, holder: Some(who) });
        }
    }
    for e in estate.entitlements.iter().filter(|e| approval::is_in_force(estate, e)) {
        if estate.canonical.get(&e.subject).is_none() {
            let role = "has an approval".to_owned();
            let holder = estate.who(&e.subject);
            strays.entry(&e.subject).or_insert(Stray { role, record: e, holder });
        }
    }
    strays
}
