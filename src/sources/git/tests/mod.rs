//! Repositories that hide a credential, and what is found of it.

mod beside;
mod bundles;
mod damage;
mod incremental;
mod long;

use super::{Held, testing::Repo};
use crate::{
    config::Config,
    sources::{Context, GitScope},
};
use jiff::Timestamp;
use overstay_detectors::evidence::{Coverage, Exposure, Record};
use std::{fs, path::Path};

fn context(scope: GitScope) -> Context {
    Context {
        now: Timestamp::UNIX_EPOCH,
        config: Config::default(),
        fingerprint_key: b"test".to_vec(),
        git: scope,
        state: None,
    }
}

/// A made-up credential, different for each number; never written out in this repository.
fn token(number: u64) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0;
    let mut text = String::from("ghp");
    text.push('_');
    for _ in 0..36 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push(char::from(alphabet[(state >> 20) as usize % 62]));
    }
    text
}

struct Seen {
    exposures: Vec<Exposure>,
    unread: Vec<Coverage>,
}

fn read(root: &Path, scope: GitScope) -> Seen {
    Seen::of(super::read(root, &context(scope)))
}

impl Seen {
    fn of(records: Vec<Record>) -> Seen {
        let mut seen = Seen { exposures: Vec::new(), unread: Vec::new() };
        for record in records {
            match record {
                Record::Exposure(exposure) => seen.exposures.push(exposure),
                Record::Coverage(coverage) if !coverage.complete => seen.unread.push(coverage),
                _ => {}
            }
        }
        seen
    }

    /// The places of a token: path or name, line, first commit, still in HEAD.
    fn places(&self, token: &str) -> Vec<(String, u32, Option<String>, Option<bool>)> {
        let hint = &token[token.len() - 4..];
        let mut places: Vec<_> = self
            .exposures
            .iter()
            .filter(|exposure| exposure.redacted.ends_with(hint))
            .flat_map(|exposure| &exposure.places)
            .map(|place| {
                let location = &place.location;
                let name = location.path.clone().or_else(|| location.logical.clone());
                let line = location.region.map_or(0, |region| region.start_line);
                (name.unwrap(), line, place.commit.clone(), place.in_head)
            })
            .collect();
        places.sort();
        places
    }

    /// The only place of a token.
    fn place(&self, token: &str) -> (String, u32, Option<String>, Option<bool>) {
        let places = self.places(token);
        assert_eq!(places.len(), 1, "{places:?} of {:?}", self.exposures);
        places.into_iter().next().unwrap()
    }
}

fn config_line(number: u64) -> String {
    format!("token = \"{}\"\n", token(number))
}

/// Everything that git can hide, as loose objects, as one pack, and as several.
#[test]
fn nothing_that_git_hides_stays_hidden() {
    for packing in ["loose", "one pack", "packs and loose"] {
        let repo = Repo::new();
        let first = repo.commit("a.toml", "nothing = true\n", "first");
        // Deleted again.
        let deleted = repo.commit("old/deleted.toml", &config_line(1), "add");
        repo.git(&["rm", "-q", "old/deleted.toml"]);
        repo.git(&["commit", "-q", "-m", "remove"]);
        if packing == "packs and loose" {
            repo.git(&["repack", "-q", "-a", "-d"]);
        }
        // Only in a merge commit.
        repo.git(&["checkout", "-q", "-b", "side", &first]);
        repo.commit("side.toml", "side = true\n", "side");
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
        repo.write("merged.toml", &config_line(2));
        repo.git(&["add", "merged.toml"]);
        repo.git(&["commit", "-q", "-m", "merge"]);
        let merge = repo.git(&["rev-parse", "HEAD"]);
        // In a stash.
        repo.write("a.toml", &config_line(3));
        repo.git(&["stash", "-q"]);
        // Amended away: only the reflog knows.
        repo.commit("amended.toml", &config_line(4), "amend me");
        let amended = repo.git(&["rev-parse", "HEAD"]);
        repo.write("amended.toml", "clean = true\n");
        repo.git(&["commit", "-q", "-a", "--amend", "-m", "amended"]);
        // Staged and never committed.
        repo.write("dangling.toml", &config_line(5));
        repo.git(&["add", "dangling.toml"]);
        repo.git(&["rm", "-q", "--cached", "dangling.toml"]);
        fs::remove_file(repo.path().join("dangling.toml")).unwrap();
        // In a note, in a commit message, in a tag message.
        repo.git(&["notes", "add", "-m", &config_line(6)]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("use {}", token(7))]);
        let message = repo.git(&["rev-parse", "HEAD"]);
        repo.git(&["tag", "-a", "v1", "-m", &format!("deployed with {}", token(8))]);
        let tag = repo.git(&["rev-parse", "v1"]);
        // Renamed, and still there.
        let kept = repo.commit("kept.toml", &config_line(9), "kept");
        repo.git(&["mv", "kept.toml", "renamed.toml"]);
        repo.git(&["commit", "-q", "-m", "rename"]);
        let rename = repo.git(&["rev-parse", "HEAD"]);
        if packing == "one pack" {
            repo.git(&["repack", "-q", "-a", "-d", "-k"]);
        }

        let seen = read(repo.path(), GitScope::History);
        assert!(seen.unread.is_empty(), "{packing}: {:?}", seen.unread);
        let past =
            |path: &str, commit: &str| (path.to_owned(), 1, Some(commit.to_owned()), Some(false));
        assert_eq!(seen.place(&token(1)), past("old/deleted.toml", &deleted), "{packing}");
        let place = seen.place(&token(2));
        assert_eq!(place, ("merged.toml".to_owned(), 1, Some(merge), Some(true)), "{packing}");
        let (path, _, _, in_head) = seen.place(&token(3));
        assert_eq!((path.as_str(), in_head), ("a.toml", Some(false)), "{packing}");
        assert_eq!(seen.place(&token(4)), past("amended.toml", &amended), "{packing}");
        let (name, _, commit, _) = seen.place(&token(5));
        assert!(name.starts_with("blob ") && commit.is_none(), "{packing}: {name}");
        assert_eq!(seen.places(&token(6)).len(), 1, "{packing}");
        let (name, _, commit, _) = seen.place(&token(7));
        assert_eq!(name, format!("message of commit {message}"), "{packing}");
        assert_eq!(commit, Some(message), "{packing}");
        assert_eq!(seen.place(&token(8)).0, format!("message of tag {tag}"), "{packing}");
        assert_eq!(
            seen.places(&token(9)),
            [past("kept.toml", &kept), ("renamed.toml".to_owned(), 1, Some(rename), Some(true))],
            "{packing}"
        );
    }
}

