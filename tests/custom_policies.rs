//! `--policy`: Rego of the user's own over the evidence of the scan.
#![cfg(feature = "rego")]
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use std::{fs, path::Path, process::Command};

const KEY: &str = r#"{"v":"overstay-evidence/1","kind":"credential","id":"credential:1","src":{"system":"aws","tenant":"111122223333"},"as_of":"2026-11-21T00:00:00Z","subject":"aws:svc-pay","type":"aws-access-key","status":"active","location":{"path":"keys.tf","region":{"start_line":3,"start_column":1,"end_line":3,"end_column":9}}}"#;

const POLICY: &str = r#"package acme

deny contains entry if {
    some key in input.records.credential
    key.type == "aws-access-key"
    entry := {"code": "ACME-7", "msg": "use a role", "about": key.id, "privilege": 3, "reach": 2}
}

deny contains "no scan on a Sunday" if {
    time.weekday(time.parse_rfc3339_ns(input.now)) == "Sunday"
}
"#;

struct Ran {
    code: Option<i32>,
    findings: Vec<Value>,
    stdout: String,
    stderr: String,
}

fn analyze(policy: &str, settings: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("e.jsonl", KEY);
    write("p.rego", policy);
    write("overstay.toml", settings);
    run(folder.path(), &["--policy", "p.rego"])
}

fn run(folder: &Path, extra: &[&str]) -> Ran {
    let args = ["analyze", "e.jsonl", "--format", "jsonl", "--now", "2026-11-22T12:00:00Z"];
    let done = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(args)
        .args(extra)
        .current_dir(folder)
        .output()
        .unwrap();
    let stdout = String::from_utf8(done.stdout).unwrap();
    let ours = |finding: &Value| finding["rule"] == "custom-policy-denied";
    let findings = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).filter(ours);
    Ran {
        code: done.status.code(),
        findings: findings.collect(),
        stderr: String::from_utf8(done.stderr).unwrap(),
        stdout,
    }
}

#[test]
fn a_denial_is_a_finding_with_its_own_code_and_the_place_of_the_record() {
    let ran = analyze(POLICY, "");
    assert_eq!(ran.findings.len(), 2, "{}{}", ran.stdout, ran.stderr);
    let finding = ran.findings.iter().find(|f| f["variant"] == "ACME-7").unwrap();
    assert_eq!(finding["message"], "'aws:svc-pay' is refused by policy ACME-7: use a role.");
    assert_eq!(finding["source"]["tenant"], "111122223333");
    assert_eq!(finding["locations"][0]["path"], "keys.tf");
    assert_eq!(finding["vector"]["privilege"]["min"], 3);
    assert_eq!(finding["vector"]["reach"]["max"], 2);
    assert_ne!(finding["bands"]["min"], finding["bands"]["max"], "the rest is unknown");
    let text = ran.findings.iter().find(|f| f["variant"] == "acme").unwrap();
    assert!(text["message"].as_str().unwrap().contains("no scan on a Sunday"));
}

#[test]
fn a_policy_that_denies_nothing_adds_nothing() {
    let quiet = POLICY.replace("aws-access-key", "gcp-key").replace("Sunday", "Monday");
    let ran = analyze(&quiet, "");
    assert!(ran.findings.is_empty(), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_policy_that_is_not_rego_names_file_and_line() {
    let ran = analyze("package acme\n\ndeny contains x if {{\n", "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("p.rego:4:1"), "{}", ran.stderr);
    let ran = analyze("package acme\n\ndeny contains 7\n", "");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("data.acme.deny"), "{}", ran.stderr);
}

#[test]
fn a_policy_cannot_leave_the_evidence() {
    for call in [
        r#"http.send({"method": "get", "url": "http://127.0.0.1:1/"})"#,
        "opa.runtime().env",
        r#"net.lookup_ip_addr("localhost")"#,
    ] {
        let ran = analyze(&format!("package a\n\ndeny contains x if {{ x := {call} }}\n"), "");
        assert_eq!(ran.code, Some(2), "{call}: {}{}", ran.stdout, ran.stderr);
    }
}

/// A policy that would run for days is stopped, and the scan is incomplete, not clean.
#[test]
fn an_endless_policy_is_stopped_and_said() {
    let policy = "package slow\n\ndeny contains x if {\n    some a in numbers.range(1, 100000)\n    \
        some b in numbers.range(1, 100000)\n    a * b == 0\n    x := \"never\"\n}\n";
    let ran = analyze(policy, "[policies]\nmax_seconds = 1\n");
    assert!(ran.findings.is_empty());
    incomplete(policy, "[policies]\nmax_seconds = 1\n", "time");
}

#[test]
fn a_policy_that_fills_the_memory_is_stopped_and_said() {
    let policy = "package wide\n\ndeny contains x if {\n    all := [[a, b] | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000)]\n    \
        count(all) == 0\n    x := \"never\"\n}\n";
    incomplete(policy, "[policies]\nmax_memory_mib = 256\n", "memory");
}

/// With `--strict` the exit code says that something was not read; the text report names it.
fn incomplete(policy: &str, settings: &str, word: &str) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("e.jsonl", KEY);
    write("p.rego", policy);
    write("overstay.toml", settings);
    let done = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["analyze", "e.jsonl", "--strict", "--fail-on", "none", "--policy", "p.rego"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(4), "{text}{}", String::from_utf8_lossy(&done.stderr));
    assert!(text.contains("not read") && text.contains(word), "{text}");
}

#[test]
fn a_policy_that_asks_for_the_time_of_day_is_refused_with_its_place() {
    let policy = "package acme\n\n# time.now_ns() is for others\nnote := \"time.now_ns\"\ndeny contains \"late\" if {\n    time.now_ns() > 0\n}\n";
    let ran = analyze(policy, "");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("p.rego:6:5: `time.now_ns` answers differently in every run"),
        "{}",
        ran.stderr
    );
    for other in ["rand.intn(\"x\", 9) > 0", "uuid.rfc4122(\"x\") != \"\""] {
        let policy = format!("package acme\n\ndeny contains \"odd\" if {{\n    {other}\n}}\n");
        assert_eq!(analyze(&policy, "").code, Some(2), "{other}");
    }
}
