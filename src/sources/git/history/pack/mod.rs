//! A pack file as a forest: whole objects are roots, deltas hang below their base. Walked in the
//! order of the file, every entry is read and inflated once.

mod index;
mod unpack;
mod weigh;
mod window;

use super::delta::Applied;
use index::Index;
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Mutex,
};
pub(in super::super) use unpack::MAX_OBJECT;
pub(super) use unpack::Unpacker;
pub(in super::super) use weigh::{Limits, Refused, weigh};
use window::{Data, Head, Window};

/// No entry.
const NONE: u32 = u32::MAX;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// Why a pack, or an entry of it, cannot be read. Offsets are bytes from the start of the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("its index is damaged")]
    Index,
    #[error("its index has version {0}; versions 1 and 2 can be read")]
    IndexVersion(u32),
    #[error("the entry at byte {0} is damaged")]
    Entry(u64),
    #[error("the object at byte {0}, or one that it is made from, has too many bytes to be held")]
    TooLarge(u64),
    #[error("{0} of its objects hang on objects that it does not hold")]
    Adrift(usize),
}

/// One entry of a pack.
struct Entry {
    /// Where its compressed data starts.
    data: u64,
    /// Where the next entry starts.
    end: u64,
    /// The size of the object, or of the delta.
    size: usize,
    /// Its place in the index.
    in_index: u32,
    kind: Kind,
    /// True for a whole object.
    is_root: bool,
    first_child: u32,
    next_sibling: u32,
}

/// A pack, its entries in the order of the file.
pub(super) struct Pack {
    path: PathBuf,
    data: Data,
    index: Index,
    entries: Vec<Entry>,
    /// By place in the index: place in `entries`.
    by_index: Vec<u32>,
    roots: Vec<u32>,
    adrift: usize,
    /// Objects that need much memory are rebuilt by one thread at a time.
    turn: Mutex<()>,
}

/// One object of a pack, as a visitor sees it.
pub(super) struct Object<'a> {
    /// Its number in the pack.
    pub(super) number: u32,
    pub(super) bytes: &'a [u8],
    /// The bytes that its base does not have; `None` for a whole object.
    pub(super) applied: Option<&'a Applied>,
}

/// Receives the objects of a pack. `Note` is what the visitor wants to know again of the base when
/// an object that was made from it is visited.
pub(super) trait Visit {
    type Note;
    fn object(&mut self, object: &Object, base: Option<&Self::Note>) -> Self::Note;
    /// True if an object of so many bytes is wanted as a stream, where nothing is made from it.
    fn is_long(&self, _size: u64) -> bool {
        false
    }
    /// A long object: its number, its size, and its content to be read.
    fn stream(&mut self, _number: u32, _size: u64, _content: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }
    /// An object that has too many bytes to be held, or is made from one that has; true if the
    /// visitor takes note of it.
    fn too_large(&mut self, _number: u32) -> bool {
        false
    }
    fn damaged(&mut self, error: PackError);
}