/// A credential in a line that many versions of a file share is one place: the version that brought
/// it, at the line where it stands now.
#[test]
fn a_line_that_is_copied_from_version_to_version_is_one_place() {
    let repo = Repo::new();
    let body: String = (0..200).map(|i| format!("key_{i} = \"value number {i}\"\n")).collect();
    repo.commit("big.toml", &body, "first");
    let with = format!("{body}{}", config_line(1));
    let brought = repo.commit("big.toml", &with, "secret");
    for i in 0..20 {
        repo.commit("big.toml", &format!("extra_{i} = {i}\n{with}"), "more");
    }
    repo.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50"]);
    let seen = read(repo.path(), GitScope::History);
    assert_eq!(seen.place(&token(1)), ("big.toml".to_owned(), 202, Some(brought), Some(true)));
}

#[test]
fn a_bare_repository_and_one_that_borrows_objects_are_read() {
    let repo = Repo::new();
    repo.commit("a.toml", &config_line(1), "first");
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let place = read(&bare, GitScope::WorkingTree).place(&token(1));
    assert_eq!((place.0.as_str(), place.1, place.3), ("a.toml", 1, Some(true)));
    let borrowed = folder.path().join("borrowed");
    repo.git(&["clone", "-q", "--shared", "--bare", ".", borrowed.to_str().unwrap()]);
    assert_eq!(read(&borrowed, GitScope::History).places(&token(1)).len(), 1);
}

#[test]
fn a_shallow_clone_is_incomplete() {
    let repo = Repo::new();
    repo.commit("a.toml", "a = 1\n", "first");
    repo.commit("a.toml", "a = 2\n", "second");
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--depth=1", &url, clone.to_str().unwrap()]);
    let seen = read(&clone, GitScope::History);
    assert_eq!(seen.unread.len(), 1);
    assert!(seen.unread[0].why.as_ref().unwrap().contains("shallow"));
    let seen = read(&clone, GitScope::Range("HEAD~1..HEAD".to_owned()));
    assert!(seen.unread.iter().any(|c| c.why.as_ref().unwrap().contains("no commit")));
}

#[test]
fn a_range_brings_what_its_commits_bring_and_nothing_else() {
    let repo = Repo::new();
    repo.commit("old.toml", &config_line(1), "old leak");
    repo.commit("moved.toml", &config_line(2), "another");
    let base = repo.git(&["rev-parse", "HEAD"]);
    let brought = repo.commit("new.toml", &config_line(3), "new leak");
    repo.commit("new.toml", "gone = true\n", "take it back");
    // Lines around an old leak change; a file with an old leak moves.
    repo.commit("old.toml", &format!("# above\n{}", config_line(1)), "touch");
    repo.git(&["mv", "moved.toml", "elsewhere.toml"]);
    repo.git(&["commit", "-q", "-m", "move"]);
    // A second leak on the line of the first.
    let line = format!("pair = \"{} {}\"\n", token(1), token(4));
    repo.commit("old.toml", &line, "second on the line");
    repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("see {}", token(5))]);

    let seen = read(repo.path(), GitScope::Range(format!("{base}..HEAD")));
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    assert_eq!(seen.places(&token(1)), []);
    assert_eq!(seen.places(&token(2)), []);
    assert_eq!(seen.place(&token(3)), ("new.toml".to_owned(), 1, Some(brought), Some(false)));
    assert_eq!(seen.place(&token(4)).3, Some(true));
    assert!(seen.place(&token(5)).0.starts_with("message of commit"));
    // What the base has gained since does not count.
    repo.git(&["checkout", "-q", "-b", "pr", &base]);
    repo.commit("pr.toml", &config_line(6), "pull request");
    let seen = read(repo.path(), GitScope::Range("main..pr".to_owned()));
    assert_eq!(seen.exposures.len(), 1);
    assert_eq!(seen.place(&token(6)).0, "pr.toml");
}

