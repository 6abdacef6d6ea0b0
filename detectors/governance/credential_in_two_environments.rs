//! One credential that works in two environments.

use crate::{
    evidence::{Estate, Recorded, Who},
    finding::Findings,
    policy::governance::{
        weigh::{self, Cited, Debt},
        words,
    },
};
use overstay_rules::Component;
use std::collections::BTreeMap;

/// Where one credential was seen: its holder, the environments with one record each.
struct Seen<'a> {
    who: Who,
    environments: BTreeMap<String, &'a dyn Recorded>,
}

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (reference, seen) in sightings(estate) {
        if seen.environments.len() < 2 {
            continue;
        }
        let name = estate.name_of(seen.who);
        let environments: Vec<&str> = seen.environments.keys().map(String::as_str).collect();
        let message = format!("'{name}' uses one credential in {}.", words::list(&environments));
        let Some(first) = seen.environments.values().next() else { continue };
        let finding = findings.report(&Cited(*first), name, message);
        finding.key(reference);
        for record in seen.environments.values() {
            finding.evidence.push(record.id().to_owned());
        }
        weigh::place(finding, None, name);
        weigh::whole(finding, estate, seen.who, &Cited(*first), Debt::Flawed);
        let reach = crate::finding::Level::exactly(2, "one credential opens both environments");
        finding.weigh(Component::Reach, reach.citing(&Cited(*first)));
    }
}

/// One place where a credential was seen.
struct Sighting<'a> {
    kind: &'a str,
    reference: &'a str,
    env: Option<&'a str>,
    subject: &'a str,
    record: &'a dyn Recorded,
}

/// Every credential reference with the environments in which it was seen.
fn sightings(estate: &Estate) -> BTreeMap<&str, Seen<'_>> {
    let mut by_reference: BTreeMap<&str, Seen> = BTreeMap::new();
    for s in every_sighting(estate) {
        let (Some(env), Some(who)) = (s.env.and_then(environment), estate.who(s.subject)) else {
            continue;
        };
        if s.reference.is_empty() || is_public_test_key(s.kind) {
            continue;
        }
        let seen = by_reference
            .entry(s.reference)
            .or_insert_with(|| Seen { who, environments: BTreeMap::new() });
        seen.environments.entry(env).or_insert(s.record);
    }
    by_reference
}

fn every_sighting(estate: &Estate) -> impl Iterator<Item = Sighting<'_>> {
    let observed = estate.observed.iter().filter_map(|o| {
        let c = o.cred.as_ref()?;
        let (env, subject) = (o.env.as_deref(), o.subject.as_str());
        Some(Sighting { kind: &c.kind, reference: &c.reference, env, subject, record: o })
    });
    let issued = estate.issuances.iter().filter_map(|i| {
        let c = i.cred.as_ref()?;
        let (env, subject) = (i.env.as_deref(), i.subject.as_str());
        Some(Sighting { kind: &c.kind, reference: &c.reference, env, subject, record: i })
    });
    let used = estate.uses.iter().filter_map(|u| {
        let (env, subject) = (u.env.as_deref(), u.subject.as_str());
        Some(Sighting { kind: "", reference: u.cred_ref.as_deref()?, env, subject, record: u })
    });
    let held = estate.credentials.iter().filter_map(|c| {
        let reference = c.fingerprint.as_deref().or(c.key_id.as_deref())?;
        let env = words::attr(&c.attrs, "env");
        Some(Sighting { kind: &c.kind, reference, env, subject: &c.subject, record: c })
    });
    observed.chain(issued).chain(used).chain(held)
}

fn is_public_test_key(kind: &str) -> bool {
    words::says(Some(kind), &["public"]) && words::says(Some(kind), &["test"])
}

/// The environment under its usual name; `None` for one that is not named.
fn environment(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    Some(match name.as_str() {
        "" | "all" | "any" => return None,
        "prod" | "prd" | "production" | "live" => "production".to_owned(),
        "dev" | "development" => "development".to_owned(),
        "stage" | "staging" | "stg" => "staging".to_owned(),
        _ => name,
    })
}
