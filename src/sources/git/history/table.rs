//! A set of hashes that many threads fill and read at once, without a lock per hash.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

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
                    larger.insert(slot);
                }
            }
            *self = larger;
        }
    }

    /// True if a hash was added.
    pub(super) fn has(&self, hash: u64) -> bool {
        let mut slots = self.places(hash).map(|slot| slot.load(Relaxed));
        slots.find(|slot| *slot == 0 || *slot == hash).is_some_and(|slot| slot != 0)
    }

    /// Adds a hash.
    pub(super) fn insert(&self, hash: u64) {
        for slot in self.places(hash) {
            let present = match slot.load(Relaxed) {
                0 if hash == 0 => return,
                0 => match slot.compare_exchange(0, hash, Relaxed, Relaxed) {
                    Ok(_) => {
                        self.used.fetch_add(1, Relaxed);
                        return;
                    }
                    Err(present) => present,
                },
                present => present,
            };
            if present == hash {
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
        let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for n in 1..1000 {
            table.grow(1);
            table.insert(hash(n));
        }
        table.insert(hash(5));
        assert!((1..1000).all(|n| table.has(hash(n))));
        assert!((1000..2000).all(|n| !table.has(hash(n))));
    }

    #[test]
    fn a_full_table_ends() {
        let table = Table::new(1);
        for n in 0..9_u64 {
            table.insert(n << 60);
        }
        assert!(!table.has(u64::MAX));
        assert!(!Table::new(1).has(0));
    }
}
