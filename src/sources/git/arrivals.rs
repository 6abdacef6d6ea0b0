//! What commits bring: blobs that none of the parents has at the same path.

use super::history::{TreeEntry, entries};
use gix::{ObjectId, bstr::ByteSlice};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};

/// A version of a file that a commit brings.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) blob: ObjectId,
    /// The path in the repository, `/`-separated.
    pub(super) path: String,
    /// The commit; `None` for what is only staged.
    pub(super) commit: Option<ObjectId>,
    pub(super) authored: Option<Timestamp>,
    /// What stood at this path in the parents; for a new path, what the commit removed elsewhere.
    pub(super) before: Vec<ObjectId>,
}

/// An object that is missing or damaged.
#[derive(Debug, thiserror::Error)]
#[error("object {0} is missing or damaged")]
pub(super) struct Missing(pub(super) ObjectId);

/// A commit, as far as it matters here.
pub(super) struct CommitFacts {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    pub(super) authored: Option<Timestamp>,
}

/// Reads a commit.
pub(super) fn commit(repository: &gix::Repository, id: ObjectId) -> Result<CommitFacts, Missing> {
    let missing = |_| Missing(id);
    let commit = repository.find_commit(id).map_err(missing)?;
    let authored = commit.author().ok().and_then(|author| author.time().ok());
    Ok(CommitFacts {
        tree: commit.tree_id().map_err(missing)?.detach(),
        parents: commit.parent_ids().map(gix::Id::detach).collect(),
        authored: authored.and_then(|time| Timestamp::from_second(time.seconds).ok()),
    })
}

/// What a commit brings, by path. Parents in `absent` are beyond the edge of a shallow clone.
pub(super) fn of_commit(
    repository: &gix::Repository,
    id: ObjectId,
    absent: &HashSet<ObjectId>,
) -> Result<Vec<Arrival>, Missing> {
    let facts = commit(repository, id)?;
    let mut parents = Vec::new();
    for parent in facts.parents.iter().filter(|parent| !absent.contains(*parent)) {
        parents.push(commit(repository, *parent)?.tree);
    }
    let mut difference = Difference::new(repository);
    difference.trees(&facts.tree, &parents)?;
    Ok(difference.finish(Some(id), facts.authored))
}

/// The files of a tree: path and blob.
pub(super) fn files(
    repository: &gix::Repository,
    tree: ObjectId,
) -> Result<Vec<(String, ObjectId)>, Missing> {
    let mut difference = Difference::new(repository);
    difference.trees(&tree, &[])?;
    Ok(difference.brought.into_iter().map(|(path, blob, _)| (path, blob)).collect())
}

/// The walk through a tree and those that it is compared with, side by side.
struct Difference<'a> {
    repository: &'a gix::Repository,
    brought: Vec<(String, ObjectId, Vec<ObjectId>)>,
    removed: BTreeSet<ObjectId>,
}

/// An entry of a tree, owned.
#[derive(Clone)]
struct Item {
    name: Vec<u8>,
    id: ObjectId,
    is_tree: bool,
    is_blob: bool,
}

impl<'a> Difference<'a> {
    fn new(repository: &'a gix::Repository) -> Difference<'a> {
        Difference { repository, brought: Vec::new(), removed: BTreeSet::new() }
    }

    fn trees(&mut self, tree: &ObjectId, others: &[ObjectId]) -> Result<(), Missing> {
        let mut stack = vec![(*tree, others.to_vec(), Vec::new())];
        while let Some((tree, others, path)) = stack.pop() {
            let items = self.items(&tree)?;
            let mut sides = Vec::new();
            for other in &others {
                sides.push(self.items(other)?);
            }
            for item in &items {
                let same_name =
                    |side: &Vec<Item>| side.iter().find(|i| i.name == item.name).cloned();
                let before: Vec<Item> = sides.iter().filter_map(same_name).collect();
                if before.iter().any(|before| before.id == item.id) {
                    continue;
                }
                let mut path: Vec<u8> = path.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend(&item.name);
                if item.is_tree {
                    let trees = before.iter().filter(|i| i.is_tree).map(|i| i.id).collect();
                    stack.push((item.id, trees, path));
                } else if item.is_blob {
                    let blobs = before.iter().filter(|i| i.is_blob).map(|i| i.id).collect();
                    self.brought.push((path.to_str_lossy().into_owned(), item.id, blobs));
                }
            }
            for gone in sides.iter().flatten().filter(|i| items.iter().all(|j| j.name != i.name)) {
                self.gone(gone)?;
            }
        }
        Ok(())
    }

    /// Takes note of everything that an entry that is gone held.
    fn gone(&mut self, item: &Item) -> Result<(), Missing> {
        let mut stack = vec![item.clone()];
        while let Some(item) = stack.pop() {
            if item.is_blob {
                self.removed.insert(item.id);
            } else if item.is_tree {
                stack.extend(self.items(&item.id)?);
            }
        }
        Ok(())
    }

    fn items(&self, tree: &ObjectId) -> Result<Vec<Item>, Missing> {
        let object = self.repository.find_object(*tree).map_err(|_| Missing(*tree))?;
        let owned = |entry: TreeEntry| {
            let id = ObjectId::try_from(entry.id).ok()?;
            let (is_tree, is_blob) = (entry.is_tree, entry.is_blob);
            Some(Item { name: entry.name.to_owned(), id, is_tree, is_blob })
        };
        Ok(entries(&object.data, tree.as_bytes().len()).filter_map(owned).collect())
    }

    fn finish(self, commit: Option<ObjectId>, authored: Option<Timestamp>) -> Vec<Arrival> {
        let removed: Vec<ObjectId> = self.removed.into_iter().collect();
        let arrival = |(path, blob, before): (String, ObjectId, Vec<ObjectId>)| {
            let before = if before.is_empty() { removed.clone() } else { before };
            Arrival { blob, path, commit, authored, before }
        };
        self.brought.into_iter().map(arrival).collect()
    }
}
