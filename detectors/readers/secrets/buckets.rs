//! Roots in buckets, and the look-up tables by which a bucket is recognised.

/// The length of a root.
pub(super) const ROOT: usize = 4;
/// Four bytes, in lower case; `None` stands for any.
pub(super) type Root = [Option<u8>; ROOT];

/// Roots that are not told apart: for each of their bytes the lower and the upper halves that it may
/// have, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket([(u16, u16); ROOT]);

/// One table per half of a byte: which buckets, or classes, allow it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Halves {
    pub(super) low: [u8; 16],
    pub(super) high: [u8; 16],
}

impl Halves {
    /// Allows bytes in a bucket by their halves.
    pub(super) fn allow(&mut self, bucket: usize, low: u16, high: u16) {
        for half in 0..16 {
            self.low[half] |= u8::from(low >> half & 1 != 0) << bucket;
            self.high[half] |= u8::from(high >> half & 1 != 0) << bucket;
        }
    }
}

/// The lower and the upper half of a byte, as one bit of sixteen each.
pub(super) fn halves_of(byte: u8) -> (u16, u16) {
    (1 << (byte & 15), 1 << (byte >> 4))
}

impl FromIterator<Root> for Bucket {
    fn from_iter<I: IntoIterator<Item = Root>>(roots: I) -> Bucket {
        let of = |root: Root| Bucket(root.map(|byte| byte.map_or((!0, !0), halves_of)));
        roots.into_iter().map(of).fold(Bucket::default(), |all, root| all.merged(&root))
    }
}

impl Bucket {
    /// Fills one bit of the tables for each byte of a root.
    pub(super) fn fill(&self, tables: &mut [Halves; ROOT], number: usize) {
        for (halves, (low, high)) in tables.iter_mut().zip(self.0) {
            halves.allow(number, low, high);
        }
    }

    /// A bucket of the roots of two.
    pub(super) fn merged(&self, other: &Bucket) -> Bucket {
        let mut merged = *self;
        for ((low, high), (more_low, more_high)) in merged.0.iter_mut().zip(other.0) {
            (*low, *high) = (*low | more_low, *high | more_high);
        }
        merged
    }

    /// The share of the places of a text that it lets through, roughly.
    pub(super) fn leak(&self) -> f64 {
        let share = |(low, high): &(u16, u16)| -> u32 {
            if (*low, *high) == (!0, !0) {
                return 1000;
            }
            let rows = bits(high >> 2).filter_map(|half| SUMS.get(half));
            let [first, second] = low.to_le_bytes().map(usize::from);
            rows.map(|[low, high]| u32::from(low[first]) + u32::from(high[second])).sum()
        };
        self.0.iter().map(|halves| f64::from(share(halves)) / 1000.0).product()
    }
}

/// The places of the bits that are set.
fn bits(mut set: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let first = set.trailing_zeros();
        set &= set.wrapping_sub(1);
        (first < u16::BITS).then_some(first as usize)
    })
}

/// How common each byte from the space on is in source code, in lower case, per thousand, roughly.
/// A line feed is a `*` then, a tab a `)`, an underscore the last of all.
const COMMON: [[u8; 16]; 6] = [
    [150, 1, 6, 2, 1, 1, 2, 3, 8, 40, 35, 2, 8, 10, 8, 8],
    [25, 12, 8, 6, 5, 5, 5, 4, 5, 4, 4, 8, 3, 6, 4, 1],
    [0; 16],
    [0; 16],
    [1, 50, 12, 30, 30, 75, 20, 15, 20, 50, 2, 7, 30, 22, 50, 45],
    [25, 2, 50, 50, 60, 25, 9, 8, 8, 9, 2, 3, 2, 3, 1, 30],
];

/// For each set of eight neighbours in a row of [`COMMON`], how common they are together.
const SUMS: [[[u16; 256]; 2]; COMMON.len()] = {
    let mut sums = [[[0; 256]; 2]; COMMON.len()];
    let mut at = 0;
    while at < COMMON.len() * 2 * 256 * 8 {
        let (row, half, set, bit) = (at >> 12, at >> 11 & 1, at >> 3 & 255, at & 7);
        if set >> bit & 1 != 0 {
            sums[row][half][set] += COMMON[row][half * 8 + bit] as u16;
        }
        at += 1;
    }
    sums
};
