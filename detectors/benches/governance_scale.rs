//! How long the reconciliation of a whole company takes:
//! `cargo bench -p overstay-detectors --bench governance_scale -- 25000 50000 100000 250000`.
//! Three identities in five are people; each of the others holds fifteen grants under one approval
//! (one in fifty has none), a tenth with an elevation, a use and a review. Prints seconds per size, and the
//! rules that take longest.

#![expect(clippy::print_stdout, reason = "a measurement prints its result")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads arguments and the clock")]

use jiff::{SignedDuration, Timestamp};
use overstay_detectors::{
    detect,
    evidence::{
        Approval, Coverage, CredentialRef, Decision, Entitlement, EntitlementState, Estate, Grant,
        Identity, IdentityType, Issuance, Observed, Origin, Rank, Record, Review, Src, Status,
        Thresholds, Use, When,
    },
};
use overstay_rules::{CATALOGUE, RuleId};
use std::{error::Error, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let rules: Vec<_> =
        CATALOGUE.iter().filter(|r| r.plane == "governance").map(|r| r.id).collect();
    // Cargo adds flags of its own.
    for size in std::env::args().filter_map(|arg| arg.parse::<usize>().ok()) {
        let records = company(size)?;
        let count = records.len();
        let start = Instant::now();
        let estate = Estate::build(records, now()?, Thresholds::default());
        let built = start.elapsed();
        let (findings, gaps) = detect(&estate, &rules);
        println!(
            "{size} identities, {count} records: build {:.1} s, all {:.1} s, {} findings, {} gaps",
            built.as_secs_f64(),
            start.elapsed().as_secs_f64(),
            findings.len(),
            gaps.len()
        );
        println!("  slowest: {}", slowest(&estate, &rules));
    }
    Ok(())
}

/// The rules that take longest, each alone.
fn slowest(estate: &Estate, rules: &[RuleId]) -> String {
    let alone = |rule: &RuleId| {
        let start = Instant::now();
        detect(estate, &[*rule]);
        (start.elapsed(), rule.slug())
    };
    let mut times: Vec<_> = rules.iter().map(alone).collect();
    times.sort_by(|a, b| b.cmp(a));
    let told = times.iter().take(6).map(|(t, rule)| format!("{rule} {:.2} s", t.as_secs_f64()));
    told.collect::<Vec<_>>().join(", ")
}

fn now() -> Result<Timestamp, jiff::Error> {
    "2026-11-22T00:00:00Z".parse()
}

fn company(size: usize) -> Result<Vec<Record>, Box<dyn Error>> {
    let now = now()?;
    let ago = |hours: i64| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    let mut records: Vec<Record> = Vec::with_capacity(size * 8);
    for system in ["iga", "pam", "runtime", "hr"] {
        let kinds = [
            "entitlement",
            "issuance",
            "use",
            "revocation",
            "review",
            "exception",
            "identity",
            "observed",
        ];
        records.push(
            Coverage {
                id: format!("coverage:{system}"),
                src: Src::new(system),
                as_of: now,
                system: system.into(),
                kinds: kinds.map(String::from).into(),
                from: ago(24 * 700),
                to: now,
                complete: true,
                ..Coverage::default()
            }
            .into(),
        );
    }
    let people = size * 3 / 5;
    for n in 0..people {
        records.push(
            Identity {
                id: format!("identity:hr:{n}"),
                src: Src::new("hr"),
                as_of: now,
                kind: IdentityType::Human,
                status: if n % 50 == 0 { Status::Removed } else { Status::Active },
                aliases: vec![format!("hr:{n}"), format!("mail:p{n}@example.com")],
                ..Identity::default()
            }
            .into(),
        );
    }
    for n in people..size {
        records.push(
            Identity {
                id: format!("identity:svc:{n}"),
                src: Src::new("iga"),
                as_of: now,
                kind: IdentityType::Service,
                status: Status::Active,
                aliases: vec![format!("vault:svc-{n}"), format!("iga:svc-{n}")],
                owner: Some(format!("hr:{}", n % people.max(1))),
                apps: vec![format!("app{}", n % 400)],
                ..Identity::default()
            }
            .into(),
        );
        let place = |i: usize| Grant {
            system: "vault".into(),
            resource: format!("prod/team-{}/app-{n}/{i}", n % 300),
            privilege: "read".into(),
            rank: Some(if i == 0 { Rank::Admin } else { Rank::Read }),
            scope: None,
        };
        for i in 0..15 {
            records.push(
                Observed {
                    id: format!("observed:{n}:{i}"),
                    src: Src::new("runtime"),
                    as_of: now,
                    subject: format!("vault:svc-{n}"),
                    grant: place(i),
                    standing: Some(true),
                    expires_at: When::At(ago(-24 * 30)),
                    origin: Origin::Direct,
                    env: Some("prod".into()),
                    last_used: When::At(ago(24)),
                    ..Observed::default()
                }
                .into(),
            );
        }
        if n % 50 != 0 {
            let mut grant = place(0);
            grant.resource = format!("prod/team-{}/app-{n}", n % 300);
            records.push(
                Entitlement {
                    id: format!("E{n}"),
                    src: Src::new("iga"),
                    as_of: now,
                    subject: format!("iga:svc-{n}"),
                    grant: grant.clone(),
                    state: EntitlementState::Approved,
                    requested_by: Some(format!("hr:{}", (n + 1) % people.max(1))),
                    approvals: vec![Approval {
                        by: format!("hr:{}", (n + 2) % people.max(1)),
                        at: ago(24 * 60),
                        decision: Decision::Approve,
                    }],
                    not_before: Some(ago(24 * 60)),
                    not_after: When::At(ago(if n % 40 == 0 { 24 * 3 } else { -24 * 60 })),
                    ticket: Some(format!("CHG-{n}")),
                    justification: Some("service".into()),
                    ..Entitlement::default()
                }
                .into(),
            );
            if n % 10 == 0 {
                records.extend(session(n, &grant, &ago));
            }
        }
    }
    Ok(records)
}

fn session(n: usize, grant: &Grant, ago: &impl Fn(i64) -> Timestamp) -> [Record; 3] {
    let issuance = Issuance {
        id: format!("issuance:{n}"),
        src: Src::new("pam"),
        as_of: ago(0),
        subject: format!("vault:svc-{n}"),
        entitlement_ref: Some(format!("E{n}")),
        grant: grant.clone(),
        cred: Some(CredentialRef {
            kind: "vault_token".into(),
            reference: format!("accessor-{n}"),
        }),
        issued_at: ago(24 * 10),
        expires_at: When::At(ago(24 * 10 - 1)),
        ended_at: When::At(ago(24 * 10 - 1)),
        ..Issuance::default()
    };
    let used = Use {
        id: format!("use:{n}"),
        src: Src::new("runtime"),
        as_of: ago(0),
        subject: format!("vault:svc-{n}"),
        grant: grant.clone(),
        last: ago(if n.is_multiple_of(100) { 24 * 9 } else { 24 * 10 - 1 }),
        recorded: Some(true),
        ..Use::default()
    };
    let review = Review {
        id: format!("review:{n}"),
        src: Src::new("iga"),
        as_of: ago(0),
        subject: format!("iga:svc-{n}"),
        grant: grant.clone(),
        decision: Decision::Approve,
        reviewer: Some(format!("hr:{}", n % 97)),
        decided_at: ago(24 * 20 + i64::try_from(n % 1000).unwrap_or(0)),
        next_due: Some(ago(-24 * 60)),
        ..Review::default()
    };
    [issuance.into(), used.into(), review.into()]
}
