//! What comes on standard input, and what is too long to be held: every byte is searched.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

/// A made-up credential, put together here so that none stands in this file.
fn token() -> String {
    ["gh", "p_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

fn overstay(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["scan", "--format", "jsonl", "--now", "2026-01-15T00:00:00Z"])
        .args(arguments)
        .current_dir(folder)
        .env("OVERSTAY_FINGERPRINT_KEY", "test")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// Path and first line of the places of every leak that was reported.
fn places(output: &Output) -> Vec<(String, u64)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!text.contains(&token()), "the value itself is told");
    let findings =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let leaks = findings.filter(|finding| finding["rule"] == "leaked-credential");
    leaks
        .map(|leak| {
            let place = &leak["locations"][0];
            let line = place["region"]["start_line"].as_u64().unwrap_or_default();
            (place["path"].as_str().unwrap_or_default().to_owned(), line)
        })
        .collect()
}

#[test]
fn a_text_on_standard_input_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("first\nsecond\ntoken = \"{}\"\n", token());
    let output = overstay(folder.path(), &["-", "--strict"], text.as_bytes());
    assert_eq!(places(&output), [("stdin".to_owned(), 3)]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let output = overstay(folder.path(), &["-", "--strict"], b"nothing to see\n");
    assert_eq!((places(&output), output.status.code()), (vec![], Some(0)));
}

#[test]
fn what_is_too_long_to_be_held_is_searched_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("overstay.toml"), "[walk]\nmax_file_bytes = 1000\n").unwrap();
    let text = format!("{}token = \"{}\"\n", "some line\n".repeat(500), token());
    fs::write(folder.path().join("long.log"), &text).unwrap();
    let output = overstay(folder.path(), &[".", "--strict"], b"");
    assert_eq!(places(&output), [("long.log".to_owned(), 501)]);
    assert_eq!(output.status.code(), Some(3), "all was read");
    fs::remove_file(folder.path().join("long.log")).unwrap();
    let output = overstay(folder.path(), &["-"], text.as_bytes());
    assert_eq!(places(&output), [("stdin".to_owned(), 501)]);
}

#[test]
fn of_what_is_too_long_the_parts_that_only_a_whole_can_tell_are_said_to_be_unread() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("overstay.toml"), "[walk]\nmax_file_bytes = 1000\n").unwrap();
    let zip = [&b"PK\x03\x04"[..], &[0; 2000]].concat();
    fs::write(folder.path().join("long.zip"), zip).unwrap();
    assert_eq!(overstay(folder.path(), &[".", "--strict"], b"").status.code(), Some(4));
    fs::remove_file(folder.path().join("long.zip")).unwrap();
    let workflow = format!("on: push\n{}", "# a comment\n".repeat(200));
    fs::create_dir_all(folder.path().join(".github/workflows")).unwrap();
    fs::write(folder.path().join(".github/workflows/long.yml"), workflow).unwrap();
    assert_eq!(overstay(folder.path(), &[".", "--strict"], b"").status.code(), Some(4));
}
