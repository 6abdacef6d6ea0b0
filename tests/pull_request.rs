//! A change is judged by what stood before it: it cannot silence its own leak.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path, process::Command};

/// A made-up credential, put together here so that none stands in this file.
fn token(tail: &str) -> String {
    ["gh", "p_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", tail].concat()
}

const DECISION: &str = "until=2026-03-31 owner=team@example.com reason=known";

fn git(root: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(root)
        .output()
        .unwrap();
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

fn commit(root: &Path, files: &[(&str, &str)]) -> String {
    for (path, text) in files {
        fs::write(root.join(path), text).unwrap();
        git(root, &["add", path]);
    }
    git(root, &["commit", "-q", "-m", "change"]);
    git(root, &["rev-parse", "HEAD"])
}

/// The leaks that a scan reports: the fingerprint, and whether somebody decided to leave it.
fn leaks(root: &Path, args: &[&str]) -> Vec<(String, bool)> {
    let out = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["scan", "--format", "jsonl", "--now", "2026-01-15T00:00:00Z"])
        .args(args)
        .arg(root)
        .env("OVERSTAY_FINGERPRINT_KEY", "test")
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(matches!(out.status.code(), Some(0 | 3)), "{err}");
    let mut leaks: Vec<(String, bool)> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["rule"] == "leaked-credential")
        .map(|line| {
            let fingerprint = line["fingerprint"].as_str().unwrap().to_owned();
            (fingerprint, line.get("suppression").is_some_and(|s| !s.is_null()))
        })
        .collect();
    leaks.sort();
    leaks
}

fn exceptions(what: &str) -> String {
    format!(
        "[[exception]]\n{what}\nkind = \"accepted-risk\"\nowner = \"a@example.com\"\n\
         approver = \"b@example.com\"\nreason = \"known\"\nticket = \"SEC-1\"\n\
         created = 2026-01-01\nexpires = 2026-03-31\n"
    )
}

#[test]
fn a_change_cannot_silence_its_own_leak() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    let base = commit(root, &[("readme.txt", "hello\n")]);
    let leak = format!(
        "# overstay: ignore[leaked-credential] {DECISION}\ntoken = \"{}\"\n",
        token("LMq0Xh")
    );
    let every = exceptions("rule = \"leaked-credential\"\nidentity = \"*\"");
    commit(root, &[("app.py", &leak)]);
    // A report that has the leak, as the change would bring it as its baseline.
    let out = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["scan", "--format", "jsonl", "--now", "2026-01-15T00:00:00Z"])
        .arg(root)
        .env("OVERSTAY_FINGERPRINT_KEY", "test")
        .output()
        .unwrap();
    let report = String::from_utf8(out.stdout).unwrap();
    assert!(report.contains("leaked-credential"));
    commit(
        root,
        &[
            ("overstay.toml", "disable = [\"leaked-credential\"]\n"),
            ("overstay-exceptions.toml", &every),
            ("baseline.jsonl", &report),
        ],
    );
    // As a whole the tree is silent: settings, exceptions and comment all say so.
    assert_eq!(leaks(root, &[]), []);
    let range = format!("{base}..HEAD");
    let baseline = root.join("baseline.jsonl");
    for more in [&[][..], &["--baseline", baseline.to_str().unwrap(), "--only-new"]] {
        let args: Vec<&str> = ["--range", &range].iter().chain(more).copied().collect();
        let found = leaks(root, &args);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!found[0].1, "silenced by {more:?}");
    }
    let settings = root.join("overstay.toml");
    let named = root.join("overstay-exceptions.toml");
    let args = [
        "--range",
        &range,
        "--config",
        settings.to_str().unwrap(),
        "--exceptions",
        named.to_str().unwrap(),
    ];
    assert_eq!(leaks(root, &args).iter().filter(|leak| !leak.1).count(), 1);
    // Once they are part of the base, they count for what comes next.
    let next = git(root, &["rev-parse", "HEAD"]);
    commit(root, &[("other.py", &format!("token = \"{}\"\n", token("ZZq1Yk")))]);
    assert_eq!(leaks(root, &["--range", &format!("{next}..HEAD")]), []);
}

