//! A set of hashes that many threads fill and read at once, without a lock per hash.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The lowest bit of a slot: something was found there.
const FOUND: u64 = 1;

/// Hashes, by open addressing; 0 is an empty slot. A hash that is lost to a race is only looked at
/// again.
pub(super) struct Table {
    slots: Vec<AtomicU64>,
    used: AtomicUsize,
}

impl Table {
    /// A table of two to the power of `bits` slots.
    pub(super) fn new(bits: u32) -> Table {
        let slots = std::iter::repeat_with(AtomicU64::default).take(1 << bits).collect();
        Table { slots, used: AtomicUsize::new(0) }
    }

    /// True if so many more hashes leave a third of the slots empty.
    pub(super) fn has_room(&self, more: usize) -> bool {
        (self.used.load(Relaxed) + more) / 2 < self.slots.len() / 3
    }

    /// Makes room for so many more.
    pub(super) fn grow(&mut self, more: usize) {
        let mut bits = self.slots.len().ilog2();
        while !self.has_room(more) {
            bits += 1;
            let larger = Table::new(bits);
            for slot in &self.slots {
                let slot = slot.load(Relaxed);
                if slot != 0 {
                    larger.insert(slot, slot & FOUND != 0);
                }
            }
            *self = larger;
        }
    }

    /// Whether something was found under a hash; `None` if it is not there.
    pub(super) fn get(&self, hash: u64) -> Option<bool> {
        let wanted = hash | FOUND;
        for slot in self.places(wanted) {
            match slot.load(Relaxed) {
                0 => return None,
                slot if slot | FOUND == wanted => return Some(slot & FOUND != 0),
                _ => {}
            }
        }
        None
    }

    /// Adds a hash, or to it that something was found there.
    pub(super) fn insert(&self, hash: u64, found: bool) {
        let wanted = hash | FOUND;
        let value = if found { wanted } else { wanted & !FOUND };
        for slot in self.places(wanted) {
            let present = match slot.load(Relaxed) {
                0 if value == 0 => return,
                0 => match slot.compare_exchange(0, value, Relaxed, Relaxed) {
                    Ok(_) => {
                        self.used.fetch_add(1, Relaxed);
                        return;
                    }
                    Err(present) => present,
                },
                present => present,
            };
            if present | FOUND == wanted {
                if found {
                    slot.fetch_or(FOUND, Relaxed);
                }
                return;
            }
        }
    }

    /// The slots in which a hash may be, in order.
    fn places(&self, hash: u64) -> impl Iterator<Item = &AtomicU64> {
        let first = (hash >> (64 - self.slots.len().ilog2())) as usize;
        let (mask, len) = (self.slots.len() - 1, self.slots.len());
        (first..first + len).filter_map(move |at| self.slots.get(at & mask))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_is_there_and_nothing_else() {
        let mut table = Table::new(2);
        let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) & !FOUND;
        for n in 1..1000 {
            table.grow(1);
            table.insert(hash(n), n % 7 == 0);
        }
        table.insert(hash(5), true);
        for n in 1..1000 {
            assert_eq!(table.get(hash(n)), Some(n % 7 == 0 || n == 5), "{n}");
            assert_eq!(table.get(hash(n) | FOUND), table.get(hash(n)));
        }
        assert!((1000..2000).all(|n| table.get(hash(n)).is_none()));
    }

    #[test]
    fn a_full_table_ends() {
        let table = Table::new(1);
        for n in 0..9_u64 {
            table.insert(n << 60, true);
        }
        assert_eq!(table.get(u64::MAX), None);
        assert_eq!(Table::new(1).get(0), None);
    }
}
