//! Objects out of a pack: each family, a whole object with everything that was made from it, is
//! rebuilt from the root down. What a family takes is bounded: an object from which nothing is made
//! may come as a stream, and of large objects only so much is held, by one thread at a time.

use super::{
    super::delta::{Applied, apply, result_size},
    Entry, NONE, Object, Pack, PackError, Visit,
    window::Window,
};
use flate2::read::ZlibDecoder;
use libdeflater::Decompressor;
use std::{
    io::Read,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Objects over this size, in bytes, are not rebuilt.
pub(in super::super::super) const MAX_OBJECT: usize = 256 << 20;
/// So many bytes of the objects of one family are held at once.
const MAX_FAMILY: usize = 2 * MAX_OBJECT;
/// Objects over this size, in bytes, are large.
const LARGE: usize = 32 << 20;
/// No byte of a deflate stream makes more than this many bytes (RFC 1951: 258 bytes from 2 bits).
const MAX_EXPANSION: usize = 1032;

/// A base, what is known of it, and the next object to be made from it.
struct Step<N> {
    base: Vec<u8>,
    child: u32,
    note: N,
}

impl Pack {
    /// Visits a root and everything that hangs on it. At any time one buffer per branching of the
    /// forest is held, not one per step of a chain. What is not `needed` is passed over.
    pub(in super::super) fn visit<V: Visit>(
        &self,
        root: u32,
        needed: Option<&[bool]>,
        unpacker: &mut Unpacker,
        visitor: &mut V,
    ) {
        let is_needed = |number: u32| {
            needed.is_none_or(|needed| needed.get(number as usize).is_some_and(|needed| *needed))
        };
        let Some(entry) = self.entries.get(root as usize).filter(|_| is_needed(root)) else {
            return;
        };
        let mut room = Room { turn: &self.turn, mine: None, held: 0 };
        let is_base = entry.first_child != NONE;
        if visitor.is_long(entry.size as u64) && (!is_base || entry.size > MAX_OBJECT) {
            if self.stream(root, visitor).is_err() {
                visitor.damaged(PackError::Entry(entry.data));
            }
            return self.below(root, &mut |number, data| tell(visitor, number, data));
        }
        let mut buffer = unpacker.spare.pop().unwrap_or_default();
        if let Err(error) = self.inflate(entry, unpacker, &mut room, &mut buffer) {
            return self.lost(root, error, visitor);
        }
        let note = visitor.object(&Object { number: root, bytes: &buffer, applied: None }, None);
        let mut stack = vec![Step { base: buffer, child: entry.first_child, note }];
        while let Some(Step { base, child, note }) = stack.pop() {
            let Some(entry) = self.entries.get(child as usize) else {
                unpacker.take_back(base, &mut room);
                continue;
            };
            let sibling = entry.next_sibling;
            let mut made = None;
            if is_needed(child) {
                let mut buffer = unpacker.spare.pop().unwrap_or_default();
                match self.rebuild(entry, &base, unpacker, &mut room, &mut buffer) {
                    Ok(()) => {
                        let applied = Some(&unpacker.applied);
                        let object = Object { number: child, bytes: &buffer, applied };
                        made = Some((visitor.object(&object, Some(&note)), buffer));
                    }
                    Err(error) => {
                        unpacker.spare.push(buffer);
                        self.lost(child, error, visitor);
                    }
                }
            }
            if sibling == NONE {
                unpacker.take_back(base, &mut room);
            } else {
                stack.push(Step { base, child: sibling, note });
            }
            match made {
                Some((note, base)) if entry.first_child != NONE => {
                    stack.push(Step { base, child: entry.first_child, note });
                }
                Some((_, buffer)) => unpacker.take_back(buffer, &mut room),
                None => {}
            }
        }
        unpacker.trim();
    }

    /// The content of a whole object, to be read on; `None` for one that is made from another.
    pub(in super::super) fn content(&self, number: u32) -> Option<impl Read> {
        let entry = self.entries.get(number as usize).filter(|entry| entry.is_root)?;
        let packed = self.data.section(entry.data..entry.end);
        Some(ZlibDecoder::new(packed).take(entry.size as u64))
    }

    fn stream<V: Visit>(&self, root: u32, visitor: &mut V) -> std::io::Result<()> {
        let Some(mut content) = self.content(root) else { return Ok(()) };
        let size = self.entries.get(root as usize).map_or(0, |entry| entry.size as u64);
        visitor.stream(root, size, &mut content)
    }

    /// Says of an object that it cannot be had, and with it everything that is made from it.
    fn lost<V: Visit>(&self, number: u32, error: PackError, visitor: &mut V) {
        if let PackError::TooLarge(data) = error {
            tell(visitor, number, data);
            self.below(number, &mut |number, data| tell(visitor, number, data));
        } else {
            visitor.damaged(error);
        }
    }

    /// Calls `see` with everything that is made from an object, and where its data starts.
    fn below(&self, number: u32, see: &mut dyn FnMut(u32, u64)) {
        let child = |number: u32| self.entries.get(number as usize).map(|entry| entry.first_child);
        let mut next: Vec<u32> = child(number).into_iter().collect();
        while let Some(number) = next.pop() {
            if let Some(entry) = self.entries.get(number as usize) {
                see(number, entry.data);
                next.extend([entry.next_sibling, entry.first_child]);
            }
        }
    }

    fn rebuild(
        &self,
        entry: &Entry,
        base: &[u8],
        unpacker: &mut Unpacker,
        room: &mut Room,
        out: &mut Vec<u8>,
    ) -> Result<(), PackError> {
        let mut delta = std::mem::take(&mut unpacker.delta);
        let done = self.inflate(entry, unpacker, room, &mut delta).and_then(|()| {
            room.give_back(delta.len());
            let damaged = |_| PackError::Entry(entry.data);
            let size = result_size(&delta).map_err(damaged)?;
            room.take(size, entry)?;
            apply(base, &delta, out, &mut unpacker.applied).map_err(|why| {
                room.give_back(size);
                damaged(why)
            })
        });
        unpacker.delta = delta;
        done
    }

    fn inflate(
        &self,
        entry: &Entry,
        unpacker: &mut Unpacker,
        room: &mut Room,
        out: &mut Vec<u8>,
    ) -> Result<(), PackError> {
        let damaged = || PackError::Entry(entry.data);
        let packed = usize::try_from(entry.end - entry.data).map_err(|_| damaged())?;
        if entry.size > packed.saturating_mul(MAX_EXPANSION) {
            return Err(damaged());
        }
        room.take(entry.size, entry)?;
        out.resize(entry.size, 0);
        let input = self.data.get(&mut unpacker.window, entry.data..entry.end);
        let written = input
            .map_err(PackError::from)
            .and_then(|input| unpacker.inflater.zlib_decompress(input, out).map_err(|_| damaged()));
        let done = written.and_then(|n| if n == entry.size { Ok(()) } else { Err(damaged()) });
        done.inspect_err(|_| room.give_back(entry.size))
    }
}

/// Tells a visitor of an object that cannot be held.
fn tell<V: Visit>(visitor: &mut V, number: u32, data: u64) {
    if !visitor.too_large(number) {
        visitor.damaged(PackError::TooLarge(data));
    }
}

/// The memory that the objects of one family may take.
struct Room<'a> {
    turn: &'a Mutex<()>,
    mine: Option<MutexGuard<'a, ()>>,
    held: usize,
}

