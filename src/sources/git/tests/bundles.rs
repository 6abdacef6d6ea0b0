//! Git bundles: as what is scanned, in a folder, in an archive, in a history.

use super::{Repo, Seen, config_line, context, read, token};
use crate::sources::GitScope;
use overstay_detectors::evidence::Sighting;
use std::{fs, io::Write as _, path::Path};

#[test]
fn a_bundle_is_read_as_the_repository_that_it_holds() {
    let repo = Repo::new();
    let leak = repo.commit("a.toml", &config_line(1), "first");
    repo.commit("a.toml", "gone = true\n", "second");
    repo.commit("b.toml", &config_line(2), "third");
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("shop.bundle");
    repo.git(&["bundle", "create", "-q", whole.to_str().unwrap(), "--all"]);
    let seen = read(&whole, GitScope::WorkingTree);
    assert!(seen.unread.is_empty(), "{:?}", seen.unread);
    assert_eq!(seen.place(&token(1)), ("a.toml".to_owned(), 1, Some(leak), Some(false)));
    assert_eq!(seen.place(&token(2)).3, Some(true));
    assert_eq!(seen.exposures[0].src.tenant.as_deref(), Some("shop.bundle"));
    // One that builds on what it does not hold, and one that is cut short.
    let part = folder.path().join("part.bundle");
    repo.git(&["bundle", "create", "-q", part.to_str().unwrap(), "HEAD~1..HEAD"]);
    let cut = folder.path().join("cut.bundle");
    let bytes = fs::read(&whole).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 30]).unwrap();
    for bundle in [part, cut] {
        let seen = read(&bundle, GitScope::WorkingTree);
        assert!(!seen.unread.is_empty(), "{}: silently incomplete", bundle.display());
    }
}

/// A repository with a credential in a commit that is not the last, and one in a message.
fn shop() -> (Repo, String) {
    shop_in(Repo::new())
}

fn shop_in(repo: Repo) -> (Repo, String) {
    let leak = repo.commit("old/a.toml", &config_line(1), "first");
    repo.commit("old/a.toml", "gone = true\n", "second");
    repo.commit("b.toml", "b = 1\n", &format!("use {}", token(2)));
    (repo, leak)
}

fn bundle(repo: &Repo, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    repo.git(&["bundle", "create", "-q", path.to_str().unwrap(), "--all"]);
}

fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

impl Seen {
    fn sightings(&self, token: &str) -> Vec<&Sighting> {
        let hint = &token[token.len() - 4..];
        let same = self.exposures.iter().filter(|exposure| exposure.redacted.ends_with(hint));
        same.flat_map(|exposure| &exposure.places).collect()
    }

    /// The file and the steps of the only place of a token.
    fn way(&self, token: &str) -> (&str, Vec<&str>) {
        let all = self.sightings(token);
        assert_eq!(all.len(), 1, "{all:?}");
        let path = all[0].location.path.as_deref().unwrap();
        (path, all[0].through.iter().map(String::as_str).collect())
    }

    /// The parts that were not read, each with the reason.
    fn gaps(&self) -> Vec<(&str, &str)> {
        let gaps = self.unread.iter().map(|gap| (gap.part.as_deref(), gap.why.as_deref()));
        gaps.map(|(part, why)| (part.unwrap_or_default(), why.unwrap_or_default())).collect()
    }
}

#[test]
fn a_bundle_in_a_folder_is_searched_with_all_of_its_history() {
    let (repo, leak) = shop();
    let folder = tempfile::tempdir().unwrap();
    bundle(&repo, &folder.path().join("backup/shop.bundle"));
    fs::write(folder.path().join("here.toml"), config_line(1)).unwrap();
    let seen = read(folder.path(), GitScope::WorkingTree);
    assert!(seen.gaps().is_empty(), "{:?}", seen.gaps());
    // The same value in a file and in the bundle is one credential at two places.
    let places = seen.sightings(&token(1));
    assert_eq!(seen.exposures.len(), 2);
    assert_eq!(places.len(), 2, "{places:?}");
    assert_eq!(places[0].location.path.as_deref(), Some("backup/shop.bundle"));
    assert_eq!(places[0].through, ["bundle:old/a.toml"]);
    assert_eq!((&places[0].commit, places[0].in_head), (&Some(leak), None));
    assert_eq!(places[1].location.path.as_deref(), Some("here.toml"));
    let (path, steps) = seen.way(&token(2));
    assert_eq!(path, "backup/shop.bundle");
    assert!(steps[0].starts_with("bundle:message of commit"), "{steps:?}");
}

