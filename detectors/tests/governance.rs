//! Every scenario of the governance rules gives exactly its set of R-numbers.
#![expect(clippy::expect_used, reason = "tests")]


use jiff::Timestamp;
use overstay_detectors::{
    detect,
    evidence::{Estate, Record, Thresholds},
};
use overstay_rules::{CATALOGUE, RuleId};
use serde_json::Value;
use std::collections::BTreeSet;

/// Rules that are not written yet. May only shrink.
const MISSING: &[&str] = &[];

fn governance_rules() -> Vec<RuleId> {
    CATALOGUE.iter().filter(|rule| rule.plane == "governance").map(|rule| rule.id).collect()
}

fn records(scenario: &Value) -> Vec<Record> {
    let lines = scenario["records"].as_array().expect("records");
    lines.iter().map(|record| Record::parse(&record.to_string()).expect("a record")).collect()
}

fn reported(records: Vec<Record>, now: Timestamp) -> BTreeSet<String> {
    let estate = Estate::build(records, now, Thresholds::default());
    let (findings, _) = detect(&estate, &governance_rules());
    findings.iter().flat_map(|f| f.rule.rule().aliases).map(|alias| (*alias).to_owned()).collect()
}

fn check(text: &str, expand: impl Fn(&Value) -> Vec<Record>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let scenario: Value = serde_json::from_str(line).expect("a scenario");
        let now = scenario["now"].as_str().unwrap_or("2026-11-22T00:00:00Z").parse().expect("now");
        let expected: BTreeSet<String> = scenario["expect"]
            .as_array()
            .expect("expect")
            .iter()
            .filter_map(Value::as_str)
            .filter(|rule| !MISSING.contains(rule))
            .map(str::to_owned)
            .collect();
        let got = reported(expand(&scenario), now);
        if got != expected {
            failures.push(format!("{}: expected {expected:?}, got {got:?}", scenario["name"]));
        }
        count += 1;
    }
    assert!(count > 0);
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_scenario_gives_exactly_its_rules() {
    check(include_str!("../../tests/data/governance/scenarios.jsonl"), records);
}
