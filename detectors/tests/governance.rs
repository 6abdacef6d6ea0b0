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

/// Told from the meaning of each rule, without a look at how it decides.
#[test]
fn what_a_rule_is_for_is_what_it_finds() {
    check(include_str!("../../tests/data/governance/meaning.jsonl"), records);
}

/// The first line of the file is the clean base; each scenario drops records of it and puts others,
/// by their ids.
#[test]
fn every_near_miss_gives_exactly_its_rules() {
    let text = include_str!("../../tests/data/governance/near-misses.jsonl");
    let (base, scenarios) = text.split_once('\n').expect("a base");
    let base: Value = serde_json::from_str(base).expect("a base");
    let base = base["base"].as_array().expect("records").clone();
    check(scenarios, |scenario| {
        let ids = |field: &str| -> Vec<&Value> {
            scenario[field].as_array().into_iter().flatten().collect()
        };
        let gone = ids("drop");
        let put = ids("put");
        let replaced = |id: &Value| gone.contains(&id) || put.iter().any(|r| r["id"] == *id);
        let kept = base.iter().filter(|r| !replaced(&r["id"]));
        let records = kept.chain(put.iter().copied()).cloned();
        records
            .map(|mut record| {
                record["v"] = "overstay-evidence/1".into();
                Record::parse(&record.to_string()).expect("a record")
            })
            .collect()
    });
}
