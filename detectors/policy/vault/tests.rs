//! The language against the answers of a real server (OpenBao 2.7.2).

#![allow(clippy::disallowed_methods, reason = "tests read the recorded answers")]

use super::*;
use jiff::Timestamp;
use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::PathBuf};

const NOW: &str = "2026-11-22T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn shared(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/vault").join(path)
}

#[derive(Deserialize)]
struct Vector {
    policies: Vec<String>,
    #[serde(default)]
    expect: BTreeMap<String, Vec<String>>,
    error: Option<String>,
}

#[test]
fn every_recorded_answer_is_given() {
    let text = fs::read_to_string(shared("policy_vectors.jsonl")).unwrap();
    let (mut answers, mut refused, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let parsed: Result<Vec<_>, _> =
            vector.policies.iter().map(|text| VaultPolicy::parse(text, now())).collect();
        match (parsed, vector.error) {
            (Err(_), Some(_)) => refused += 1,
            (Ok(policies), None) => {
                let acl = Acl::new(&policies);
                for (path, expected) in &vector.expect {
                    answers += 1;
                    let got = acl.capabilities(path).0.as_server_says();
                    if got != *expected {
                        wrong.push(format!("{path}: {got:?}, not {expected:?}: {line}"));
                    }
                }
            }
            (got, error) => wrong.push(format!("{:?} {error:?}: {line}", got.err())),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(answers > 2_000 && refused > 10, "{answers} answers, {refused} refusals");
}

#[derive(Deserialize)]
struct Syntax {
    accepted: bool,
}

#[test]
fn every_syntax_case_is_judged_as_the_server_did() {
    let verdicts: BTreeMap<String, Syntax> =
        serde_json::from_str(&fs::read_to_string(shared("hcl1/verdicts.json")).unwrap()).unwrap();
    assert!(verdicts.len() > 30);
    for (name, verdict) in verdicts {
        let text = fs::read_to_string(shared("hcl1").join(&name)).unwrap();
        let parsed = VaultPolicy::parse(&text, now());
        assert_eq!(parsed.is_ok(), verdict.accepted, "{name}: {parsed:?}");
    }
}
