//! A pack index: the ids of the objects, in order, each with its place in the pack.

use super::PackError;

/// The words of an index, version 1: 256 counts, then for each object its offset (4 bytes) and id.
/// Version 2: a head of 8 bytes, 256 counts, all ids, all checksums (4 bytes), all offsets
/// (4 bytes), large offsets (8 bytes). See gitformat-pack(5).
const HEAD: usize = 8;
const COUNTS: usize = 256 * 4;
const MAGIC: u32 = 0xff74_4f63;

/// A pack index, version 1 or 2.
pub(super) struct Index {
    bytes: Vec<u8>,
    count: usize,
    hash_len: usize,
    version: u32,
    /// By the first bits of an id: the first place with them; one more at the end.
    steps: Vec<u32>,
    /// How many first bits that are.
    bits: u32,
}

impl Index {
    pub(super) fn parse(bytes: Vec<u8>, hash_len: usize) -> Result<Index, PackError> {
        let version = match (word(&bytes, 0), word(&bytes, 4)) {
            (Some(MAGIC), Some(2)) => 2,
            (Some(MAGIC), version) => {
                return Err(version.map_or(PackError::Index, PackError::IndexVersion));
            }
            _ => 1,
        };
        let counts = if version == 1 { 0 } else { HEAD };
        let count = word(&bytes, counts + 255 * 4).ok_or(PackError::Index)? as usize;
        let each = if version == 1 { hash_len + 4 } else { hash_len + 8 };
        let least = count.checked_mul(each).and_then(|n| n.checked_add(counts + COUNTS));
        if least.is_none_or(|least| bytes.len() < least.saturating_add(2 * hash_len)) {
            return Err(PackError::Index);
        }
        let mut index = Index { bytes, count, hash_len, version, steps: Vec::new(), bits: 0 };
        if !index.is_sound(counts) {
            return Err(PackError::Index);
        }
        index.step();
        Ok(index)
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// How many bytes an id has.
    pub(super) fn hash_len(&self) -> usize {
        self.hash_len
    }

    /// The id at a place.
    pub(super) fn id(&self, at: usize) -> &[u8] {
        let start = match self.version {
            1 => COUNTS + at * (self.hash_len + 4) + 4,
            _ => HEAD + COUNTS + at * self.hash_len,
        };
        self.bytes.get(start..start + self.hash_len).unwrap_or_default()
    }

    /// Where the object at a place starts in the pack.
    pub(super) fn offset(&self, at: usize) -> Option<u64> {
        if self.version == 1 {
            return word(&self.bytes, COUNTS + at * (self.hash_len + 4)).map(u64::from);
        }
        let offsets = HEAD + COUNTS + self.count * (self.hash_len + 4);
        let short = word(&self.bytes, offsets + at * 4)?;
        if short & 1 << 31 == 0 {
            return Some(short.into());
        }
        let long = offsets + self.count * 4 + (short & !(1 << 31)) as usize * 8;
        self.bytes.get(long..long + 8).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes)
    }

    /// The place of an id.
    pub(super) fn find(&self, id: &[u8]) -> Option<usize> {
        let step = self.step_of(id)?;
        let mut low = *self.steps.get(step)? as usize;
        let mut high = *self.steps.get(step + 1)? as usize;
        while low < high {
            let middle = low.midpoint(high);
            match self.id(middle).cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// True if the ids are in order and the table of counts fits them.
    fn is_sound(&self, counts: usize) -> bool {
        let mut last: &[u8] = &[];
        let mut firsts = [0_usize; 256];
        for at in 0..self.count {
            let id = self.id(at);
            let Some(slot) = id.first().and_then(|first| firsts.get_mut(usize::from(*first)))
            else {
                return false;
            };
            *slot += 1;
            if last >= id {
                return false;
            }
            last = id;
        }
        let mut sum = 0;
        firsts.iter().enumerate().all(|(byte, count)| {
            sum += count;
            word(&self.bytes, counts + byte * 4).is_some_and(|stated| stated as usize == sum)
        })
    }

    /// Makes the table of first bits: about one id a step.
    fn step(&mut self) {
        self.bits = (self.count + 1).ilog2().min(24);
        let mut steps = vec![0_u32; (1 << self.bits) + 1];
        for at in 0..self.count {
            if let Some(slot) = self.step_of(self.id(at)).and_then(|step| steps.get_mut(step + 1)) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut steps {
            sum += *slot;
            *slot = sum;
        }
        self.steps = steps;
    }

    fn step_of(&self, id: &[u8]) -> Option<usize> {
        let first = id.first_chunk().map(|four| u32::from_be_bytes(*four))?;
        Some(first.checked_shr(32 - self.bits).unwrap_or(0) as usize)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFSET: u64 = 5 << 32;

    /// An index of one object, which stands beyond the first 2 GiB of its pack.
    fn index(version: u32) -> Vec<u8> {
        let counts = [0_u32; 7].into_iter().chain([1; 249]).flat_map(u32::to_be_bytes);
        let mut bytes = [MAGIC.to_be_bytes(), version.to_be_bytes()].concat();
        bytes.extend(counts);
        bytes.extend([7; 20]);
        bytes.extend([0; 4]);
        bytes.extend((1_u32 << 31).to_be_bytes());
        bytes.extend(OFFSET.to_be_bytes());
        bytes.extend([0; 40]);
        bytes
    }

    #[test]
    fn an_object_far_into_a_pack_has_its_offset() {
        let index = Index::parse(index(2), 20).unwrap();
        assert_eq!(
            (index.len(), index.find(&[7; 20]), index.offset(0)),
            (1, Some(0), Some(OFFSET))
        );
        assert_eq!(index.find(&[8; 20]), None);
    }

    #[test]
    fn another_version_is_named_and_no_truncation_is_an_index() {
        assert!(matches!(Index::parse(index(3), 20), Err(PackError::IndexVersion(3))));
        let whole = index(2);
        // The large offset is not counted: a pack of 2 GiB may have none.
        let least = whole.len() - 8;
        for end in 0..least {
            assert!(Index::parse(whole[..end].to_vec(), 20).is_err(), "{end}");
        }
    }

    #[test]
    fn an_index_that_contradicts_itself_is_damaged() {
        let whole = index(2);
        // A count, and the first byte of the id that was counted.
        for at in [HEAD + 3 * 4 + 3, HEAD + COUNTS] {
            let mut wrong = whole.clone();
            wrong[at] ^= 1;
            assert!(matches!(Index::parse(wrong, 20), Err(PackError::Index)), "{at}");
        }
    }
}
