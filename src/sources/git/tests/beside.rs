//! What stands beside the objects, or in forms that cannot be read.

use super::{Repo, config_line, read, token};
use crate::sources::GitScope;
use std::fs;

#[test]
fn settings_hooks_and_logs_are_read() {
    let repo = Repo::new();
    repo.commit("a.toml", "a = 1\n", "first");
    let url = format!("https://ci:{}@git.example.com/acme/shop.git", token(1));
    repo.git(&["remote", "add", "origin", &url]);
    let login = format!("x-access-token:{}", token(2));
    let header = format!("AUTHORIZATION: basic {}", base64(login.as_bytes()));
    repo.git(&["config", "http.https://github.com/.extraheader", &header]);
    fs::create_dir_all(repo.path().join(".git/hooks")).unwrap();
    fs::write(repo.path().join(".git/hooks/pre-push"), config_line(3)).unwrap();
    let message = format!("fetched with {}", token(4));
    repo.git(&["update-ref", "--create-reflog", "-m", &message, "refs/heads/side", "HEAD"]);
    // A log repeats what a commit says: that is one place.
    repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("use {}", token(5))]);
    let seen = read(repo.path(), GitScope::History);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    assert_eq!(seen.place(&token(1)).0, ".git/config");
    let header = seen.exposures.iter().find(|e| e.format == "git-http-extraheader").unwrap();
    assert_eq!(header.places[0].location.path.as_deref(), Some(".git/config"));
    assert_eq!(seen.place(&token(3)).0, ".git/hooks/pre-push");
    assert_eq!(seen.place(&token(4)).0, ".git/logs/refs/heads/side");
    assert!(seen.place(&token(5)).0.starts_with("message of commit"));
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn an_old_pack_index_is_read() {
    let repo = Repo::new();
    let leak = repo.commit("a.toml", &config_line(1), "first");
    for i in 0..30 {
        repo.commit(&format!("f{i}.toml"), &format!("value = {i}\n"), "more");
    }
    repo.git(&["-c", "pack.indexVersion=1", "repack", "-q", "-a", "-d"]);
    let seen = read(repo.path(), GitScope::History);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    assert_eq!(seen.place(&token(1)), ("a.toml".to_owned(), 1, Some(leak), Some(true)));
}

/// A delta says which object it is made from by how far before it that stands, or by its id.
#[test]
fn deltas_that_name_their_base_by_id_are_read() {
    let repo = Repo::new();
    let lines: String = (0..200).map(|at| format!("line number {at} of many\n")).collect();
    for number in 1..=3 {
        repo.commit("a.toml", &format!("{lines}{}", config_line(number)), "another version");
    }
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f"]);
    let seen = read(repo.path(), GitScope::History);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    for number in 1..=3 {
        assert_eq!(seen.place(&token(number)).1, 201);
    }
}

/// Trees that hold the same tree ten times, ten deep: more paths than anybody can walk.
#[test]
fn a_bomb_of_paths_ends_and_is_said() {
    let repo = Repo::new();
    repo.write("leak.toml", &config_line(1));
    let blob = repo.git(&["hash-object", "-w", "leak.toml"]);
    fs::remove_file(repo.path().join("leak.toml")).unwrap();
    let mut below = ("100644 blob".to_owned(), blob);
    for _ in 0..10 {
        let list: String =
            (0..10).map(|i| format!("{} {}\tentry{i}\n", below.0, below.1)).collect();
        below = ("040000 tree".to_owned(), repo.git_with_input(&["mktree"], &list));
    }
    let commit = repo.git(&["commit-tree", &below.1, "-m", "bomb"]);
    repo.git(&["update-ref", "refs/heads/bomb", &commit]);
    let seen = read(repo.path(), GitScope::History);
    assert!(!seen.places(&token(1)).is_empty());
    assert!(seen.unread.iter().any(|c| c.why.as_ref().unwrap().contains("paths")));
}
