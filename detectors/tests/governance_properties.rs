//! Properties that hold for any evidence: order does not matter, approval never raises a band, and
//! what is unknown never lowers one.
#![expect(clippy::unwrap_used, reason = "tests")]

use jiff::Timestamp;
use overstay_detectors::{
    detect,
    evidence::{
        Approval, Canonical, Coverage, Decision, Entitlement, EntitlementState, Estate, Grant,
        Identity, IdentityType, Observed, Origin, Rank, Record, Src, Status, Thresholds, When,
    },
    finding::Finding,
};
use overstay_rules::{Band, CATALOGUE, Component, RuleId, SeverityTable};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22T00:00:00Z")
}

fn alias() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..4u8).prop_map(|n| format!("hr:p{n}")),
        (0..4u8).prop_map(|n| format!("vault:s{n}")),
        (0..4u8).prop_map(|n| format!("mail:p{n}@example.com")),
        (0..4u8).prop_map(|n| format!("entra:00000000-0000-4000-8000-00000000000{n}")),
    ]
}

fn identity() -> impl Strategy<Value = Identity> {
    let kind = prop_oneof![Just(IdentityType::Human), Just(IdentityType::Service)];
    let status = prop_oneof![Just(Status::Active), Just(Status::Removed)];
    let aliases = prop::collection::vec(alias(), 1..4);
    (0..20u8, kind, status, aliases, 0..12i8, 0..12i8, any::<bool>()).prop_map(
        |(id, kind, status, aliases, made, gone, register)| {
            let month = |m: i8| at(&format!("2025-{:02}-01T00:00:00Z", m + 1));
            Identity {
                id: format!("identity:{id}"),
                src: Src::new(if register { "register" } else { "hr" }),
                as_of: now(),
                kind,
                status,
                status_at: (status == Status::Removed).then(|| month(gone)),
                created_at: Some(month(made)),
                aliases,
                ..Identity::default()
            }
        },
    )
}

fn rank() -> impl Strategy<Value = Option<Rank>> {
    prop_oneof![
        Just(None),
        Just(Some(Rank::Read)),
        Just(Some(Rank::Write)),
        Just(Some(Rank::Admin))
    ]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        Just(When::Unknown),
        Just(When::Never),
        Just(When::At(at("2026-11-20T00:00:00Z"))),
        Just(When::At(at("2026-06-01T00:00:00Z"))),
        Just(When::At(at("2027-06-01T00:00:00Z"))),
    ]
}

fn grant(rank: Option<Rank>, wide: bool) -> Grant {
    Grant {
        system: "vault".into(),
        resource: if wide { "prod" } else { "prod/db" }.into(),
        privilege: "p".into(),
        rank,
        scope: None,
    }
}

fn observed() -> impl Strategy<Value = Observed> {
    (rank(), any::<bool>(), when(), when()).prop_map(|(rank, wide, expires_at, last_used)| {
        Observed {
            id: "observed:1".into(),
            src: Src::new("runtime"),
            as_of: now(),
            subject: "vault:svc".into(),
            grant: grant(rank, wide),
            standing: Some(true),
            expires_at,
            last_used,
            origin: Origin::Direct,
            ..Observed::default()
        }
    })
}

fn entitlement() -> impl Strategy<Value = Entitlement> {
    use EntitlementState::{Approved, Denied, Expired, Pending, Revoked};
    let state =
        prop_oneof![Just(Approved), Just(Denied), Just(Pending), Just(Expired), Just(Revoked)];
    (rank(), any::<bool>(), when(), state).prop_map(|(rank, wide, not_after, state)| Entitlement {
        id: "E1".into(),
        state,
        not_after,
        ..approval(grant(rank, wide))
    })
}

/// An approval with which nothing is wrong.
fn approval(grant: Grant) -> Entitlement {
    Entitlement {
        id: "E2".into(),
        src: Src::new("iga"),
        as_of: now(),
        subject: "vault:svc".into(),
        grant,
        state: EntitlementState::Approved,
        requested_by: Some("hr:bob".into()),
        approvals: vec![Approval {
            by: "hr:alice".into(),
            at: at("2026-10-01T00:00:00Z"),
            decision: Decision::Approve,
        }],
        not_before: Some(at("2026-10-01T00:00:00Z")),
        not_after: When::At(at("2027-07-01T00:00:00Z")),
        ticket: Some("CHG-1".into()),
        justification: Some("reports".into()),
        ..Entitlement::default()
    }
}

