//! The estate that every report here is of, and the reports of it.

use jiff::Timestamp;
use overstay::{
    report::{Format, Options, Report, sarif::Profile, write},
    triage::{Outcome, triage},
};
use overstay_detectors::{
    evidence::{Coverage, Estate, Identity, Location, Record, Region, Resource, Src, Thresholds},
    finding::{EvidenceGap, Finding, Findings, Level},
};
use overstay_rules::{Component, RuleId};
use serde_json::{Value, json};

pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";
pub(crate) const RULE: RuleId = RuleId::VaultPolicyRootEquivalent;

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn coverage(src: &Src, part: Option<&str>, why: Option<&str>) -> Record {
    Coverage {
        id: format!("coverage:{}:{}", src.system, part.unwrap_or_default()),
        src: src.clone(),
        as_of: now(),
        system: src.system.clone(),
        from: now(),
        to: now(),
        complete: why.is_none(),
        part: part.map(str::to_owned),
        why: why.map(str::to_owned),
        ..Coverage::default()
    }
    .into()
}

pub(crate) fn git() -> Src {
    Src::of("git", "example/repository")
}

pub(crate) fn records() -> Vec<Record> {
    let repository = Resource {
        id: "resource:git:example".into(),
        src: git(),
        as_of: now(),
        kind: "repository".into(),
        subject: "github:example/repository".into(),
        attrs: [
            ("remote".to_owned(), json!("https://user:pass@github.com/example/repository.git")),
            ("commit".to_owned(), json!("0123456789012345678901234567890123456789")),
            ("branch".to_owned(), json!("main")),
        ]
        .into(),
        ..Resource::default()
    };
    let registered = Identity {
        id: "identity:register:deployer".into(),
        src: git(),
        as_of: now(),
        aliases: vec!["aws:arn:aws:iam::111122223333:role/registered".into()],
        location: Some(Location::in_file("nhi-register.yaml", Region::line(7))),
        ..Identity::default()
    };
    vec![
        repository.into(),
        registered.into(),
        coverage(&git(), Some("."), None),
        coverage(&git(), Some("broken file.yml"), Some("line 3: not YAML")),
        coverage(&Src::of("aws", "111122223333"), Some("iam"), None),
        coverage(&Src::of("vault", "vault.example.com"), None, Some("connection refused")),
    ]
}

pub(crate) fn finding(src: Src, identity: &str, band: u8) -> Finding {
    let record = Identity { id: format!("identity:{identity}"), src, ..Identity::default() };
    let mut findings = Findings::new(RULE);
    let finding = findings.report(&record, identity, format!("'{identity}' may do everything."));
    finding.key("policy");
    for component in Component::ALL {
        let value = if component == Component::Liveness { 1 } else { band };
        finding.weigh(component, Level::exactly(value.min(component.max()), "the test says so"));
    }
    findings.finish().0.remove(0)
}

pub(crate) fn in_file(identity: &str, path: &str, line: u32) -> Finding {
    let mut finding = finding(git(), identity, 4);
    finding.at(Location::in_file(path, Region { end_column: 9, ..Region::line(line) }));
    finding
}

pub(crate) fn findings() -> Vec<Finding> {
    let mut with_path = in_file("vault:policy/a", "policies/a b.hcl", 3);
    with_path
        .related(Location::in_file("other.hcl", Region::line(9)), "the [other] place")
        .step(Location::logical("vault:role/x"), "takes a role")
        .step(Location::in_file("other.hcl", Region::line(1)), "reads a policy")
        .fix("Delete the policy");
    let aws = Src::of("aws", "111122223333");
    vec![
        with_path.clone(),
        with_path,
        in_file("vault:policy/evil\u{1b}[2J](https://evil.example)|=cmd", "policies/b.hcl", 1),
        finding(aws.clone(), "aws:arn:aws:iam::111122223333:role/cloud only", 3),
        finding(aws.clone(), "aws:arn:aws:iam::111122223333:role/registered", 0),
        finding(Src::of("vault", "vault.example.com"), "vault:policy/z", 2),
    ]
}

pub(crate) fn report_of(findings: Vec<Finding>, more: Vec<Record>) -> Report {
    let mut records = records();
    records.extend(more);
    let estate = Estate::build(records, now(), Thresholds::default());
    let rules: Vec<RuleId> = overstay_rules::CATALOGUE.iter().map(|rule| rule.id).collect();
    let outcome: Outcome = triage(findings, &estate, &rules, None);
    let gap = EvidenceGap {
        rule: RULE.slug().into(),
        system: "iga".into(),
        message: "No approvals were read.".into(),
    };
    Report::new(outcome, vec![gap], &estate, &rules)
}

pub(crate) fn written(report: &Report, format: Format, profile: Profile) -> String {
    let mut out = Vec::new();
    let options = Options { sarif_profile: profile, ..Options::default() };
    write(report, format, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(crate) fn sarif_of(report: &Report, profile: Profile) -> Value {
    serde_json::from_str(&written(report, Format::Sarif, profile)).unwrap()
}

pub(crate) fn every_format() -> [(Format, Profile); 8] {
    use Format::{Annotations, Csv, Html, Jsonl, Markdown, Sarif, Text};
    use Profile::{Archive, Github};
    [
        (Text, Github),
        (Sarif, Github),
        (Sarif, Archive),
        (Jsonl, Github),
        (Csv, Github),
        (Html, Github),
        (Markdown, Github),
        (Annotations, Github),
    ]
}

pub(crate) fn results(log: &Value) -> Vec<&Value> {
    let runs = log["runs"].as_array().unwrap().iter();
    runs.flat_map(|run| run["results"].as_array().unwrap()).collect()
}
