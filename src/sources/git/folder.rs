//! What git writes down beside the objects: settings, hooks, the logs of refs, messages in the
//! making. A remote's URL or an extra header there often carries a credential.

use overstay_detectors::{
    evidence::{LineIndex, Location, Sighting},
    readers::secrets::{Hit, Matcher},
};
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// How deep the folder is read.
const DEPTH: usize = 16;
/// Folders that hold no text: objects, large files.
const NO_TEXT: [&str; 2] = ["objects", "lfs"];

/// What stands beside the objects.
pub(super) struct Beside {
    pub(super) hits: Vec<(Hit, Sighting)>,
    /// What could not be read: the part, why, and what would mend it.
    pub(super) unread: Vec<(String, String, String)>,
}

/// Reads the texts in the folder of a repository, and in that of its worktree.
pub(super) fn read(repository: &gix::Repository, matcher: &Matcher, max_file: u64) -> Beside {
    let mut beside = Beside { hits: Vec::new(), unread: Vec::new() };
    let mut files = Vec::new();
    let folders = [repository.common_dir(), repository.git_dir()];
    for folder in folders.iter().take(if folders[0] == folders[1] { 1 } else { 2 }) {
        list(folder, 0, &mut files);
        files.sort();
        for file in files.drain(..) {
            let Ok(below) = file.strip_prefix(folder) else { continue };
            let below = below.to_string_lossy().replace('\\', "/");
            let bare = repository.workdir().is_none();
            let shown = if bare { below } else { format!(".git/{below}") };
            beside.file(&file, &shown, matcher, max_file);
        }
    }
    beside
}

impl Beside {
    fn file(&mut self, file: &Path, shown: &str, matcher: &Matcher, max_file: u64) {
        let mut unread = |why: String, remedy: &str| {
            self.unread.push((shown.to_owned(), why, remedy.to_owned()));
        };
        match fs::metadata(file) {
            Ok(facts) if facts.len() > max_file => {
                unread(format!("it has {} bytes", facts.len()), "raise walk.max_file_bytes");
                return;
            }
            _ => {}
        }
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(why) => return unread(why.to_string(), "make it readable"),
        };
        let lines = LineIndex::new(&bytes);
        matcher.scan(shown, &bytes, &mut |hit| {
            let location = Location::in_file(shown, lines.region(hit.range.clone()));
            self.hits.push((hit, Sighting { location, ..Sighting::default() }));
        });
    }
}

/// The files that may hold text. Links are not followed.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(listing) = fs::read_dir(folder) else { return };
    for entry in listing.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            let holds_text = !NO_TEXT.iter().any(|no_text| name == *no_text);
            if holds_text && depth < DEPTH {
                list(&path, depth + 1, files);
            }
        } else if kind.is_file() && name != "index" && path.extension() != Some("sample".as_ref()) {
            files.push(path);
        }
    }
}

/// Adds what stands beside the objects. The logs and the last messages repeat what commits say: of
/// them only what stands nowhere else is a place of its own.
pub(super) fn add(hits: &mut Vec<(Hit, Sighting)>, beside: Vec<(Hit, Sighting)>) {
    let known: HashSet<String> = hits.iter().map(|(hit, _)| hit.fingerprint.clone()).collect();
    let is_echo = |path: &str| path.contains("logs/") || path.ends_with("MSG");
    hits.extend(beside.into_iter().filter(|(hit, sighting)| {
        let path = sighting.location.path.as_deref().unwrap_or_default();
        !is_echo(path) || !known.contains(&hit.fingerprint)
    }));
}
