//! Files of the history that are too long to be read as a whole.

use super::{Repo, Seen, config_line, context, token};
use crate::{
    config::Walk,
    sources::{Context, GitScope},
};
use std::{fs, path::Path};

/// What a scan sees that holds so many bytes of a file at most.
fn read(root: &Path, scope: GitScope, max_file_bytes: u64) -> Seen {
    Seen::of(super::super::read(root, &limited(scope, max_file_bytes)))
}

fn limited(scope: GitScope, max_file_bytes: u64) -> Context {
    let mut context = context(scope);
    context.config.walk = Walk { max_file_bytes, ..Walk::default() };
    context
}

/// Lines enough that they are too long, with credentials between them.
fn text(version: usize) -> String {
    let mut lines: Vec<String> = (0..4000).map(|at| format!("INSERT {at} of things;")).collect();
    lines[0] = format!("-- version {version}");
    lines.insert(10, config_line(1));
    lines.insert(3000 + version, config_line(2));
    if version == 1 {
        lines.insert(2000, config_line(3));
    }
    lines.join("\n")
}

const LIMIT: u64 = 20_000;

#[test]
fn a_long_file_of_the_history_is_searched_like_a_short_one() {
    for packing in ["loose", "differences", "whole"] {
        let repo = Repo::new();
        for version in 0..5 {
            repo.commit("dump.sql", &text(version), "another version");
        }
        repo.commit("only.sql", &format!("{}{}", text(9), config_line(4)), "once");
        repo.git(&["rm", "-q", "only.sql"]);
        repo.git(&["commit", "-q", "-m", "gone"]);
        match packing {
            "differences" => repo.git(&["repack", "-q", "-a", "-d", "-f"]),
            "whole" => repo.git(&["-c", "core.bigFileThreshold=1k", "repack", "-q", "-adF"]),
            _ => String::new(),
        };
        let (long, short) =
            [LIMIT, 1 << 20].map(|limit| read(repo.path(), GitScope::History, limit)).into();
        assert!(long.unread.is_empty(), "{packing}: {:?}", long.unread);
        assert_eq!(long.exposures, short.exposures, "{packing}");
        assert_eq!(long.exposures.len(), 4, "{packing}");
        let (path, line, commit, in_head) = long.place(&token(3));
        assert_eq!((path.as_str(), line, in_head), ("dump.sql", 2002, Some(false)));
        assert_eq!(commit.unwrap(), repo.git(&["rev-parse", "HEAD~5"]), "{packing}");
    }
}

#[test]
fn a_scan_that_knows_an_earlier_one_finds_the_same_in_long_files() {
    let repo = Repo::new();
    let state = tempfile::tempdir().unwrap();
    for version in 0..4 {
        repo.commit("dump.sql", &text(version), "another version");
        repo.commit("clean.sql", &"-- nothing\n".repeat(3000 + version), "clean");
        let mut known = limited(GitScope::History, LIMIT);
        known.state = Some(state.path().to_owned());
        let quick = Seen::of(super::super::read(repo.path(), &known));
        let whole = read(repo.path(), GitScope::History, LIMIT);
        assert_eq!(quick.exposures, whole.exposures, "{version}");
        assert!(quick.unread.is_empty());
    }
}

#[test]
fn what_of_a_long_file_is_not_read_is_said() {
    let repo = Repo::new();
    let workflow = format!("on: push\njobs: {{}}\n{}", "# more\n".repeat(4000));
    repo.commit(".github/workflows/ci.yml", &(workflow + &config_line(1)), "a document");
    // An archive by its first bytes, and a text that is over both limits.
    repo.commit("a.zip", &format!("PK\u{3}\u{4}{}", "x".repeat(30_000)), "an archive");
    repo.commit("huge.sql", &"-- huge\n".repeat(20_000), "huge");
    let bare = tempfile::tempdir().unwrap();
    let path = bare.path().to_str().unwrap();
    repo.git(&["clone", "-q", "--bare", ".", path]);
    let mut context = limited(GitScope::History, LIMIT);
    context.config.walk.max_searched_bytes = 100_000;
    let seen = Seen::of(super::super::read(bare.path(), &context));
    let gap = |part: &str| {
        let gap = seen.unread.iter().find(|gap| gap.part.as_deref() == Some(part));
        gap.and_then(|gap| gap.why.as_deref()).unwrap_or_default()
    };
    assert_eq!(gap("a.zip"), "an archive, a version of it has more than 20000 bytes");
    assert_eq!(gap("huge.sql"), "a version of it has more than 100000 bytes");
    assert_eq!(gap(".github/workflows/ci.yml"), "it has more than 20000 bytes");
    assert_eq!(seen.unread.len(), 3, "{:?}", seen.unread);
    // It was not read as a workflow; it was searched.
    assert_eq!(seen.place(&token(1)).0, ".github/workflows/ci.yml");
}

#[test]
fn a_range_and_what_is_staged_are_searched_in_long_files() {
    let repo = Repo::new();
    let base = repo.commit("dump.sql", &text(0), "first");
    repo.commit("dump.sql", &(text(0) + &config_line(5)), "second");
    let seen = read(repo.path(), GitScope::Range(format!("{base}..HEAD")), LIMIT);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    assert_eq!(seen.exposures.len(), 1);
    let (path, line, _, in_head) = seen.place(&token(5));
    assert_eq!((path.as_str(), line, in_head), ("dump.sql", 4004, Some(true)));
    fs::write(repo.path().join("dump.sql"), text(0) + &config_line(5) + &config_line(6)).unwrap();
    repo.git(&["add", "."]);
    let seen = read(repo.path(), GitScope::Staged, LIMIT);
    assert_eq!(seen.exposures.len(), 1);
    assert_eq!(seen.place(&token(6)).1, 4005);
    let mut context = limited(GitScope::Staged, LIMIT);
    context.config.walk.max_searched_bytes = LIMIT;
    let seen = Seen::of(super::super::read(repo.path(), &context));
    assert!(seen.exposures.is_empty());
    assert!(seen.unread[0].why.as_ref().unwrap().ends_with("over the limit of 20000"));
}
