//! Results of another tool in the same report: `tests/data/imports/zizmor.sarif` is what zizmor 1.32 writes
//! about `tests/data/imports/checkout`, without its code flows.

#![expect(clippy::unwrap_used, reason = "tests")]

mod packed;

use packed::unpacked;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imports").join(name)
}

fn overstay(args: &[&str], sarif: &Path, more: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(args)
        .args(["--now", "2026-11-22T00:00:00Z", "--import"])
        .arg(sarif)
        .args(more)
        .env("OVERSTAY_FINGERPRINT_KEY", "test")
        .output()
        .unwrap()
}

/// Rule with variant, first line and occurrences of each finding.
fn findings(out: &Output) -> Vec<(String, u64, u64)> {
    let text = String::from_utf8(out.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["rule"].is_string())
        .map(|line| {
            let rule = line["rule"].as_str().unwrap();
            let rule = match line["variant"].as_str() {
                Some(variant) => format!("{rule}/{variant}"),
                None => rule.to_owned(),
            };
            let first = line["locations"][0]["region"]["start_line"].as_u64().unwrap_or_default();
            (rule, first, line["occurrences"].as_u64().unwrap_or(1))
        })
        .collect()
}

/// The report with a change made to it, in a file of its own.
fn changed(folder: &Path, change: impl Fn(&str) -> String) -> PathBuf {
    let path = folder.join("zizmor.sarif");
    fs::write(&path, change(&fs::read_to_string(data("zizmor.sarif")).unwrap())).unwrap();
    path
}

#[test]
fn what_both_found_is_one_finding_and_the_rest_is_added() {
    let args = ["scan", "--format", "jsonl", "--persona", "auditor"];
    let out = overstay(&args, &data("zizmor.sarif"), &[&data("checkout")]);
    let found = findings(&out);
    let of =
        |name: &str| found.iter().filter(|f| f.0 == name).map(|f| (f.1, f.2)).collect::<Vec<_>>();
    assert_eq!(of("ci-checkout-credential-persisted"), [(14, 2)], "{found:?}");
    assert_eq!(
        of("ci-publishing-token-long-lived").iter().map(|f| f.1).collect::<Vec<_>>(),
        [2],
        "{found:?}"
    );
    assert_eq!(
        of("ci-secrets-inherited").iter().map(|f| f.1).collect::<Vec<_>>(),
        [2],
        "{found:?}"
    );
    let imported: Vec<_> = found.iter().filter(|f| f.0.starts_with("imported-")).cloned().collect();
    let expected =
        [("code-untrusted/archived-uses", 15), ("job-open-to-strangers/template-injection", 16)];
    assert_eq!(imported, expected.map(|(rule, line)| (format!("imported-{rule}"), line, 1)));
    let text =
        overstay(&["scan", "--persona", "auditor"], &data("zizmor.sarif"), &[&data("checkout")]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("3 imported results are part of them"), "{text}");
    assert!(text.contains("The job has the stored secret 'NPM_TOKEN'."), "{text}");
}

#[test]
fn without_evidence_the_report_stands_alone() {
    let out = overstay(&["analyze", "--format", "jsonl"], &data("zizmor.sarif"), &[]);
    let rules: Vec<String> = findings(&out).into_iter().map(|finding| finding.0).collect();
    let expected = [
        "code-untrusted/archived-uses",
        "credential-long-lived/use-trusted-publishing",
        "credentials-excessive/secrets-inherit",
        "job-open-to-strangers/template-injection",
    ];
    assert_eq!(rules, expected.map(|rule| format!("imported-{rule}")));
}

#[test]
fn an_unknown_check_is_counted_and_makes_the_scan_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let sarif =
        changed(folder.path(), |text| text.replace("zizmor/archived-uses", "zizmor/brand-new"));
    let out = overstay(&["analyze", "--strict", "--fail-on", "none"], &sarif, &[]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("zizmor/brand-new 1"), "{text}");
    assert_eq!(out.status.code(), Some(4));
}

#[test]
fn a_broken_report_is_an_error_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let sarif = changed(folder.path(), |text| format!("\n{}", &text[..text.len() / 2]));
    let out = overstay(&["analyze"], &sarif, &[]);
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2));
    assert!(err.contains("zizmor.sarif: line 2, column ") && err.contains("not JSON"), "{err}");
}

#[test]
fn no_text_of_the_report_passes() {
    // A made-up credential, put together here so that none stands in this file.
    let token = ["gh", "p_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "2VzbCp"].concat();
    let folder = tempfile::tempdir().unwrap();
    let sarif = changed(folder.path(), |text| {
        text.replace("\"text\":\"", &format!("\"text\":\"{token} "))
            .replace("\"sourceLanguage\":\"", &format!("\"sourceLanguage\":\"{token}"))
            .replace("\"annotation\":\"", &format!("\"annotation\":\"{token} "))
            .replace("zizmor/secrets-inherit", &format!("zizmor/{token}!"))
    });
    for format in ["text", "sarif", "jsonl", "csv", "markdown", "html", "oscal"] {
        let out = overstay(&["analyze", "--format", format], &sarif, &[]);
        let all = unpacked(&[out.stdout, out.stderr].concat());
        assert!(all.contains("says zizmor"), "{format}");
        assert!(!all.contains(&token), "{format}");
    }
}
