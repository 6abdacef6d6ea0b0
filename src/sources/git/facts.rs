//! What a repository says about itself: where it comes from, what is checked out.

use gix::bstr::ByteSlice;
use jiff::Timestamp;
use overstay_detectors::evidence::{Attrs, Resource, Src};
use std::path::{Path, PathBuf};

/// A repository and what it says about itself.
pub(super) struct Facts {
    /// The repository, opened without looking at anything outside it.
    pub(super) repository: Option<gix::Repository>,
    /// `owner/name` of the remote, or the name of the folder.
    pub(super) name: String,
    /// `host/owner/name` of the remote.
    remote: Option<Remote>,
    /// The commit that is checked out, in hex.
    commit: Option<String>,
    /// The branch that is checked out.
    branch: Option<String>,
}

/// Where a repository was cloned from, without credentials.
#[derive(Debug, PartialEq, Eq)]
struct Remote {
    url: String,
    host: String,
    path: String,
}

impl Facts {
    /// Looks for the repository that `root` lies in; a folder outside any repository has a name only.
    pub(super) fn of(root: &Path) -> Facts {
        let repository = discover(root);
        let remote = repository.as_ref().and_then(remote);
        let commit =
            repository.as_ref().and_then(|r| r.head_id().ok()).map(|id| id.to_hex().to_string());
        let branch = repository
            .as_ref()
            .and_then(|r| r.head_name().ok().flatten())
            .map(|name| name.shorten().to_str_lossy().into_owned());
        let name = match &remote {
            Some(remote) => remote.path.clone(),
            None => {
                folder_name(repository.as_ref().and_then(gix::Repository::workdir).unwrap_or(root))
            }
        };
        Facts { repository, name, remote, commit, branch }
    }

    /// The same under another name.
    pub(super) fn named(self, name: String) -> Facts {
        Facts { name, ..self }
    }

    /// The source under which the records of this repository go.
    pub(super) fn src(&self) -> Src {
        Src::of("git", &self.name)
    }

    /// `owner/name`, when the remote says so.
    pub(super) fn owner_and_name(&self) -> Option<&str> {
        self.remote.as_ref().map(|remote| remote.path.as_str())
    }

    /// True for a repository without a working tree.
    pub(super) fn is_bare(&self) -> bool {
        self.repository.as_ref().is_some_and(|repository| repository.workdir().is_none())
    }

    /// The tree of the commit that is checked out.
    pub(super) fn head_tree(&self) -> Option<gix::ObjectId> {
        Some(self.repository.as_ref()?.head_tree_id().ok()?.detach())
    }

    /// The `repository` record: remote, commit, branch, for provenance.
    pub(super) fn record(&self, as_of: Timestamp) -> Option<Resource> {
        let repository = self.repository.as_ref()?;
        let subject = match &self.remote {
            Some(remote) if remote.host == "github.com" => format!("github:{}", remote.path),
            Some(remote) => format!("git:{}/{}", remote.host, remote.path),
            None => format!("git:{}", self.name),
        };
        let mut attrs = Attrs::new();
        let mut say = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                attrs.insert(name.to_owned(), value.into());
            }
        };
        say("remote", self.remote.as_ref().map(|remote| remote.url.as_str()));
        say("commit", self.commit.as_deref());
        say("branch", self.branch.as_deref());
        attrs.insert("shallow".to_owned(), repository.is_shallow().unwrap_or(false).into());
        Some(Resource {
            id: format!("resource:git:{}", self.name),
            src: self.src(),
            as_of,
            kind: "repository".to_owned(),
            subject,
            attrs,
            ..Resource::default()
        })
    }
}

/// The paths that git tracks below `root`, relative to it.
pub(super) fn tracked(repository: &gix::Repository, root: &Path) -> Vec<PathBuf> {
    let Ok(index) = repository.open_index() else { return Vec::new() };
    let Some(prefix) = below(repository, root) else { return Vec::new() };
    let files = index.entries().iter().filter(|entry| {
        matches!(
            entry.mode,
            gix::index::entry::Mode::FILE | gix::index::entry::Mode::FILE_EXECUTABLE
        )
    });
    files
        .filter_map(|entry| {
            let path = gix::path::from_bstr(entry.path(&index)).ok()?;
            path.strip_prefix(&prefix).ok().map(Path::to_owned)
        })
        .collect()
}

/// Where `root` lies in the working tree; `None` outside of it.
pub(super) fn below(repository: &gix::Repository, root: &Path) -> Option<PathBuf> {
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (root, workdir) = (absolute(root), absolute(repository.workdir()?));
    root.strip_prefix(&workdir).ok().map(Path::to_owned)
}

fn discover(root: &Path) -> Option<gix::Repository> {
    let folder = if root.is_file() { root.parent()? } else { root };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let isolated = || gix::open::Options::isolated().strict_config(false);
    let trust = gix::sec::trust::Mapping { full: isolated(), reduced: isolated() };
    let found = gix::ThreadSafeRepository::discover_opts(folder, Default::default(), trust);
    found.ok().map(|repository| repository.to_thread_local())
}

fn folder_name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder.file_name().map_or_else(|| "root".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn remote(repository: &gix::Repository) -> Option<Remote> {
    let remote = repository.find_default_remote(gix::remote::Direction::Fetch)?.ok()?;
    let url = remote.url(gix::remote::Direction::Fetch)?;
    let host = url.host()?.to_ascii_lowercase();
    let path = url.path.to_str_lossy();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // The URL may carry a credential: only its parts that cannot are kept.
    let url = format!("https://{host}/{path}");
    (!path.is_empty()).then(|| Remote { url, host, path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::git::testing::Repo;

    #[test]
    fn a_remote_is_named_without_its_credential() {
        let repo = Repo::new();
        repo.commit("a", "x", "first");
        for url in [
            "https://user:hunter2hunter2@GitHub.com/acme/shop.git",
            "git@github.com:acme/shop.git",
            "ssh://git@github.com/acme/shop",
        ] {
            repo.git(&["remote", "add", "origin", url]);
            let facts = Facts::of(repo.path());
            let record = facts.record(Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(record.subject, "github:acme/shop");
            assert_eq!(record.attrs["remote"], "https://github.com/acme/shop");
            assert_eq!(record.attrs["branch"], "main");
            assert_eq!(record.attrs["commit"], *repo.git(&["rev-parse", "HEAD"]));
            assert_eq!(facts.owner_and_name(), Some("acme/shop"));
            repo.git(&["remote", "remove", "origin"]);
        }
    }

    #[test]
    fn a_plain_folder_and_an_unborn_branch_have_a_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Facts::of(folder.path()).record(Timestamp::UNIX_EPOCH).is_none());
        let repo = Repo::new();
        let record = Facts::of(repo.path()).record(Timestamp::UNIX_EPOCH).unwrap();
        assert!(!record.attrs.contains_key("commit"));
        assert_eq!(record.attrs["branch"], "main");
    }

    #[test]
    fn tracked_paths_are_relative_to_the_scanned_folder() {
        let repo = Repo::new();
        repo.commit("deep/a", "x", "first");
        repo.commit("b", "x", "second");
        let facts = Facts::of(repo.path());
        let repository = facts.repository.as_ref().unwrap();
        assert_eq!(tracked(repository, repo.path()), [PathBuf::from("b"), PathBuf::from("deep/a")]);
        assert_eq!(tracked(repository, &repo.path().join("deep")), [PathBuf::from("a")]);
    }
}
