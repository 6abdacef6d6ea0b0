//! The language against the answers of a real server (OpenBao 2.7.2).

#![expect(clippy::disallowed_methods, reason = "tests read the recorded answers")]

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

/// Which rules must report a labelled policy: any of these, by the start of the file's name.
const LABELS: &[(&str, &[&str])] = &[
    ("all-secrets", &["reaches-all-secrets"]),
    ("approle", &["writes-logins"]),
    ("auth-star", &["writes-logins"]),
    ("db-roles", &["defines-credentials"]),
    ("identity", &["writes-identity"]),
    ("ineffective-deny", &["deny-ineffective"]),
    ("jwt-config", &["writes-logins"]),
    ("oldstyle-write", &["root-equivalent"]),
    ("pki-roles", &["defines-credentials"]),
    ("plusplus", &["reaches-all-secrets", "rewrites-policies"]),
    ("policy-", &["rewrites-policies"]),
    ("prefix-sys-pol", &["rewrites-policies"]),
    ("star-all", &["root-equivalent"]),
    ("sys-auth", &["controls-server", "writes-logins"]),
    ("token-", &["mints-tokens"]),
    ("userpass", &["writes-logins"]),
];

fn reported(folder: &str, file: &str) -> Vec<String> {
    let path = format!("policies/{file}");
    let text = fs::read(shared("policies").join(folder).join(file)).unwrap();
    report(&path, &text)
}

/// The slugs of the rules that report a policy, without `vault-policy-`, sorted.
fn report(path: &str, text: &[u8]) -> Vec<String> {
    use crate::{
        detect,
        evidence::{Estate, Src, Thresholds},
        readers::{Document, read_document},
    };
    let src = Src::of("git", "example/repository");
    let mut records = Vec::new();
    let document = Document { path, bytes: text, src: &src, repository: None, as_of: now() };
    read_document(&document, &mut records);
    assert!(records.iter().any(|r| r.kind() == "policy"), "{path}: {records:?}");
    let estate = Estate::build(records, now(), Thresholds::default());
    let (findings, _) = detect(&estate, &crate::all_rules());
    let slugs =
        findings.iter().map(|f| f.rule.slug().trim_start_matches("vault-policy-").to_owned());
    let mut slugs: Vec<String> = slugs.collect();
    slugs.sort();
    slugs.dedup();
    slugs
}

#[test]
fn labelled_policies_are_reported_by_the_right_rules_and_good_ones_by_none() {
    let files = |folder: &str| {
        let entries = fs::read_dir(shared("policies").join(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    for file in files("bad") {
        let (_, rules) = LABELS.iter().find(|(start, _)| file.starts_with(start)).unwrap();
        let got = reported("bad", &file);
        for rule in *rules {
            assert!(got.iter().any(|slug| slug == rule), "{file}: {rule} is missing in {got:?}");
        }
    }
    for file in files("good") {
        assert_eq!(reported("good", &file), [] as [String; 0], "{file}");
    }
    let scanner = fs::read(shared("example-scanner.policy.hcl")).unwrap();
    assert_eq!(report("policies/scanner.hcl", &scanner), [] as [String; 0]);
}
