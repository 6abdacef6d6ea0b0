//! What was decided before: exceptions, and the findings of an earlier scan.

use crate::fixed::*;
use jiff::Timestamp;
use overstay::{
    report::{Format, Report, sarif, sarif::Profile},
    triage::{Baseline, State, triage},
};
use overstay_detectors::evidence::{
    Estate, Exception, ExceptionClass, Location, Record, Region, Thresholds,
};
use overstay_rules::RuleId;
use serde_json::{Value, json};

pub(crate) fn decision(attrs: Value, until: &str) -> Record {
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
