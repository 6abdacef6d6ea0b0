//! Maps whose keys are bytes or numbers: fast, and with a new seed in every run, so that nobody can
//! prepare names that fall together.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hasher, RandomState},
    sync::LazyLock,
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A map from bytes.
pub(super) type ByteMap<V> = HashMap<Box<[u8]>, V, Seeded>;
/// A map from small keys.
pub(super) type SmallMap<K, V> = HashMap<K, V, Seeded>;
/// A set of small keys.
pub(super) type SmallSet<K> = HashSet<K, Seeded>;

static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));

/// Makes hashers with the seed of this run.
#[derive(Clone, Copy)]
pub(super) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Seeded {
        Seeded(*SEED)
    }
}

impl BuildHasher for Seeded {
    type Hasher = Xxh3;

    fn build_hasher(&self) -> Xxh3 {
        Xxh3(self.0)
    }
}

/// Chains the xxh3 of what is written.
pub(super) struct Xxh3(u64);

impl Hasher for Xxh3 {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_usize(&mut self, number: usize) {
        // The length before bytes: the hash of the bytes depends on it anyway.
        self.0 = self.0.wrapping_add(number as u64);
    }
}
