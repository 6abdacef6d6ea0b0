//! Trees: their entries, the names in them, and what hangs below what.

use super::{
    hash::ByteMap,
    objects::{Damage, Objects},
    outline::{Edge, Outline},
    pack::{Kind, Object, PackError, Visit},
};
use memchr::memchr;
use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

/// One line of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sources::git) struct TreeEntry<'a> {
    pub(in crate::sources::git) is_tree: bool,
    pub(in crate::sources::git) is_blob: bool,
    pub(in crate::sources::git) name: &'a [u8],
    pub(in crate::sources::git) id: &'a [u8],
    /// Where the entry ends in the tree.
    end: usize,
}

/// The entries of a tree; stops at the first damaged one.
pub(in crate::sources::git) fn entries(
    tree: &[u8],
    hash_len: usize,
) -> impl Iterator<Item = TreeEntry<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let entry = entry_at(tree, at, hash_len)?;
        at = entry.end;
        Some(entry)
    })
}

/// The entry that starts at a place: mode, space, name, zero byte, id.
fn entry_at(tree: &[u8], at: usize, hash_len: usize) -> Option<TreeEntry<'_>> {
    let rest = tree.get(at..)?;
    let zero = memchr(0, rest)?;
    let space = memchr(b' ', rest.get(..zero)?)?;
    let (mode, name) = (rest.get(..space)?, rest.get(space + 1..zero)?);
    let id = rest.get(zero + 1..zero + 1 + hash_len)?;
    // 40000 tree, 100644 and 100755 blob; links (120000) and submodules (160000) hold no text.
    let (is_tree, is_blob) = (mode == b"40000", mode.starts_with(b"100"));
    Some(TreeEntry { is_tree, is_blob, name, id, end: at + zero + 1 + hash_len })
}

/// Every name that an entry of a tree has, by number.
#[derive(Default)]
pub(super) struct Names {
    numbers: ByteMap<u32>,
    names: Vec<Box<[u8]>>,
}

impl Names {
    /// The number of a name, if there is such a name.
    pub(super) fn number(&self, name: &[u8]) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The name with a number; empty if there is none.
    pub(super) fn name(&self, number: u32) -> &[u8] {
        self.names.get(number as usize).map_or(&[], |name| name)
    }

    fn add(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.number(name) {
            return number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

/// What the trees of a repository say, in outline.
pub(super) struct Forest {
    pub(super) names: Names,
    /// By number of the object: the number of its name and one, or 0.
    of: Vec<u32>,
    outline: Outline,
}

/// Reads the entries of a tree that its base does not have.
struct Naming<'a> {
    objects: &'a Objects,
    damage: &'a Mutex<Vec<Damage>>,
    hash_len: usize,
    shared: &'a Mutex<Forest>,
    names: Names,
    /// A blob and a name of it.
    blobs: Vec<(u32, u32)>,
    outline: Outline,
    recent: Recent,
}

/// Finds that were made a moment ago: trees that are stored as a whole have most entries in common
/// with those before them.
struct Recent(Vec<([u8; 32], Option<u32>)>);

impl Recent {
    /// How many finds are remembered.
    const SIZE: usize = 1 << 12;

    fn find(&mut self, id: &[u8], objects: &Objects) -> Option<u32> {
        let place = id.first_chunk().map_or(0, |two| usize::from(u16::from_be_bytes(*two)));
        let Some((known, number)) = self.0.get_mut(place % Recent::SIZE) else {
            return objects.find(id);
        };
        let known = known.get_mut(..id.len())?;
        if known != id {
            known.copy_from_slice(id);
            *number = objects.find(id);
        }
        *number
    }
}

/// A tree that was read: its number, and its entries with the place where each ends.
struct Tree {
    number: u32,
    entries: Vec<(u32, Edge)>,
}

impl Tree {
    /// The place where an entry starts; that of the one after the last is the end of the tree.
    fn start(&self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|before| self.entries.get(before));
        before.map_or(0, |before| before.0 as usize)
    }

    /// The entries in a range of the tree that starts with one.
    fn within(&self, range: Range<usize>) -> Option<Range<usize>> {
        let at = |end: &(u32, Edge)| (end.0 as usize).cmp(&range.start);
        let first = match range.start {
            0 => 0,
            _ => self.entries.binary_search_by(at).ok()? + 1,
        };
        let end = self.entries.partition_point(|entry| entry.0 as usize <= range.end);
        (first < end).then_some(first..end)
    }
}

impl Visit for Naming<'_> {
    type Note = Tree;

