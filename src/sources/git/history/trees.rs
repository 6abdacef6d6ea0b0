//! Trees: their entries, the names in them, and what hangs below what.

use super::{
    hash::ByteMap,
    objects::{Damage, Objects},
    pack::{Kind, Object, PackError, Visit},
};
use gix::bstr::ByteSlice;
use std::sync::{Mutex, PoisonError};

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
        let rest = tree.get(at..)?;
        let zero = memchr::memchr(0, rest)?;
        let (mode, name) = rest.get(..zero)?.split_once_str(b" ")?;
        let id = rest.get(zero + 1..zero + 1 + hash_len)?;
        at += zero + 1 + hash_len;
        // 40000 tree, 100644 and 100755 blob; links (120000) and submodules (160000) hold no text.
        let (is_tree, is_blob) = (mode == b"40000", mode.starts_with(b"100"));
        Some(TreeEntry { is_tree, is_blob, name, id, end: at })
    })
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

/// Which trees may lead to an object: those that name it, and those that were made from one of them.
#[derive(Default)]
struct Outline {
    /// An object, and a tree that has it and whose base does not.
    named: Vec<(u32, u32)>,
    /// A tree, and one that was made from it.
    derived: Vec<(u32, u32)>,
}

/// Reads the entries of a tree that its base does not have.
struct Naming<'a> {
    objects: &'a Objects,
    hash_len: usize,
    shared: &'a Mutex<Forest>,
    names: Names,
    /// A blob and a name of it.
    blobs: Vec<(u32, u32)>,
    outline: Outline,
}

impl Visit for Naming<'_> {
    type Note = u32;

    fn object(&mut self, tree: &Object, base: Option<&u32>) -> u32 {
        self.outline.derived.extend(base.map(|base| (*base, tree.number)));
        let fresh = tree.applied.map(|applied| applied.fresh.as_slice());
        let mut next = 0;
        let mut start = 0;
        for entry in entries(tree.bytes, self.hash_len) {
            let range = start..entry.end;
            start = entry.end;
            if let Some(fresh) = fresh {
                while fresh.get(next).is_some_and(|new| new.end <= range.start) {
                    next += 1;
                }
                match fresh.get(next) {
                    None => break,
                    Some(new) if new.start >= range.end => continue,
                    Some(_) => {}
                }
            }
            if !entry.is_blob && !entry.is_tree {
                continue;
            }
            let name = self.names.add(entry.name);
            if let Some(number) = self.objects.find(entry.id) {
                self.outline.named.push((number, tree.number));
                if entry.is_blob {
                    self.blobs.push((number, name));
                }
            }
        }
        tree.number
    }

    fn damaged(&mut self, _: PackError) {}
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
        shared.outline.named.append(&mut self.outline.named);
        shared.outline.derived.append(&mut self.outline.derived);
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
            hash_len,
            shared: &shared,
            names: Names::default(),
            blobs: Vec::new(),
            outline: Outline::default(),
        };
        objects.visit(Kind::Tree, damage, naming);
        let mut forest = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        forest.outline.named.sort_unstable();
        forest.outline.derived.sort_unstable();
        forest
    }

    /// The last path component of a blob, the first in order if it has several; empty if no tree
    /// names it.
    pub(super) fn name_of(&self, blob: u32) -> &[u8] {
        let place = self.of.get(blob as usize).copied().unwrap_or(0);
        place.checked_sub(1).map_or(&[], |name| self.names.name(name))
    }

    /// The objects from which one of the wanted may be reached, themselves included, by number.
    pub(super) fn leading_to(&self, wanted: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut leading = vec![false; self.of.len()];
        let mut next: Vec<u32> = wanted.collect();
        while let Some(object) = next.pop() {
            let Some(known) = leading.get_mut(object as usize) else { continue };
            if !std::mem::replace(known, true) {
                next.extend(of(&self.outline.named, object));
                next.extend(of(&self.outline.derived, object));
            }
        }
        leading
    }

    fn call(&mut self, blob: u32, name: u32) {
        let present = self.name_of(blob);
        let better = present.is_empty() || self.names.name(name) < present;
        if better && let Some(slot) = self.of.get_mut(blob as usize) {
            *slot = name.saturating_add(1);
        }
    }
}

/// The second numbers of all pairs with the first number, in sorted pairs.
fn of(pairs: &[(u32, u32)], first: u32) -> impl Iterator<Item = u32> {
    let start = pairs.partition_point(|pair| pair.0 < first);
    let pairs = pairs.get(start..).unwrap_or_default();
    pairs.iter().take_while(move |pair| pair.0 == first).map(|pair| pair.1)
}
