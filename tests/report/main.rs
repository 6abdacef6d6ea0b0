//! Reports of one fixed estate: what each format holds, and what none may hold.
#![expect(clippy::unwrap_used, reason = "tests")]

mod validator;

use jiff::Timestamp;
use overstay::{
    report::{Format, Options, Report, sarif, sarif::Profile, write},
    triage::{Baseline, Outcome, State, triage},
};
use overstay_detectors::{
    evidence::{
        Coverage, Estate, Exception, ExceptionClass, Identity, Location, Record, Region, Resource,
        Src, Thresholds,
    },
    finding::{EvidenceGap, Finding, Findings, Level},
};
use overstay_rules::{Component, RuleId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW: &str = "2026-11-22T00:00:00Z";
const RULE: RuleId = RuleId::VaultPolicyRootEquivalent;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn coverage(src: &Src, part: Option<&str>, why: Option<&str>) -> Record {
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

fn git() -> Src {
    Src::of("git", "example/repository")
}

fn records() -> Vec<Record> {
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

fn finding(src: Src, identity: &str, band: u8) -> Finding {
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

fn in_file(identity: &str, path: &str, line: u32) -> Finding {
    let mut finding = finding(git(), identity, 4);
    finding.at(Location::in_file(path, Region { end_column: 9, ..Region::line(line) }));
    finding
}

fn findings() -> Vec<Finding> {
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

fn report_of(findings: Vec<Finding>, more: Vec<Record>) -> Report {
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

fn written(report: &Report, format: Format, profile: Profile) -> String {
    let mut out = Vec::new();
    let options = Options { sarif_profile: profile, ..Options::default() };
    write(report, format, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sarif_of(report: &Report, profile: Profile) -> Value {
    serde_json::from_str(&written(report, Format::Sarif, profile)).unwrap()
}

fn every_format() -> [(Format, Profile); 8] {
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

fn results(log: &Value) -> Vec<&Value> {
    let runs = log["runs"].as_array().unwrap().iter();
    runs.flat_map(|run| run["results"].as_array().unwrap()).collect()
}

#[test]
fn github_accepts_the_github_profile_whole() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let faults = sarif::check_github(&log);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(results(&log).len(), 4);
}

#[test]
fn the_checker_finds_what_github_refuses() {
    let good = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let spoil = |pointer: &str, value: Value| {
        let mut log = good.clone();
        *log.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        assert!(!sarif::check_github(&log).is_empty(), "{pointer}");
    };
    let rule = "/runs/0/tool/driver/rules/0";
    let result = "/runs/0/results/0";
    let place = format!("{result}/locations/0/physicalLocation");
    spoil(&format!("{rule}/properties/security-severity"), json!(9.5));
    spoil(&format!("{rule}/properties/security-severity"), json!("HIGH"));
    spoil(&format!("{rule}/properties/tags"), json!(vec!["security"; 2]));
    spoil(
        &format!("{rule}/properties/tags"),
        json!((0..11).map(|i| i.to_string()).collect::<Vec<_>>()),
    );
    spoil(&format!("{rule}/shortDescription/text"), json!("x".repeat(2000)));
    spoil(&format!("{rule}/help/text"), json!(""));
    spoil("/runs/0/invocations/0/executionSuccessful", json!(false));
    spoil("/runs/0/automationDetails/id", good["runs"][1]["automationDetails"]["id"].clone());
    spoil(&format!("{result}/locations"), json!([]));
    spoil(&format!("{place}/artifactLocation/uri"), json!("https://example.com/a"));
    spoil(&format!("{place}/artifactLocation/uri"), json!("/etc/passwd"));
    spoil(&format!("{place}/artifactLocation/uri"), json!("../a"));
    spoil(&format!("{place}/region/startLine"), json!(0));
    spoil(&format!("{result}/ruleIndex"), json!(99));
    spoil(&format!("{result}/kind"), json!("review"));
    spoil(&format!("{result}/partialFingerprints"), json!({}));
}

#[test]
fn a_source_that_failed_has_no_run_for_github_and_a_notification_in_the_archive() {
    let report = report_of(findings(), Vec::new());
    let ids = |log: &Value| -> Vec<String> {
        let runs = log["runs"].as_array().unwrap().iter();
        runs.map(|run| run["automationDetails"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let github = sarif_of(&report, Profile::Github);
    assert_eq!(ids(&github), ["overstay/aws/111122223333/", "overstay/git/example/repository/"]);
    let archive = sarif_of(&report, Profile::Archive);
    assert_eq!(archive["runs"].as_array().unwrap().len(), 3);
    let vault = &archive["runs"][2];
    assert_eq!(vault["invocations"][0]["executionSuccessful"], false);
    let told = vault["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].clone();
    assert!(told.as_str().unwrap().contains("connection refused"), "{told}");
    let git = &archive["runs"][1]["invocations"][0]["toolExecutionNotifications"];
    assert!(git.to_string().contains("broken%20file.yml"), "{git}");
}

#[test]
fn a_place_is_found_for_everything() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let uris: Vec<&str> = results(&log)
        .iter()
        .map(|r| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert_eq!(
        uris,
        [
            "nhi/aws/111122223333/aws/arn_aws_iam__111122223333_role_cloud%20only",
            "nhi-register.yaml",
            "policies/a%20b.hcl",
            "policies/b.hcl",
        ]
    );
}

#[test]
fn a_finding_reported_twice_is_one_result() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Archive);
    let merged: Vec<&Value> =
        results(&log).into_iter().filter(|r| r["occurrenceCount"] == 2).collect();
    assert_eq!(merged.len(), 1);
    let mut seen = BTreeSet::new();
    for result in results(&log) {
        assert!(seen.insert(result["fingerprints"].to_string()), "{result}");
    }
}

/// DefectDojo loses the whole import over one step without a file, one file without a region's
/// line, or a fingerprint key that it cannot read.
#[test]
fn no_importer_loses_the_file_over_a_place() {
    for profile in [Profile::Github, Profile::Archive] {
        let log = sarif_of(&report_of(findings(), Vec::new()), profile);
        let mut steps = 0;
        for result in results(&log) {
            let mut places: Vec<&Value> = result["locations"].as_array().unwrap().iter().collect();
            places.extend(result["relatedLocations"].as_array().into_iter().flatten());
            let flow = result.pointer("/codeFlows/0/threadFlows/0/locations");
            for step in flow.and_then(Value::as_array).into_iter().flatten() {
                steps += 1;
                places.push(&step["location"]);
            }
            for place in places {
                let physical = &place["physicalLocation"];
                assert!(physical["artifactLocation"]["uri"].is_string(), "{place}");
                assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1, "{place}");
            }
            for (key, _) in result["fingerprints"].as_object().unwrap() {
                assert_eq!(key, "overstayFinding/v1");
            }
        }
        assert_eq!(steps, 2);
    }
}

#[test]
fn a_long_path_is_cut_and_keeps_its_end() {
    let mut long = in_file("vault:policy/long", "p.hcl", 1);
    for i in 0..250 {
        long.step(Location::logical(format!("hop {i}")), format!("hop {i}"));
    }
    let log = sarif_of(&report_of(vec![long], Vec::new()), Profile::Github);
    let git = &log["runs"][1]["results"][0];
    let steps = git["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 100);
    assert_eq!(steps[99]["location"]["message"]["text"], "hop 249");
}

#[test]
fn every_rule_leads_to_owasp_and_cwe_and_the_indexes_resolve() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Archive);
    for run in log["runs"].as_array().unwrap() {
        let taxonomies = run["taxonomies"].as_array().unwrap();
        assert_eq!(taxonomies[0]["taxa"].as_array().unwrap().len(), 10);
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            let mut names = BTreeSet::new();
            for relationship in rule["relationships"].as_array().unwrap() {
                let target = &relationship["target"];
                let component = &target["toolComponent"];
                let taxonomy = &taxonomies[component["index"].as_u64().unwrap() as usize];
                assert_eq!(taxonomy["guid"], component["guid"]);
                assert_eq!(
                    taxonomy["taxa"][target["index"].as_u64().unwrap() as usize]["id"],
                    target["id"]
                );
                names.insert(component["name"].as_str().unwrap());
            }
            assert!(names.contains("CWE") && names.contains("OWASP-NHI-Top10"), "{rule}");
            assert_ne!(rule["name"], rule["id"]);
        }
    }
}

#[test]
fn the_provenance_names_the_commit_and_no_credential() {
    let log = sarif_of(&report_of(findings(), Vec::new()), Profile::Github);
    let provenance = &log["runs"][1]["versionControlProvenance"][0];
    assert_eq!(provenance["repositoryUri"], "https://github.com/example/repository");
    assert_eq!(provenance["branch"], "main");
}

#[test]
fn the_same_evidence_gives_the_same_bytes_in_any_order() {
    let mut backward = findings();
    backward.reverse();
    let (one, two) = (report_of(findings(), Vec::new()), report_of(backward, Vec::new()));
    for (format, profile) in every_format() {
        assert_eq!(written(&one, format, profile), written(&two, format, profile), "{format:?}");
    }
}

#[test]
fn text_of_others_controls_nothing() {
    let report = report_of(findings(), Vec::new());
    for (format, profile) in every_format() {
        let text = written(&report, format, profile);
        assert!(!text.contains('\u{1b}'), "{format:?}");
    }
    for result in results(&sarif_of(&report, Profile::Github)) {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("[2J](https://evil"), "{message}");
    }
    let markdown = written(&report, Format::Markdown, Profile::Github);
    assert!(markdown.contains(r"\](https://evil.example)\|=cmd"), "{markdown}");
}

fn decision(attrs: Value, until: &str) -> Record {
    let Value::Object(attrs) = attrs else { panic!("attrs") };
    Exception {
        id: "exception:test".into(),
        src: git(),
        as_of: now(),
        class: ExceptionClass::Suppression,
        subject: "finding:test".into(),
        owner: Some("owner@example.com".into()),
        approved_by: Some("approver@example.com".into()),
        reason: Some("waits for the vendor".into()),
        not_after: until.parse::<Timestamp>().unwrap().into(),
        rules: vec![RULE.slug().into()],
        location: Some(Location::in_file("policies/a b.hcl", Region::line(2))),
        attrs: attrs.into_iter().collect(),
        ..Exception::default()
    }
    .into()
}

#[test]
fn a_decision_in_force_leaves_the_finding_out_for_github_and_in_the_archive_with_its_owner() {
    for attrs in [
        json!({"identity": "vault:policy/a", "kind": "accepted-risk", "until": "2026-12-31"}),
        json!({"line": 3, "until": "2026-12-31"}),
    ] {
        let report = report_of(findings(), vec![decision(attrs, "2027-01-01T00:00:00Z")]);
        let github = sarif_of(&report, Profile::Github);
        assert_eq!(results(&github).len(), 3);
        assert!(sarif::check_github(&github).is_empty());
        let archive = sarif_of(&report, Profile::Archive);
        let left: Vec<&Value> =
            results(&archive).into_iter().filter(|r| r.get("suppressions").is_some()).collect();
        assert_eq!(left.len(), 1);
        let suppression = &left[0]["suppressions"][0];
        assert_eq!(suppression["justification"], "waits for the vendor");
        assert_eq!(suppression["properties"]["overstay/owner"], "owner@example.com");
        assert_eq!(suppression["properties"]["overstay/expiresAt"], "2026-12-31");
    }
}

#[test]
fn a_decision_that_has_ended_leaves_nothing_out() {
    let ended = decision(json!({"identity": "*", "until": "2026-11-21"}), NOW);
    let report = report_of(findings(), vec![ended]);
    assert!(report.findings.iter().all(|triaged| triaged.is_live()));
}

#[test]
fn a_decision_without_owner_is_none_wherever_it_comes_from() {
    let Record::Exception(mut exception) =
        decision(json!({"identity": "*", "until": "2026-12-31"}), "2027-01-01T00:00:00Z")
    else {
        panic!("an exception")
    };
    exception.owner = None;
    let report = report_of(findings(), vec![exception.into()]);
    assert!(report.findings.iter().all(|triaged| triaged.is_live()));
}

#[test]
fn a_decision_that_covers_nothing_is_told_only_when_everything_was_read() {
    let unused =
        || decision(json!({"identity": "none", "until": "2026-12-31"}), "2027-01-01T00:00:00Z");
    let rules: Vec<RuleId> = overstay_rules::CATALOGUE.iter().map(|rule| rule.id).collect();
    let told = |records: Vec<Record>| {
        let estate = Estate::build(records, now(), Thresholds::default());
        triage(Vec::new(), &estate, &rules, None).findings.len()
    };
    assert_eq!(told(vec![coverage(&git(), Some("."), None), unused()]), 1);
    let unread = coverage(&git(), Some("a.yml"), Some("not YAML"));
    assert_eq!(told(vec![coverage(&git(), Some("."), None), unread, unused()]), 0);
}

#[test]
fn the_validator_has_nothing_to_say() {
    for profile in [Profile::Github, Profile::Archive] {
        let attrs = json!({"identity": "vault:policy/a", "until": "2026-12-31"});
        let report = report_of(findings(), vec![decision(attrs, "2027-01-01T00:00:00Z")]);
        let Some(faults) = validator::faults(&written(&report, Format::Sarif, profile)) else {
            return;
        };
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn a_baseline_says_what_is_new_what_changed_and_what_is_gone() {
    let estate = Estate::build(records(), now(), Thresholds::default());
    let rules = [RULE];
    let old = report_of(findings(), Vec::new());
    let folder = tempfile::tempdir().unwrap();
    for (format, profile) in [(Format::Jsonl, Profile::Github), (Format::Sarif, Profile::Archive)] {
        let path = folder.path().join("baseline");
        std::fs::write(&path, written(&old, format, profile)).unwrap();
        let baseline = Baseline::load(&path).unwrap();
        let mut now_found = findings();
        now_found.retain(|finding| {
            finding.identity != "vault:policy/a" && finding.src.system != "vault"
        });
        let mut changed = now_found.remove(0);
        changed.message.push_str(" And more.");
        changed.message = format!("Now {}", changed.message);
        now_found.push(changed);
        now_found.push(in_file("vault:policy/new", "policies/new.hcl", 1));
        let outcome = triage(now_found, &estate, &rules, Some(&baseline));
        let states: Vec<State> = outcome.findings.iter().filter_map(|t| t.state).collect();
        assert_eq!(states.len(), outcome.findings.len(), "{format:?}");
        let count = |state| states.iter().filter(|s| **s == state).count();
        assert_eq!(
            (count(State::New), count(State::Updated), count(State::Unchanged)),
            (1, 1, 2),
            "{format:?}"
        );
        // The finding in Vault is not gone: Vault could not be read.
        let gone = outcome.absent.clone().unwrap();
        assert_eq!(gone.len(), 1, "{format:?}: {gone:?}");
        assert!(gone[0].known.message.contains("'vault:policy/a'"));
        let report = Report::new(outcome, Vec::new(), &estate, &rules);
        let archive = sarif_of(&report, Profile::Archive);
        let states: Vec<&Value> = results(&archive).iter().map(|r| &r["baselineState"]).collect();
        assert!(states.iter().all(|state| state.is_string()), "{states:?}");
        assert!(states.contains(&&json!("absent")));
        let github = sarif_of(&report, Profile::Github);
        assert!(sarif::check_github(&github).is_empty());
    }
}