fn base() -> Vec<Record> {
    let person = |name: &str| Identity {
        id: format!("identity:{name}"),
        src: Src::new("hr"),
        as_of: now(),
        kind: IdentityType::Human,
        status: Status::Active,
        aliases: vec![format!("hr:{name}")],
        ..Identity::default()
    };
    let service = Identity {
        id: "identity:svc".into(),
        kind: IdentityType::Service,
        aliases: vec!["vault:svc".into(), "iga:svc".into()],
        owner: Some("hr:alice".into()),
        ..person("alice")
    };
    let coverage = |system: &str| Coverage {
        id: format!("coverage:{system}"),
        src: Src::new(system),
        as_of: now(),
        system: system.into(),
        kinds: ["entitlement", "observed", "use", "identity", "issuance"].map(String::from).into(),
        from: at("2025-01-01T00:00:00Z"),
        to: now(),
        complete: true,
        ..Coverage::default()
    };
    let mut records: Vec<Record> =
        vec![person("alice").into(), person("bob").into(), service.into()];
    records.extend(["iga", "pam", "runtime", "hr"].map(|system| coverage(system).into()));
    records
}

/// The findings about the access itself: what an approval is weighed against.
fn judge(records: Vec<Record>) -> Vec<Finding> {
    let names = ["R01", "R02", "R03", "R09"];
    let rules: Vec<RuleId> = CATALOGUE
        .iter()
        .filter(|rule| rule.aliases.iter().any(|a| names.contains(a)))
        .map(|rule| rule.id)
        .collect();
    assert_eq!(rules.len(), names.len());
    detect(&Estate::build(records, now(), Thresholds::default()), &rules).0
}

fn worst(findings: &[Finding]) -> Option<Band> {
    findings.iter().map(|f| f.band(SeverityTable::built_in())).max()
}

fn all_governance(records: Vec<Record>) -> Vec<String> {
    let rules: Vec<RuleId> =
        CATALOGUE.iter().filter(|r| r.plane == "governance").map(|r| r.id).collect();
    let estate = Estate::build(records, now(), Thresholds::default());
    let (findings, gaps) = detect(&estate, &rules);
    let findings =
        findings.iter().map(|f| format!("{} {} {:?}", f.fingerprint(), f.message, f.evidence));
    findings.chain(gaps.iter().map(|g| format!("{g:?}"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn resolution_does_not_depend_on_the_order_of_the_records(
        identities in prop::collection::vec(identity(), 0..12),
        seed in any::<u64>(),
    ) {
        let mut shuffled = identities.clone();
        let n = shuffled.len().max(1);
        for i in 0..shuffled.len() {
            shuffled.swap(i, (seed as usize).wrapping_mul(i + 7) % n);
        }
        let (one, other) = (Canonical::resolve(&identities), Canonical::resolve(&shuffled));
        prop_assert_eq!(one.links(), other.links());
        prop_assert_eq!(one.conflicts(), other.conflicts());
        prop_assert_eq!(one.reuses(), other.reuses());
        for alias in identities.iter().flat_map(|i| &i.aliases) {
            prop_assert_eq!(one.name(alias), other.name(alias));
            for time in ["2025-01-15T00:00:00Z", "2025-06-15T00:00:00Z", "2026-06-15T00:00:00Z"] {
                prop_assert_eq!(
                    one.get_at(alias, at(time)).map(|w| one.name_of(w)),
                    other.get_at(alias, at(time)).map(|w| other.name_of(w))
                );
            }
        }
    }

    #[test]
    fn findings_do_not_depend_on_the_order_of_the_records(
        identities in prop::collection::vec(identity(), 0..8),
        o in observed(),
        e in entitlement(),
    ) {
        let mut records = base();
        records.extend(identities.into_iter().enumerate().map(|(i, mut r)| {
            r.id = format!("identity:x{i}");
            Record::from(r)
        }));
        records.extend([Record::from(o), Record::from(e)]);
        let forward = all_governance(records.clone());
        records.reverse();
        prop_assert_eq!(forward, all_governance(records));
    }

    #[test]
    fn evidence_of_approval_never_raises_a_band(o in observed(), e in prop::option::of(entitlement())) {
        let mut records = base();
        records.extend(e.map(Record::from));
        let approved = approval(o.grant.clone());
        records.push(o.into());
        let before = worst(&judge(records.clone()));
        records.push(approved.into());
        prop_assert!(worst(&judge(records)) <= before);
    }

    #[test]
    fn what_is_unknown_never_lowers_what_a_finding_may_be(o in observed(), e in prop::option::of(entitlement())) {
        let table = SeverityTable::built_in();
        let mut records = base();
        records.extend(e.map(Record::from));
        let mut blurred = o.clone();
        (blurred.last_used, blurred.env) = (When::Unknown, None);
        let mut known = records.clone();
        known.push(o.into());
        records.push(blurred.into());
        for (known, blurred) in judge(known).iter().zip(&judge(records)) {
            prop_assert!(blurred.vector.bands(table).2 >= known.vector.bands(table).2);
            for component in Component::ALL {
                prop_assert!(blurred.vector.level(component).max >= known.vector.level(component).max);
            }
        }
    }
}
