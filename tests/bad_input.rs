//! Hostile and broken input: each part that cannot be read is named, nothing else is lost.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const POLICY: &str = "path \"*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\", \"list\", \"sudo\"] }\n";

fn overstay(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("CI", "1")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .args(["scan", "--now", "2026-11-22T00:00:00Z"])
        .args(arguments)
        .arg(folder)
        .output()
        .unwrap()
}

/// The texts of all notifications of the archive profile.
fn notifications(folder: &Path) -> String {
    let output = overstay(folder, &["--format", "sarif", "--sarif-profile", "archive"]);
    let log: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut texts = String::new();
    for run in log["runs"].as_array().unwrap() {
        texts.push_str(&run["invocations"].to_string());
    }
    texts
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".github/workflows")).unwrap();
    fs::create_dir_all(folder.path().join("policies")).unwrap();
    fs::write(folder.path().join("policies/everything.hcl"), POLICY).unwrap();
    folder
}

fn finds_the_policy(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).contains("vault-policy-root-equivalent")
}

/// Writes one broken part, scans, and asks: is it named, and is the rest still found?
fn assert_named(name: &str, write: impl FnOnce(&Path)) {
    let folder = workspace();
    write(&folder.path().join(name));
    let output = overstay(folder.path(), &["--format", "jsonl"]);
    assert!(finds_the_policy(&output), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{name}");
    let strict = overstay(folder.path(), &["--format", "jsonl", "--strict", "--fail-on", "none"]);
    assert_eq!(strict.status.code(), Some(4), "{name} must make a strict scan incomplete");
    let said = notifications(folder.path());
    assert!(said.contains(name), "{name} is not named in {said}");
}

#[test]
fn a_truncated_workflow_is_named() {
    assert_named(".github/workflows/broken.yml", |path| {
        fs::write(path, "on: push\njobs:\n  a:\n    steps: [ { run: \"x\n").unwrap();
    });
}

#[test]
fn a_workflow_that_is_not_utf8_is_named() {
    assert_named(".github/workflows/latin.yml", |path| {
        fs::write(path, b"on: push\njobs:\n  \xff\xfe: {}\n").unwrap();
    });
}

#[test]
fn an_alias_bomb_is_named_and_not_expanded() {
    assert_named(".github/workflows/bomb.yml", |path| {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            let list = vec![before; 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        text.push_str("on: push\njobs:\n  a:\n    runs-on: x\n    steps: *a11\n");
        fs::write(path, text).unwrap();
    });
}

#[test]
fn deep_nesting_is_named() {
    assert_named("policies/deep.json", |path| {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let text = format!("{{\"path\": {{\"a\": {{\"capabilities\": {deep}}}}}}}");
        fs::write(path, text).unwrap();
    });
}

#[test]
fn a_huge_file_is_named_and_not_read() {
    assert_named("huge.txt", |path| {
        fs::File::create(path).unwrap().set_len(2 << 30).unwrap();
    });
}

#[test]
fn a_broken_policy_is_named_with_its_line() {
    let folder = workspace();
    fs::write(
        folder.path().join("policies/broken.hcl"),
        "path \"a\" {\n  capabilities = [\"reed\"]\n}\n",
    )
    .unwrap();
    let said = notifications(folder.path());
    assert!(said.contains("policies/broken.hcl") && said.contains("reed"), "{said}");
}

#[test]
fn links_pipes_and_empty_folders_do_not_stop_a_scan() {
    let folder = workspace();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("missing", folder.path().join("dangling")).unwrap();
    let made = Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let output = overstay(folder.path(), &["--format", "jsonl"]);
    assert!(finds_the_policy(&output));

    let empty = tempfile::tempdir().unwrap();
    let output = overstay(empty.path(), &["--format", "jsonl", "--strict"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_single_file_can_be_named() {
    let folder = workspace();
    let output = overstay(&folder.path().join("policies/everything.hcl"), &["--format", "jsonl"]);
    assert!(finds_the_policy(&output), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_folder_that_does_not_exist_is_not_clean() {
    let output = overstay(Path::new("no/such/folder"), &["--format", "jsonl", "--strict"]);
    assert!(matches!(output.status.code(), Some(2 | 4)), "{:?}", output.status);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = workspace();
    for i in 0..50 {
        fs::write(folder.path().join(format!("policies/p{i}.hcl")), POLICY).unwrap();
    }
    let run = |threads: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
            .env_clear()
            .env("CI", "1")
            .env("RAYON_NUM_THREADS", threads)
            .args([
                "scan",
                "--now",
                "2026-11-22T00:00:00Z",
                "--format",
                "sarif",
                "--sarif-profile",
                "archive",
            ])
            .arg(folder.path())
            .output()
            .unwrap();
        output.stdout
    };
    let one = run("1");
    assert!(!one.is_empty());
    assert_eq!(one, run("8"));
    assert_eq!(one, run("8"), "two runs differ");
}