impl Pack {
    /// Reads the index and the entry headers of the pack beside it; all of the pack, if it has at most
    /// so many bytes as there is `room` for.
    pub(super) fn open(index: &Path, hash_len: usize, room: &mut u64) -> Result<Pack, PackError> {
        let path = index.with_extension("pack");
        let index = Index::parse(fs::read(index)?, hash_len)?;
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        let data = Data::read(file, length, *room)?;
        if let Data::Whole(bytes) = &data {
            *room = room.saturating_sub(bytes.len() as u64);
        }
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(index.len());
        for at in 0..index.len() {
            let offset = index.offset(at).ok_or(PackError::Index)?;
            order.push((offset, u32::try_from(at).map_err(|_| PackError::Index)?));
        }
        order.sort_unstable();
        let mut pack = Pack {
            path,
            data,
            by_index: vec![NONE; index.len()],
            index,
            entries: Vec::with_capacity(order.len()),
            roots: Vec::new(),
            adrift: 0,
            turn: Mutex::default(),
        };
        let tail = length.saturating_sub(hash_len as u64);
        let bases = pack.read_headers(&order, tail)?;
        pack.link(&bases);
        Ok(pack)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many objects it has.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The id of an object.
    pub(super) fn id(&self, number: u32) -> &[u8] {
        self.entries
            .get(number as usize)
            .map_or(&[], |entry| self.index.id(entry.in_index as usize))
    }

    /// The number of the object with an id.
    pub(super) fn find(&self, id: &[u8]) -> Option<u32> {
        self.by_index.get(self.index.find(id)?).copied().filter(|number| *number != NONE)
    }

    /// How many objects hang on objects that the pack does not hold.
    pub(super) fn adrift(&self) -> usize {
        self.adrift
    }

    /// The whole objects of a kind, in the order of the file: where the deltas of that kind hang.
    pub(super) fn roots(&self, kind: Kind) -> Vec<u32> {
        let of_kind =
            |root: &&u32| self.entries.get(**root as usize).is_some_and(|e| e.kind == kind);
        self.roots.iter().filter(of_kind).copied().collect()
    }

    /// The wanted objects of a kind and those that they are made from, by number.
    pub(super) fn needed(&self, kind: Kind, wanted: impl Fn(u32) -> bool) -> Vec<bool> {
        let mut needed = vec![false; self.entries.len()];
        let mut order = Vec::new();
        for root in self.roots(kind) {
            order.clear();
            order.push((root, NONE));
            let mut at = 0;
            while let Some(&(number, _)) = order.get(at) {
                at += 1;
                let mut child = self.entries.get(number as usize).map_or(NONE, |e| e.first_child);
                while let Some(next) = self.entries.get(child as usize) {
                    order.push((child, number));
                    child = next.next_sibling;
                }
            }
            for &(number, base) in order.iter().rev() {
                let Some(slot) = needed.get_mut(number as usize) else { continue };
                *slot = *slot || wanted(number);
                if *slot && let Some(base) = needed.get_mut(base as usize) {
                    *base = true;
                }
            }
        }
        needed
    }

    /// Reads every entry's header, in order; gives the base of each delta.
    fn read_headers(&mut self, order: &[(u64, u32)], tail: u64) -> Result<Vec<u32>, PackError> {
        let hash_len = self.index.hash_len();
        let mut window = Window::default();
        let mut bases = vec![NONE; order.len()];
        for (number, &(offset, in_index)) in order.iter().enumerate() {
            let end = order.get(number + 1).map_or(tail, |next| next.0);
            let damaged = || PackError::Entry(offset);
            if end <= offset {
                return Err(damaged());
            }
            let head_end = end.min(offset + 64);
            let mut head = Head::new(self.data.get(&mut window, offset..head_end)?);
            let (packed_as, size) = head.kind_and_size().ok_or_else(damaged)?;
            let base = match packed_as {
                6 => {
                    let distance = head.distance().ok_or_else(damaged)?;
                    let base = offset.checked_sub(distance).ok_or_else(damaged)?;
                    order.binary_search_by_key(&base, |place| place.0).ok()
                }
                7 => {
                    let id = head.take(hash_len).ok_or_else(damaged)?;
                    let base = self.index.find(id).and_then(|at| self.index.offset(at));
                    base.and_then(|base| order.binary_search_by_key(&base, |place| place.0).ok())
                }
                _ => None,
            };
            if let (Some(slot), Some(base)) = (bases.get_mut(number), base) {
                *slot = u32::try_from(base).unwrap_or(NONE);
            }
            let kind = match packed_as {
                1 => Kind::Commit,
                2 => Kind::Tree,
                4 => Kind::Tag,
                // A delta gets the kind of its root.
                3 | 6 | 7 => Kind::Blob,
                _ => return Err(damaged()),
            };
            let number = u32::try_from(number).unwrap_or(NONE);
            let data = head_end - head.left() as u64;
            if let Some(slot) = self.by_index.get_mut(in_index as usize) {
                *slot = number;
            }
            let is_root = !matches!(packed_as, 6 | 7);
            if is_root {
                self.roots.push(number);
            }
            let (first_child, next_sibling) = (NONE, NONE);
            self.entries.push(Entry {
                data,
                end,
                size,
                in_index,
                kind,
                is_root,
                first_child,
                next_sibling,
            });
        }
        Ok(bases)
    }

    /// Hangs every delta below its base and counts what no root reaches.
    fn link(&mut self, bases: &[u32]) {
        for (number, &base) in bases.iter().enumerate().rev() {
            let Some(parent) = self.entries.get_mut(base as usize) else { continue };
            let sibling = std::mem::replace(&mut parent.first_child, number as u32);
            if let Some(entry) = self.entries.get_mut(number) {
                entry.next_sibling = sibling;
            }
        }
        let mut reached = 0;
        let mut stack: Vec<(u32, Kind)> = Vec::new();
        for root in &self.roots {
            if let Some(entry) = self.entries.get(*root as usize) {
                stack.push((*root, entry.kind));
            }
            while let Some((number, kind)) = stack.pop() {
                let Some(entry) = self.entries.get_mut(number as usize) else { continue };
                reached += 1;
                entry.kind = kind;
                let mut child = entry.first_child;
                while let Some(next) = self.entries.get(child as usize) {
                    stack.push((child, kind));
                    child = next.next_sibling;
                }
            }
        }
        self.adrift = self.entries.len().saturating_sub(reached);
    }
}
