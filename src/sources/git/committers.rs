//! Who changed the files last that define identities: whom to ask where nobody is named as the owner.

use super::{arrivals::of_commit, facts::below};
use gix::{
    ObjectId, bstr::ByteSlice, revision::walk::Sorting, traverse::commit::simple::CommitTimeOrder,
};
use overstay_detectors::{
    custody::LAST_COMMITTER,
    evidence::{Identity, Record},
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// How many commits are looked at, newest first; a file that none of them touched has no committer.
const MAX_COMMITS: usize = 1_000;

/// Notes on each identity that a file below `root` defines who changed that file last.
pub(super) fn note(repository: &gix::Repository, root: &Path, records: &mut [Record]) {
    let Some(prefix) = below(repository, root) else { return };
    let mut wanted: HashMap<String, Vec<&mut Identity>> = HashMap::new();
    for record in records {
        if let Record::Identity(identity) = record
            && let Some(path) = identity.location.as_ref().and_then(|l| l.path.as_deref())
        {
            let path = prefix.join(path).to_string_lossy().into_owned();
            wanted.entry(path).or_default().push(identity);
        }
    }
    let Ok(head) = repository.head_id() else { return };
    let newest_first = Sorting::ByCommitTime(CommitTimeOrder::NewestFirst);
    let Ok(walk) = repository.rev_walk([head]).sorting(newest_first).all() else { return };
    // A shallow clone begins with a commit that seems to bring every file.
    let edge: HashSet<ObjectId> = match repository.shallow_commits() {
        Ok(Some(edge)) => edge.iter().copied().collect(),
        _ => HashSet::new(),
    };
    for info in walk.take(MAX_COMMITS) {
        let Ok(id) = info.map(|info| info.id) else { return };
        if wanted.is_empty() {
            return;
        }
        if edge.contains(&id) {
            continue;
        }
        let (Some(person), Ok(brought)) =
            (person(repository, id), of_commit(repository, id, &HashSet::new()))
        else {
            continue;
        };
        for identity in brought.iter().filter_map(|a| wanted.remove(&a.path)).flatten() {
            identity.attrs.insert(LAST_COMMITTER.into(), person.clone().into());
        }
    }
}

/// The author of a commit as a name; `None` for a program.
fn person(repository: &gix::Repository, id: ObjectId) -> Option<String> {
    let commit = repository.find_commit(id).ok()?;
    let author = commit.author().ok()?;
    let (name, email) = (author.name.to_str_lossy(), author.email.to_str_lossy().to_lowercase());
    if name.ends_with("[bot]") || email.contains("[bot]") || email == "noreply@github.com" {
        return None;
    }
    // <https://docs.github.com/en/account-and-profile/reference/email-addresses-reference>
    match email.strip_suffix("@users.noreply.github.com") {
        Some(login) => Some(format!("github:{}", login.rsplit('+').next().unwrap_or(login))),
        None => email.contains('@').then(|| format!("email:{email}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::git::{facts::Facts, testing::Repo};
    use overstay_detectors::evidence::Location;

    fn committer(repo: &Repo, root: &Path, path: &str) -> Option<String> {
        let location = Some(Location::file(path));
        let mut records = [Record::from(Identity { location, ..Identity::default() })];
        note(Facts::of(repo.path()).repository.as_ref().unwrap(), root, &mut records);
        let [Record::Identity(identity)] = records else { panic!() };
        identity.attrs.get(LAST_COMMITTER).map(|name| name.as_str().unwrap().to_owned())
    }

    fn change(repo: &Repo, path: &str, content: &str, author: &str) {
        repo.write(path, content);
        repo.git(&["add", path]);
        repo.git(&["commit", "-q", "-m", "change", "--author", author]);
    }

    #[test]
    fn the_last_person_counts_and_programs_do_not() {
        let repo = Repo::new();
        change(&repo, "infra/vault.tf", "1", "Bo <bo@example.com>");
        change(&repo, "infra/vault.tf", "2", "Al <4711+Al@users.noreply.github.com>");
        change(&repo, "other", "1", "Cy <cy@example.com>");
        let bot = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>";
        change(&repo, "infra/vault.tf", "3", bot);
        let al = Some("github:al".to_owned());
        assert_eq!(committer(&repo, repo.path(), "infra/vault.tf"), al);
        assert_eq!(committer(&repo, &repo.path().join("infra"), "vault.tf"), al);
        assert_eq!(committer(&repo, repo.path(), "other"), Some("email:cy@example.com".into()));
        repo.write("new.tf", "not committed");
        assert_eq!(committer(&repo, repo.path(), "new.tf"), None);
    }

    #[test]
    fn the_first_commit_of_a_shallow_clone_changed_nothing_that_is_known() {
        let (origin, clone) = (Repo::new(), tempfile::tempdir().unwrap());
        change(&origin, "a.tf", "1", "Bo <bo@example.com>");
        change(&origin, "b.tf", "1", "Cy <cy@example.com>");
        let url = format!("file://{}", origin.path().display());
        let to = clone.path().to_string_lossy().into_owned();
        origin.git(&["clone", "-q", "--depth", "1", &url, &to]);
        let mut records = [Record::from(Identity {
            location: Some(Location::file("a.tf")),
            ..Identity::default()
        })];
        note(Facts::of(clone.path()).repository.as_ref().unwrap(), clone.path(), &mut records);
        let [Record::Identity(identity)] = records else { panic!() };
        assert!(!identity.attrs.contains_key(LAST_COMMITTER), "{identity:?}");
    }
}