#[test]
fn a_new_secret_on_the_line_of_a_known_one_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    let comment = format!("# overstay: ignore[leaked-credential] {DECISION}");
    let (old, new) = (token("LMq0Xh"), token("ZZq1Yk"));
    let base = commit(root, &[("app.py", &format!("{comment}\nkeys = [\"{old}\"]\n"))]);
    assert_eq!(leaks(root, &[]).iter().map(|leak| leak.1).collect::<Vec<_>>(), [true]);
    commit(root, &[("app.py", &format!("{comment}\nkeys = [\"{old}\", \"{new}\"]\n"))]);
    let found = leaks(root, &["--range", &format!("{base}..HEAD")]);
    assert_eq!(found.iter().map(|leak| leak.1).collect::<Vec<_>>(), [false]);
    // The whole tree: the comment does not say which of the two it means.
    assert_eq!(leaks(root, &[]).iter().map(|leak| leak.1).collect::<Vec<_>>(), [false, false]);
}

/// The exit code of a scan for which only what a baseline lacks counts.
fn exit_for_new(root: &Path, baseline: &Path) -> Option<i32> {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["scan", "--format", "jsonl", "--now", "2026-01-15T00:00:00Z", "--only-new"])
        .args(["--fail-on", "note"])
        .args(["--baseline".as_ref(), baseline.as_os_str(), root.as_os_str()])
        .env("OVERSTAY_FINGERPRINT_KEY", "test")
        .output()
        .unwrap()
        .status
        .code()
}

#[test]
fn what_a_baseline_knows_is_not_new_after_lines_above_renames_and_another_layout() {
    let folder = tempfile::tempdir().unwrap();
    let (root, beside) = (folder.path().join("tree"), folder.path().join("baseline.jsonl"));
    fs::create_dir(&root).unwrap();
    let (old, new) = (token("LMq0Xh"), token("ZZq1Yk"));
    fs::write(root.join("app.py"), format!("key = \"{old}\"\n")).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["scan", "--format", "jsonl", "--now", "2026-01-15T00:00:00Z"])
        .arg(&root)
        .env("OVERSTAY_FINGERPRINT_KEY", "test")
        .output()
        .unwrap();
    fs::write(&beside, out.stdout).unwrap();
    assert_eq!(exit_for_new(&root, &beside), Some(0));
    fs::write(root.join("app.py"), format!("# above\n\nkey = \"{old}\"\n")).unwrap();
    assert_eq!(exit_for_new(&root, &beside), Some(0));
    fs::remove_file(root.join("app.py")).unwrap();
    fs::write(root.join("renamed.py"), format!("keys = [\n    '{old}',\n]\n")).unwrap();
    assert_eq!(exit_for_new(&root, &beside), Some(0));
    fs::write(root.join("renamed.py"), format!("keys = ['{old}', '{new}']\n")).unwrap();
    assert_eq!(exit_for_new(&root, &beside), Some(3), "the new one beside it");
}

#[test]
fn a_decision_survives_lines_above_renames_and_another_layout() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "-q", "-b", "main"]);
    let (old, new) = (token("LMq0Xh"), token("ZZq1Yk"));
    commit(root, &[("app.py", &format!("key = \"{old}\"\n"))]);
    let fingerprint = leaks(root, &[])[0].0.clone();
    let known = exceptions(&format!("fingerprint = \"{fingerprint}\""));
    commit(root, &[("overstay-exceptions.toml", &known)]);
    let still = [(fingerprint.clone(), true)];
    assert_eq!(leaks(root, &[]), still);
    commit(root, &[("app.py", &format!("# above\n\n\nkey = \"{old}\"\n"))]);
    assert_eq!(leaks(root, &[]), still);
    git(root, &["mv", "app.py", "renamed.py"]);
    commit(root, &[("renamed.py", &format!("keys = [\n    '{old}',\n]\n"))]);
    assert_eq!(leaks(root, &[]), still);
    commit(root, &[("renamed.py", &format!("keys = ['{old}', '{new}']\n"))]);
    let found = leaks(root, &[]);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(print, left)| *left == (*print == fingerprint)), "{found:?}");
}
