//! The chain of custody of one identity: who approved what, what was issued, what it did, what still
//! lives, which credentials carry it and where they lie, and when each of the three clocks stops.

mod timeline;

pub use crate::policy::governance::attribution::{LAST_COMMITTER, Provenance};
use crate::{
    clocks::Clocks,
    evidence::{Credential, Estate, Grant, IdentityType, Status, When, Who},
    policy::governance::{
        attribution::{self, Attribution},
        people,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use timeline::timeline;

/// Everything that the evidence says of one identity.
#[derive(Debug, Serialize)]
pub struct Custody {
    /// The canonical name.
    pub identity: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: IdentityType,
    /// Whether it is still there, and the record that says so.
    pub status: Fact<Status>,
    /// Its names, each with the record that makes it one of them.
    pub names: Vec<Fact<String>>,
    /// Who answers for it, the most trusted first, and whether that owner is still there.
    pub owners: Vec<Owner>,
    /// Why it exists.
    pub purposes: Vec<Fact<String>>,
    /// The three clocks of all that it holds.
    pub clocks: Clocks,
    /// What it may do now, with the clocks of each grant.
    pub grants: Vec<Held>,
    /// Its credentials, with the places where their values were seen.
    pub credentials: Vec<Carried>,
    /// What happened and what will, in order of time.
    pub timeline: Vec<Event>,
    /// What the evidence does not say.
    pub unknown: Vec<String>,
}

/// A fact and the record that states it.
#[derive(Debug, Serialize)]
pub struct Fact<T> {
    /// The fact.
    pub value: T,
    /// The record's id.
    pub record: Option<String>,
}

/// Somebody who answers for the identity.
#[derive(Debug, Serialize)]
pub struct Owner {
    /// The name.
    pub name: String,
    /// Where the name comes from.
    pub provenance: Provenance,
    /// Who says so, in words.
    pub says: String,
    /// That the owner has left, in words, with the system that knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The system that says so.
    pub system: String,
    /// The record that says so.
    pub record: String,
    /// Whether the owner is still there.
    pub status: Status,
}

/// A live grant.
#[derive(Debug, Serialize)]
pub struct Held {
    /// What it allows.
    pub grant: Grant,
    /// True when it holds without elevation.
    pub standing: Option<bool>,
    /// The end of the grant.
    #[serde(skip_serializing_if = "When::is_unknown")]
    pub expires_at: When,
    /// The approval that covers it.
    pub approval: Option<String>,
    /// The three clocks in words.
    pub clocks: String,
    /// The three clocks.
    pub ends: Clocks,
    /// The record.
    pub record: String,
}

/// A credential.
#[derive(Debug, Serialize)]
pub struct Carried {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its public id.
    pub key_id: Option<String>,
    /// Whether it works.
    pub status: Status,
    /// Its end.
    #[serde(skip_serializing_if = "When::is_unknown")]
    pub expires_at: When,
    /// Where its value was seen.
    pub exposed: Vec<String>,
    /// The record.
    pub record: String,
}

/// Which clock an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// What was approved, reviewed, allowed.
    Approval,
    /// What was issued, made, rotated.
    Credential,
    /// Who is there.
    Directory,
    /// What was done.
    Use,
}

/// Something that happened, or will.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Which clock.
    pub clock: Clock,
    /// What.
    pub what: String,
    /// The record.
    pub record: String,
}

impl Custody {
    /// Puts together what the evidence says of an identity.
    pub fn of(estate: &Estate, who: Who) -> Custody {
        let standing = people::standing(estate, who);
        Custody {
            identity: estate.name_of(who).to_owned(),
            kind: people::kind(estate, who),
            status: Fact {
                value: people::status(estate, who),
                record: standing.map(|record| record.id.clone()),
            },
            names: names(estate, who),
            owners: owners(estate, who),
            purposes: purposes(estate, who),
            clocks: Clocks::whole(estate, who),
            grants: grants(estate, who),
            credentials: estate.credentials_of(who).map(|c| carried(estate, c)).collect(),
            timeline: timeline(estate, who),
            unknown: unknown(estate, who),
        }
    }
}