#[test]
fn a_range_that_cannot_be_resolved_is_incomplete_not_clean() {
    let repo = Repo::new();
    repo.commit("a", "a", "first");
    for range in ["HEAD", "none..HEAD", "..HEAD", "HEAD..none"] {
        let seen = read(repo.path(), GitScope::Range(range.to_owned()));
        assert_eq!(seen.unread.len(), 1, "{range}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(read(folder.path(), GitScope::History).unread.len(), 1);
}

#[test]
fn what_is_staged_is_read_from_the_index() {
    let repo = Repo::new();
    repo.commit("old.toml", &config_line(1), "old leak");
    repo.write("old.toml", &format!("# above\n{}", config_line(1)));
    repo.write("new.toml", &config_line(2));
    repo.git(&["add", "."]);
    repo.write("new.toml", "clean = true\n");
    repo.write("unstaged.toml", &config_line(3));
    let seen = read(repo.path(), GitScope::Staged);
    assert_eq!(seen.exposures.len(), 1);
    assert_eq!(seen.place(&token(2)).0, "new.toml");
}

#[test]
fn the_settings_of_a_range_are_those_before_it() {
    let repo = Repo::new();
    repo.commit("overstay.toml", "fail_on = \"low\"\n", "settings");
    let base = repo.commit("other", "x", "more");
    repo.commit("overstay.toml", "fail_on = \"critical\"\n", "loosen");
    let held = |path| super::held(repo.path(), &format!("{base}..HEAD"), &repo.path().join(path));
    let text = "fail_on = \"low\"\n".to_owned();
    assert_eq!(held("overstay.toml"), Ok(Held::AtBase(Some(text))));
    repo.commit("new.toml", "", "brought");
    assert_eq!(held("new.toml"), Ok(Held::AtBase(None)));
    repo.write("untracked.toml", "");
    assert_eq!(held("untracked.toml"), Ok(Held::Outside));
    assert_eq!(held("none/none.toml"), Ok(Held::Outside));
    assert!(super::held(repo.path(), "none..HEAD", &repo.path().join("overstay.toml")).is_err());
}

/// Whatever is written where and taken out again: every credential is found at every path where it
/// ever stood, with the first commit that had it there.
#[test]
fn random_histories_lose_nothing() {
    for seed in 1..=3_u64 {
        let repo = Repo::new();
        let mut state = seed;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let paths = ["a.toml", "b.toml", "c.yaml", "d/e.toml", "noextension"];
        let mut files: Vec<Vec<String>> = vec![Vec::new(); paths.len()];
        let mut expected = std::collections::BTreeMap::new();
        for step in 0..60 {
            let file = random(paths.len());
            for _ in 0..=random(4) {
                let at = random(files[file].len() + 1);
                match random(5) {
                    0 if at < files[file].len() => {
                        files[file].remove(at);
                    }
                    1 => {
                        let line = format!("token_{at}: \"{}\"", token(random(12) as u64 + 100));
                        files[file].insert(at, line);
                    }
                    // A piece of another file comes along, credentials and all.
                    2 => {
                        let other = files[random(paths.len())].clone();
                        let piece = other.into_iter().skip(at).take(6);
                        files[file].splice(at..at, piece);
                    }
                    _ => files[file].insert(at, format!("line number {step} of {at}")),
                }
            }
            let content = files[file].iter().map(|line| format!("{line}\n")).collect::<String>();
            repo.write(paths[file], &content);
            repo.git(&["add", "."]);
            let time = format!("2026-01-01T{:02}:{:02}:00Z", step / 60 + 1, step % 60);
            repo.git_at(&time, &["commit", "-q", "--allow-empty", "-m", "step"]);
            let commit = repo.git(&["rev-parse", "HEAD"]);
            for number in 100..112 {
                if content.contains(&token(number)) {
                    expected.entry((number, paths[file])).or_insert_with(|| commit.clone());
                }
            }
        }
        if seed > 1 {
            repo.git(&["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
        }
        let seen = read(repo.path(), GitScope::History);
        let mut found = std::collections::BTreeMap::new();
        for number in 100..112 {
            for (path, _, commit, _) in seen.places(&token(number)) {
                let path = *paths.iter().find(|known| **known == path).unwrap();
                found.insert((number, path), commit.unwrap());
            }
        }
        assert_eq!(found, expected, "seed {seed}");
    }
}
