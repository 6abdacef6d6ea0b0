//! Commits, whatever refers to them, and the order in which they came.

use super::{hash::SmallMap, objects::Objects};
use gix::bstr::ByteSlice;
use jiff::Timestamp;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Mutex, PoisonError},
};

/// One commit.
pub(super) struct Commit {
    pub(super) tree: Option<u32>,
    pub(super) parents: Vec<u32>,
    authored: i64,
    committed: i64,
}

/// The commits of a repository, by number, whatever refers to them.
pub(super) struct Commits {
    by_number: SmallMap<u32, Commit>,
}

/// Collects commits.
pub(super) struct Reading<'a> {
    objects: &'a Objects,
    shared: &'a Mutex<Commits>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(objects: &'a Objects, shared: &'a Mutex<Commits>) -> Reading<'a> {
        Reading { objects, shared }
    }

    /// Takes note of a commit.
    pub(super) fn commit(&self, number: u32, bytes: &[u8]) {
        let Some(commit) = parse_commit(self.objects, bytes) else { return };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.by_number.insert(number, commit);
    }
}

fn parse_commit(objects: &Objects, bytes: &[u8]) -> Option<Commit> {
    let find = |hex: &[u8]| objects.find(gix::ObjectId::from_hex(hex).ok()?.as_bytes());
    let mut commit = Commit { tree: None, parents: Vec::new(), authored: 0, committed: 0 };
    for line in bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
        let Some((word, rest)) = line.split_once_str(b" ") else { continue };
        match word {
            b"tree" => commit.tree = find(rest),
            b"parent" => commit.parents.extend(find(rest)),
            b"author" => commit.authored = seconds(rest),
            b"committer" => commit.committed = seconds(rest),
            _ => {}
        }
    }
    Some(commit)
}

/// The time in an author or committer line: the last word but one.
fn seconds(line: &[u8]) -> i64 {
    let time = line.rsplit(|byte| *byte == b' ').nth(1);
    time.and_then(|time| time.to_str().ok()?.parse().ok()).unwrap_or(0)
}

impl Commits {
    pub(super) fn new() -> Commits {
        Commits { by_number: SmallMap::default() }
    }

    /// A commit.
    pub(super) fn get(&self, number: u32) -> Option<&Commit> {
        self.by_number.get(&number)
    }

    /// When a commit was authored.
    pub(super) fn authored(&self, number: u32) -> Option<Timestamp> {
        Timestamp::from_second(self.by_number.get(&number)?.authored).ok()
    }

    /// The commits, each after its parents; of several that could come next, the one that was
    /// committed first.
    pub(super) fn in_order(&self, objects: &Objects) -> Vec<u32> {
        let mut children: SmallMap<u32, Vec<u32>> = SmallMap::default();
        let mut waiting: SmallMap<u32, usize> = SmallMap::default();
        let mut ready = BinaryHeap::new();
        let key =
            |number: u32, commit: &Commit| Reverse((commit.committed, objects.id(number), number));
        for (number, commit) in &self.by_number {
            let parents = commit.parents.iter().filter(|p| self.by_number.contains_key(p));
            let mut count = 0;
            for parent in parents {
                children.entry(*parent).or_default().push(*number);
                count += 1;
            }
            if count == 0 {
                ready.push(key(*number, commit));
            } else {
                waiting.insert(*number, count);
            }
        }
        let mut order = Vec::with_capacity(self.by_number.len());
        while let Some(Reverse((_, _, number))) = ready.pop() {
            order.push(number);
            for child in children.remove(&number).unwrap_or_default() {
                let Some(left) = waiting.get_mut(&child) else { continue };
                *left -= 1;
                if *left == 0
                    && let Some(commit) = self.by_number.get(&child)
                {
                    ready.push(key(child, commit));
                }
            }
        }
        order
    }
}