#[test]
fn a_bundle_of_sha256_is_read_alone_and_in_a_folder() {
    let (repo, leak) = shop_in(Repo::with_ids_of("sha256"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.bundle");
    bundle(&repo, &file);
    for place in [&file, folder.path()] {
        let seen = read(place, GitScope::WorkingTree);
        assert!(seen.gaps().is_empty(), "{:?}", seen.gaps());
        assert_eq!(seen.exposures.len(), 2);
        assert_eq!(seen.sightings(&token(1))[0].commit.as_ref(), Some(&leak));
    }
}

#[test]
fn a_bundle_deeper_than_archives_are_opened_is_named() {
    let (repo, _) = shop();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.bundle");
    bundle(&repo, &file);
    let deep =
        ["d", "c", "b", "a"].iter().fold(fs::read(&file).unwrap(), |all, name| zip(name, &all));
    fs::remove_file(&file).unwrap();
    fs::write(folder.path().join("deep.zip"), deep).unwrap();
    let seen = read(folder.path(), GitScope::WorkingTree);
    let why = "it goes over the limit of archives inside archives";
    assert_eq!(seen.gaps(), [("deep.zip > zip:a > zip:b > zip:c > zip:d", why)]);
    assert!(seen.exposures.is_empty());
}

#[test]
fn bundles_in_archives_and_archives_in_bundles_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (repo, _) = shop();
    repo.write("conf.zip", "");
    fs::write(repo.path().join("conf.zip"), zip("in/c.toml", config_line(3).as_bytes())).unwrap();
    repo.git(&["add", "."]);
    repo.git(&["commit", "-q", "-m", "packed"]);
    let inner = folder.path().join("shop.bundle");
    bundle(&repo, &inner);
    let outer = zip("backup/shop.bundle", &fs::read(&inner).unwrap());
    fs::write(folder.path().join("all.zip"), outer).unwrap();
    fs::remove_file(&inner).unwrap();
    let seen = read(folder.path(), GitScope::WorkingTree);
    assert!(seen.gaps().is_empty(), "{:?}", seen.gaps());
    assert_eq!(
        seen.way(&token(1)),
        ("all.zip", vec!["zip:backup/shop.bundle", "bundle:old/a.toml"])
    );
    assert_eq!(
        seen.way(&token(3)),
        ("all.zip", vec!["zip:backup/shop.bundle", "bundle:conf.zip", "zip:in/c.toml"])
    );
}

#[test]
fn what_of_a_bundle_is_not_read_is_said() {
    let (repo, _) = shop();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.bundle");
    // Over the limit for files; under it, but with an object that is over it; cut short.
    bundle(&repo, &path);
    let mut small = context(GitScope::WorkingTree);
    small.config.walk.max_file_bytes = 100;
    let seen = Seen::of(super::super::read(folder.path(), &small));
    assert_eq!(seen.gaps(), [("shop.bundle", "it has more than 100 bytes")]);
    repo.commit("zeros", &"0".repeat(50_000), "much of nothing");
    bundle(&repo, &path);
    small.config.walk.max_file_bytes = 20_000;
    let seen = Seen::of(super::super::read(folder.path(), &small));
    assert_eq!(seen.gaps(), [("shop.bundle", "it goes over the limit of bytes of one entry")]);
    let whole = fs::read(&path).unwrap();
    for end in [30, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..end]).unwrap();
        let seen = read(folder.path(), GitScope::WorkingTree);
        assert_eq!(seen.gaps().len(), 1, "{end}");
        assert!(seen.gaps()[0].1.contains("bundle that cannot be read"), "{:?}", seen.gaps());
    }
    // A part of a history is searched as far as it goes.
    fs::remove_file(&path).unwrap();
    repo.git(&["bundle", "create", "-q", path.to_str().unwrap(), "main~1..main"]);
    let seen = read(folder.path(), GitScope::WorkingTree);
    assert!(
        seen.gaps().iter().any(|(_, why)| why.contains("builds on commits")),
        "{:?}",
        seen.gaps()
    );
}

#[test]
fn a_bundle_in_a_history_is_named_with_its_path() {
    let (inner, _) = shop();
    let repo = Repo::new();
    let base = repo.commit("a.toml", "a = 1\n", "first");
    bundle(&inner, &repo.path().join("backup/shop.bundle"));
    repo.git(&["add", "."]);
    let why = "it is a git bundle, whose objects were not read";
    let seen = read(repo.path(), GitScope::Staged);
    assert_eq!(seen.gaps(), [("backup/shop.bundle", why)]);
    repo.git(&["commit", "-q", "-m", "backup"]);
    let seen = read(repo.path(), GitScope::Range(format!("{base}..HEAD")));
    assert_eq!(seen.gaps(), [("backup/shop.bundle", why)]);
    // In the history of a bundle as well; the one that lies there is read.
    let folder = tempfile::tempdir().unwrap();
    bundle(&repo, &folder.path().join("outer.bundle"));
    let why = "a version of it is a git bundle: its objects were not read";
    let seen = read(folder.path(), GitScope::WorkingTree);
    assert_eq!(seen.gaps(), [("outer.bundle > backup/shop.bundle", why)]);
    let seen = read(repo.path(), GitScope::History);
    assert_eq!(seen.gaps(), [("backup/shop.bundle", why)]);
    assert_eq!(seen.way(&token(1)), ("backup/shop.bundle", vec!["bundle:old/a.toml"]));
}