impl Room<'_> {
    /// Makes room for so many bytes; waits for its turn, if they are many.
    fn take(&mut self, size: usize, entry: &Entry) -> Result<(), PackError> {
        if size > MAX_OBJECT || self.held.saturating_add(size) > MAX_FAMILY {
            return Err(PackError::TooLarge(entry.data));
        }
        if size > LARGE {
            let turn = self.turn;
            self.mine.get_or_insert_with(|| turn.lock().unwrap_or_else(PoisonError::into_inner));
        }
        self.held += size;
        Ok(())
    }

    fn give_back(&mut self, size: usize) {
        self.held = self.held.saturating_sub(size);
    }
}

/// What one thread reuses from object to object.
pub(in super::super) struct Unpacker {
    inflater: Decompressor,
    window: Window,
    delta: Vec<u8>,
    applied: Applied,
    spare: Vec<Vec<u8>>,
}

impl Default for Unpacker {
    fn default() -> Unpacker {
        Unpacker {
            inflater: Decompressor::new(),
            window: Window::default(),
            delta: Vec::new(),
            applied: Applied::default(),
            spare: Vec::new(),
        }
    }
}

impl Unpacker {
    /// Takes back a buffer that is used up; memory that only a large object needed is freed.
    fn take_back(&mut self, buffer: Vec<u8>, room: &mut Room) {
        room.give_back(buffer.len());
        if buffer.capacity() <= LARGE {
            self.spare.push(buffer);
        }
    }

    /// Gives back what only a giant needed.
    fn trim(&mut self) {
        self.spare.retain(|buffer| buffer.capacity() <= 4 << 20);
        self.spare.truncate(64);
        if self.delta.capacity() > LARGE {
            self.delta = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, *};

    #[test]
    fn large_objects_wait_for_their_turn_and_a_family_has_a_limit() {
        let turn = Mutex::default();
        let mut room = Room { turn: &turn, mine: None, held: 0 };
        let entry = Entry {
            data: 7,
            end: 8,
            size: 0,
            in_index: 0,
            kind: Kind::Blob,
            is_root: true,
            first_child: NONE,
            next_sibling: NONE,
        };
        assert!(room.take(LARGE, &entry).is_ok() && turn.try_lock().is_ok());
        assert!(room.take(LARGE + 1, &entry).is_ok() && turn.try_lock().is_err());
        assert!(room.take(MAX_OBJECT + 1, &entry).is_err());
        assert!(room.take(MAX_OBJECT, &entry).is_ok());
        let refused = room.take(MAX_OBJECT, &entry);
        assert!(matches!(refused, Err(PackError::TooLarge(7))));
        room.give_back(MAX_OBJECT);
        assert!(room.take(MAX_OBJECT, &entry).is_ok());
        drop(room);
        assert!(turn.try_lock().is_ok());
    }
}