    fn object(&mut self, tree: &Object, base: Option<&Tree>) -> Tree {
        let mut made = Tree { number: tree.number, entries: Vec::new() };
        self.outline.tree(tree.number, base.map(|base| base.number));
        let mut copied = tree.applied.map_or(&[][..], |applied| &applied.copied);
        loop {
            let at = made.start(made.entries.len());
            while copied.first().is_some_and(|run| run.to + run.len <= at) {
                copied.split_off_first();
            }
            let run = copied.first().filter(|run| run.to <= at);
            let shared = run.zip(base).and_then(|(run, base)| {
                let range = run.from + (at - run.to)..run.from + run.len;
                Some((base, base.within(range)?))
            });
            if let Some((base, shared)) = shared {
                self.outline.copied(shared.start, shared.len());
                let start = base.start(shared.start);
                let moved =
                    |(end, edge): &(u32, Edge)| ((*end as usize - start + at) as u32, *edge);
                let entries = base.entries.get(shared).unwrap_or_default();
                made.entries.extend(entries.iter().map(moved));
            } else if let Some(entry) = entry_at(tree.bytes, at, self.hash_len) {
                let edge = self.edge(&entry);
                self.outline.new_edge(edge);
                made.entries.push((entry.end as u32, edge));
            } else {
                if at < tree.bytes.len() {
                    self.broken(tree.number);
                }
                return made;
            }
        }
    }

    fn damaged(&mut self, _: PackError) {}
}

impl Naming<'_> {
    /// Says of a tree that it was not read to its end.
    fn broken(&self, tree: u32) {
        let id = self.objects.id(tree).map_or_else(String::new, |id| id.to_string());
        let why = "it is no tree, or has an entry that cannot be read".to_owned();
        self.objects.say(self.damage, Damage { part: format!("object {id}"), why });
    }

    fn edge(&mut self, entry: &TreeEntry) -> Edge {
        if !entry.is_blob && !entry.is_tree {
            return Edge::BLIND;
        }
        let name = self.names.add(entry.name);
        let Some(object) = self.recent.find(entry.id, self.objects) else { return Edge::BLIND };
        if entry.is_blob {
            self.blobs.push((object, name));
        }
        Edge::new(name, entry.is_blob, object)
    }
}

impl Drop for Naming<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = &mut *shared;
        let numbers: Vec<u32> =
            self.names.names.iter().map(|name| shared.names.add(name)).collect();
        for (blob, name) in self.blobs.drain(..) {
            if let Some(name) = numbers.get(name as usize) {
                shared.call(blob, *name);
            }
        }
        shared.outline.append(&mut self.outline, &numbers);
    }
}

impl Forest {
    /// Reads every tree once.
    pub(super) fn read(objects: &Objects, damage: &Mutex<Vec<Damage>>) -> Forest {
        let hash_len = objects.hash_len();
        let (names, outline) = (Names::default(), Outline::default());
        let shared = Mutex::new(Forest { names, of: vec![0; objects.len()], outline });
        let naming = || Naming {
            objects,
            damage,
            hash_len,
            shared: &shared,
            names: Names::default(),
            blobs: Vec::new(),
            outline: Outline::default(),
            recent: Recent(vec![([0; 32], None); Recent::SIZE]),
        };
        objects.visit(Kind::Tree, damage, naming);
        shared.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last path component of a blob, the first in order if it has several; empty if no tree
    /// names it.
    pub(super) fn name_of(&self, blob: u32) -> &[u8] {
        let place = self.of.get(blob as usize).copied().unwrap_or(0);
        place.checked_sub(1).map_or(&[], |name| self.names.name(name))
    }

    /// The objects from which one of the wanted may be reached, themselves included, by number.
    pub(super) fn leading_to(&self, wanted: impl Iterator<Item = u32>) -> Vec<bool> {
        self.outline.leading_to(wanted, self.of.len())
    }

    /// Calls `see` with every tree and its entries.
    pub(super) fn for_each_tree(&self, see: impl FnMut(u32, &[Edge])) {
        self.outline.for_each_tree(see);
    }

    fn call(&mut self, blob: u32, name: u32) {
        let present = self.name_of(blob);
        let better = present.is_empty() || self.names.name(name) < present;
        if better && let Some(slot) = self.of.get_mut(blob as usize) {
            *slot = name.saturating_add(1);
        }
    }
}
