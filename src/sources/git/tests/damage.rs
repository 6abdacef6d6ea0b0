//! Objects that are damaged: what cannot be read is named, and everything else is.

use super::{Repo, config_line, read, token};
use crate::sources::GitScope;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of the only pack of a repository, which may be written to.
fn pack_file(repo: &Repo, extension: &str) -> PathBuf {
    let folder = repo.path().join(".git/objects/pack");
    let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path = paths.find(|path| path.extension().is_some_and(|e| e == extension)).unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
    permissions.set_readonly(false);
    fs::set_permissions(&path, permissions).unwrap();
    path
}

/// Packs that are cut short or scrambled cost what they hold and are named.
#[test]
fn damaged_packs_are_named_and_survived() {
    let repo = Repo::new();
    repo.commit("a.toml", &config_line(1), "first");
    repo.commit("b.toml", "b = 1\n".repeat(100).as_str(), "second");
    repo.git(&["repack", "-q", "-a", "-d"]);
    repo.commit("loose.toml", &config_line(2), "third");
    let (pack, index) = (pack_file(&repo, "pack"), pack_file(&repo, "idx"));
    for path in [&pack, &index] {
        let whole = fs::read(path).unwrap();
        let middle = whole.len() / 2;
        let mut scrambled = whole.clone();
        scrambled[middle..middle + 20].fill(0x5a);
        for bad in [&whole[..0], &whole[..20], &whole[..middle], &scrambled] {
            fs::write(path, bad).unwrap();
            let seen = read(repo.path(), GitScope::History);
            assert!(!seen.unread.is_empty(), "{} of {}", bad.len(), path.display());
            assert_eq!(seen.places(&token(2)).len(), 1);
        }
        fs::write(path, &whole).unwrap();
    }
    let seen = read(repo.path(), GitScope::History);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
}

/// One file in three versions, each stored as a difference, and messages of a commit and a tag.
fn packed() -> Repo {
    let repo = Repo::new();
    let lines: String = (0..40).map(|at| format!("line number {at} of many\n")).collect();
    repo.commit("a.toml", &lines, "first");
    repo.commit("a.toml", &format!("{lines}{}", config_line(1)), &format!("use {}", token(2)));
    repo.commit("a.toml", &format!("{lines}gone = true\n"), "third");
    repo.git(&["tag", "-a", "v1", "-m", &format!("says {}", token(3))]);
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    repo
}

/// Where the entries of a pack start.
fn entries(repo: &Repo, index: &Path) -> Vec<usize> {
    let listing = repo.git(&["verify-pack", "-v", index.to_str().unwrap()]);
    let of_objects = listing.lines().filter(|line| line.find(' ') == Some(40));
    of_objects.filter_map(|line| line.split_whitespace().nth(4)?.parse().ok()).collect()
}

/// The head of the pack, every kind that an object may be said to have, and a part of everything else.
#[test]
fn no_wrong_byte_of_a_pack_hides_a_credential() {
    let repo = packed();
    let (pack, index) = (pack_file(&repo, "pack"), pack_file(&repo, "idx"));
    let kinds = entries(&repo, &index);
    assert_eq!(kinds.len(), 10);
    let mut lost = 0;
    for path in [&pack, &index] {
        let whole = fs::read(path).unwrap();
        for at in 0..whole.len() {
            let flips = match at {
                _ if path == &pack && kinds.contains(&at) => vec![0x10, 0x20, 0x30, 0x40, 0x70],
                _ if at < 12 || at % 11 == 0 => vec![1 << (at % 8)],
                _ => Vec::new(),
            };
            for flip in flips {
                let mut wrong = whole.clone();
                wrong[at] ^= flip;
                fs::write(path, &wrong).unwrap();
                let seen = read(repo.path(), GitScope::History);
                let missing = (1..=3).any(|number| seen.places(&token(number)).is_empty());
                assert!(
                    !missing || !seen.unread.is_empty(),
                    "{at} {flip:#x} of {}",
                    path.display()
                );
                lost += usize::from(missing);
            }
        }
        fs::write(path, &whole).unwrap();
    }
    assert!(lost > 100, "the damage was damage: {lost}");
}