/// The identities that a name may mean: the one that has it, else those that have it after their
/// namespace.
pub fn named(estate: &Estate, name: &str) -> Vec<Who> {
    if let Some(who) = estate.who(name) {
        return vec![who];
    }
    let is_it = |alias: &str| alias.split_once(':').is_some_and(|(_, rest)| rest == name);
    let by_alias =
        |who: &Who| estate.identities_of(*who).flat_map(|r| &r.aliases).any(|a| is_it(a));
    estate.everybody().filter(|who| is_it(estate.name_of(*who)) || by_alias(who)).collect()
}

fn names(estate: &Estate, who: Who) -> Vec<Fact<String>> {
    let mut seen = BTreeSet::new();
    let records = estate.identities_of(who);
    let all = records.flat_map(|r| r.aliases.iter().map(move |alias| (alias, r)));
    all.filter(|(alias, _)| seen.insert(alias.as_str()))
        .map(|(alias, r)| Fact { value: alias.clone(), record: Some(r.id.clone()) })
        .collect()
}

fn owners(estate: &Estate, who: Who) -> Vec<Owner> {
    let owner = |owner: Attribution| Owner {
        status: estate
            .who(&owner.name)
            .map_or(Status::Unknown, |person| people::status(estate, person)),
        left: owner.left(estate),
        says: owner.says().into_owned(),
        name: owner.name.into_owned(),
        provenance: owner.provenance,
        system: owner.system.to_owned(),
        record: owner.record.to_owned(),
    };
    attribution::of(estate, who).into_iter().map(owner).collect()
}

fn purposes(estate: &Estate, who: Who) -> Vec<Fact<String>> {
    let purposes = estate.identities_of(who).filter_map(|r| Some((r.purpose.clone()?, r)));
    purposes.map(|(value, r)| Fact { value, record: Some(r.id.clone()) }).collect()
}

fn grants(estate: &Estate, who: Who) -> Vec<Held> {
    let held = |o: &crate::evidence::Observed| {
        let clocks = Clocks::of(estate, who, &o.grant);
        Held {
            grant: o.grant.clone(),
            standing: o.standing,
            expires_at: o.expires_at,
            clocks: clocks.to_string(),
            approval: clocks.approval.as_ref().map(|approval| approval.record.clone()),
            ends: clocks,
            record: o.id.clone(),
        }
    };
    estate.observed_of(who).map(held).collect()
}

fn carried(estate: &Estate, credential: &Credential) -> Carried {
    let references = [credential.fingerprint.as_deref(), credential.key_id.as_deref()];
    let exposures = estate.exposures.iter().filter(|e| {
        let key_id = e.decoded.get("key_id").and_then(|id| id.as_str());
        references.iter().flatten().any(|r| e.fingerprint == *r || key_id == Some(*r))
    });
    let places = exposures.flat_map(|e| &e.places).filter_map(|place| {
        let path = place.location.path.as_deref().or(place.location.logical.as_deref())?;
        let line = place.location.region.map_or(String::new(), |r| format!(":{}", r.start_line));
        Some(format!("{path}{line}"))
    });
    Carried {
        kind: credential.kind.clone(),
        key_id: credential.key_id.clone(),
        status: credential.status,
        expires_at: credential.expires_at,
        exposed: places.collect::<BTreeSet<_>>().into_iter().collect(),
        record: credential.id.clone(),
    }
}

/// A status in words.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Disabled => "disabled",
        Status::Removed => "removed",
        Status::Unknown => "of unknown status",
    }
}

/// What a reader must not take for granted.
fn unknown(estate: &Estate, who: Who) -> Vec<String> {
    let mut unknown = Vec::new();
    if !estate.is_known(who) {
        unknown.push("no directory or register lists this identity".to_owned());
    } else if people::status(estate, who) == Status::Unknown {
        unknown.push("no directory says whether it is still there".to_owned());
    }
    if people::owners(estate, who).is_empty() {
        unknown.push("nobody is named as its owner".to_owned());
    }
    for kind in ["entitlement", "issuance", "review", "use"] {
        if let Err(missing) = estate.covers(kind, None) {
            unknown.push(format!("{kind} records: {}", missing.why));
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Thresholds, parse_lines};

    const EVIDENCE: &str = r#"
{"v":"overstay-evidence/1","kind":"identity","id":"i1","src":{"system":"register"},"as_of":"2026-11-01T00:00:00Z","type":"service","status":"unknown","aliases":["register:pay","vault:svc-pay"],"owner":"hr:ann","purpose":"settlement"}
{"v":"overstay-evidence/1","kind":"identity","id":"i2","src":{"system":"hr"},"as_of":"2026-11-01T00:00:00Z","type":"human","status":"removed","status_at":"2026-10-01T00:00:00Z","aliases":["hr:ann"]}
{"v":"overstay-evidence/1","kind":"entitlement","id":"e1","src":{"system":"iga"},"as_of":"2026-11-01T00:00:00Z","subject":"vault:svc-pay","grant":{"system":"vault","resource":"db/pay","privilege":"read","rank":"read"},"state":"approved","approvals":[{"by":"hr:bob","at":"2026-01-02T00:00:00Z","decision":"approve"}],"not_before":"2026-01-03T00:00:00Z","not_after":"2026-06-30T00:00:00Z"}
{"v":"overstay-evidence/1","kind":"observed","id":"o1","src":{"system":"runtime"},"as_of":"2026-11-01T00:00:00Z","subject":"vault:svc-pay","grant":{"system":"vault","resource":"db/pay","privilege":"read","rank":"read"},"standing":true,"expires_at":null}
{"v":"overstay-evidence/1","kind":"use","id":"u1","src":{"system":"runtime"},"as_of":"2026-11-01T00:00:00Z","subject":"vault:svc-pay","grant":{"system":"vault","resource":"db/pay","privilege":"read"},"last":"2026-10-30T00:00:00Z"}
"#;

    fn estate() -> Estate {
        let (records, errors) = parse_lines(EVIDENCE.trim());
        assert!(errors.is_empty(), "{errors:?}");
        let now = "2026-11-22T00:00:00Z".parse().expect("a time");
        Estate::build(records, now, Thresholds::default())
    }

    #[test]
    fn one_name_gives_the_whole_chain() {
        let estate = estate();
        let [who] = named(&estate, "svc-pay")[..] else { panic!("svc-pay is one identity") };
        let custody = Custody::of(&estate, who);
        assert_eq!(custody.identity, "register:pay");
        assert_eq!(custody.owners[0].name, "hr:ann");
        assert_eq!(custody.owners[0].status, Status::Removed);
        assert_eq!(custody.grants[0].approval.as_deref(), Some("e1"));
        assert_eq!(
            custody.grants[0].clocks,
            "approval e1 ends on 2026-06-30, credential never ends, directory status unknown"
        );
        let line: Vec<String> = custody
            .timeline
            .iter()
            .map(|e| format!("{} {}", e.at.strftime("%F"), e.what))
            .collect();
        assert_eq!(
            line,
            [
                "2026-01-02 approved by hr:bob: read on db/pay (vault)",
                "2026-01-03 approval begins: read on db/pay (vault)",
                "2026-06-30 approval ends: read on db/pay (vault)",
                "2026-10-30 used: read on db/pay (vault)",
            ]
        );
        assert_eq!(custody.unknown[0], "no directory says whether it is still there");
    }

    #[test]
    fn a_name_that_nobody_has_is_nobody() {
        assert!(named(&estate(), "svc").is_empty());
    }
}
