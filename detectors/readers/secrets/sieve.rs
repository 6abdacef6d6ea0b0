//! The first look at every byte: 64 at a time with vector instructions, a handful of operations each.
//!
//! It answers two questions. What is the byte made of (a letter or digit, a base64 digit, a byte of a
//! token): the answers become the bits of a number, in which runs are found by shifting it onto
//! itself. And may a *root* stand here, the few bytes by which a literal is found: each byte and the
//! three after it look up, by their upper and their lower half, which buckets of roots allow them
//! there. Most blocks of 64 bytes call for nothing more.

use super::buckets::{Bucket, Halves, ROOT, halves_of};
use fearless_simd::{Level, dispatch, prelude::*, u8x16, u8x64};
use overstay_rules::alphabet::{LONG_ALNUM, LONG_BASE64, TOKEN_RUN, is_alnum, is_token};
use std::ops::Range;

/// How many bytes are looked at together.
const BLOCK: usize = 64;
/// How many blocks are looked at before anything is done about them: they stay in the nearest cache.
const AHEAD: usize = 64;
/// After so many blocks of nothing but digits of base64 what goes on is an image or a program: no
/// token is as long.
const DEEP: usize = 8;
/// Eight buckets of roots each.
const GROUPS: usize = 3;
/// How many buckets of roots there are.
pub(super) const BUCKETS: usize = GROUPS * 8;
/// How many buckets there are of what begins with a run.
pub(super) const STARTS: usize = 8;
/// The shortest run of base64 or base64url digits that may be an encoding.
pub(super) const ENCODED: usize = 24;
/// Turns an ASCII letter into lower case. What it does to other bytes is harmless: roots are folded
/// alike, and what is found is compared with the text itself.
const FOLD: u8 = 0x20;

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Maybe a root; to be looked up.
    Root,
    /// A word at which a run of at least [`TOKEN_RUN`] token bytes begins or goes on, and maybe one of
    /// the literals that begin so.
    RunStart,
    /// The first byte of a run of [`LONG_ALNUM`] letters and digits or of [`LONG_BASE64`] digits of
    /// base64, unless it is deep inside one.
    LongRun,
    /// The first byte of a run of at least [`ENCODED`] digits of base64 or base64url.
    Encoded,
}

/// Looks at bytes.
#[derive(Debug)]
pub(super) struct Sieve {
    /// The last group is that of what begins with a run.
    groups: [[Halves; ROOT]; GROUPS + 1],
    classes: Halves,
    level: Level,
}

/// What was seen in 64 bytes, one bit each, the first byte lowest.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// A root may begin here.
    roots: u64,
    /// A literal that begins with a run may begin here.
    starts: u64,
    alnum: u64,
    /// Digits of base64.
    base64: u64,
    /// Digits of base64 or base64url.
    digits: u64,
    token: u64,
    /// The first byte of an escape: what follows it belongs to no word.
    escape: u64,
}

/// The parts of the alphabet, one bit each: every byte of a part has its upper half in common, so that
/// two look-ups tell the parts apart.
const PARTS: [fn(u8) -> bool; 8] = [
    |byte| is_alnum(byte) && matches!(byte >> 4, 4 | 6),
    |byte| is_alnum(byte) && matches!(byte >> 4, 5 | 7),
    |byte| is_alnum(byte) && byte >> 4 == 3,
    |byte| matches!(byte, b'+' | b'/'),
    |byte| byte == b'-',
    |byte| byte == b'_',
    |byte| is_token(byte) && byte >> 4 == 2 && !matches!(byte, b'+' | b'/' | b'-'),
    |byte| is_token(byte) && byte >> 4 == 3 && !is_alnum(byte),
];
const ALNUM: u8 = 0b111;
const BASE64: u8 = ALNUM | 1 << 3;
const DIGITS: u8 = BASE64 | 1 << 4 | 1 << 5;

impl Sieve {
    /// A sieve for roots in at most [`BUCKETS`] buckets, and for what begins with a run in at most
    /// [`STARTS`].
    pub(super) fn new(roots: &[Bucket], starts: &[Bucket]) -> Sieve {
        let mut groups = [[Halves::default(); ROOT]; GROUPS + 1];
        let last = std::iter::once(starts.get(..STARTS).unwrap_or(starts));
        for (group, buckets) in groups.iter_mut().rev().zip(last.chain(roots.chunks(8))) {
            for (number, bucket) in buckets.iter().enumerate() {
                bucket.fill(group, number);
            }
        }
        let mut classes = Halves::default();
        for (number, part) in PARTS.iter().enumerate() {
            let members = (0..=u8::MAX).filter(|byte| part(*byte));
            let (low, high) = members.map(halves_of).fold((0, 0), |a, b| (a.0 | b.0, a.1 | b.1));
            classes.allow(number, low, high);
        }
        Sieve { groups, classes, level: Level::new() }
    }

    /// Calls `found` for every place in the range, nearly in order. What stands around the range is
    /// looked at as far as a run reaches.
    pub(super) fn find(
        &self,
        text: &[u8],
        range: Range<usize>,
        mut found: impl FnMut(usize, Place),
    ) {
        let mut seen = [Block::default(); AHEAD + 1];
        let (mut before, mut runs, mut digits) = (Block::default(), Runs::default(), 0);
        let mut at = range.start.saturating_sub(BLOCK);
        while at < range.end {
            let wanted = (range.end - at).div_ceil(BLOCK).min(AHEAD);
            let Some(blocks) = seen.get_mut(..=wanted) else { return };
            self.look(text.get(at..).unwrap_or_default(), blocks);
            for pair in blocks.windows(2) {
                let [block, next] = pair else { continue };
                let live = live(at, &range);
                let mut each = |bits: u64, place| each_bit(bits, |bit| found(at + bit, place));
                each(block.roots & live, Place::Root);
                let starts = block.starts & word_starts(block, &before) & live;
                if starts != 0 {
                    each(starts & sixteen(block.token, next.token) as u64, Place::RunStart);
                }
                let new = Runs::of(block, next);
                if new.any() {
                    // The first byte of the range begins whatever goes on there.
                    let edge = if at <= range.start { live & live.wrapping_neg() } else { 0 };
                    let begins =
                        |now: u64, last: u64| now & (!(now << 1 | last >> 63) | edge) & live;
                    let long = begins(new.alnum, runs.alnum) | begins(new.base64, runs.base64);
                    each(long & !deep(digits, block), Place::LongRun);
                    each(begins(new.encoded, runs.encoded), Place::Encoded);
                }
                (before, runs) = (*block, new);
                digits = if block.base64 == u64::MAX { digits + 1 } else { 0 };
                at += BLOCK;
            }
        }
    }

    /// Looks at as many blocks as there is room for.
    fn look(&self, text: &[u8], blocks: &mut [Block]) {
        dispatch!(self.level, simd => self.look_with(simd, text, blocks));
    }

    #[inline(always)]
    fn look_with<S: Simd>(&self, simd: S, text: &[u8], blocks: &mut [Block]) {
        let table = |table: &[u8; 16]| u8x64::block_splat(u8x16::from_slice(simd, table));
        let zero = u8x64::splat(simd, 0);
        let set = |bits: u8x64<S>| !bits.simd_eq(zero).to_bitmask();
        for (number, block) in blocks.iter_mut().enumerate() {
            let rest = text.get(number * BLOCK..).unwrap_or_default();
            let mut end = [0; BLOCK + ROOT - 1];
            let bytes = rest.first_chunk::<{ BLOCK + ROOT - 1 }>().unwrap_or_else(|| {
                end.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                &end
            });
            let mut buckets = [zero; GROUPS + 1];
            for step in 0..ROOT {
                let folded = u8x64::from_slice(simd, &bytes[step..step + BLOCK]) | FOLD;
                let (low, high) = (folded & 15, folded >> 4);
                for (group, allowed) in buckets.iter_mut().zip(&self.groups) {
                    let halves = &allowed[step];
                    let here = table(&halves.low).swizzle_dyn_within_blocks(low)
                        & table(&halves.high).swizzle_dyn_within_blocks(high);
                    *group = if step == 0 { here } else { *group & here };
                }
            }
            let bytes = u8x64::from_slice(simd, &bytes[..BLOCK]);
            let class = table(&self.classes.low).swizzle_dyn_within_blocks(bytes & 15)
                & table(&self.classes.high).swizzle_dyn_within_blocks(bytes >> 4);
            let escape = bytes.simd_eq(b'\\') | bytes.simd_eq(b'%');
            let [roots @ .., starts] = buckets;
            *block = Block {
                roots: set(roots.into_iter().fold(zero, |all, group| all | group)),
                starts: set(starts),
                alnum: set(class & ALNUM),
                base64: set(class & BASE64),
                digits: set(class & DIGITS),
                token: set(class),
                escape: escape.to_bitmask(),
            };
        }
    }
}

/// The places at which runs of a kind begin or go on for as long as the kind demands.
#[derive(Clone, Copy, Default)]
struct Runs {
    alnum: u64,
    base64: u64,
    encoded: u64,
}

impl Runs {
    #[inline(always)]
    fn of(block: &Block, next: &Block) -> Runs {
        let digits = sixteen(block.digits, next.digits);
        if digits as u64 == 0 {
            // The other runs are runs of digits as well.
            return Runs::default();
        }
        let alnum = sixteen(block.alnum, next.alnum);
        let base64 = sixteen(block.base64, next.base64);
        Runs {
            alnum: (alnum & alnum >> (LONG_ALNUM - 16)) as u64,
            base64: (base64 & base64 >> (LONG_BASE64 - 16)) as u64,
            encoded: (digits & digits >> (ENCODED - 16)) as u64,
        }
    }

    fn any(&self) -> bool {
        self.alnum | self.base64 | self.encoded != 0
    }
}

/// The bits from which sixteen in a row are set.
#[inline(always)]
fn sixteen(block: u64, next: u64) -> u128 {
    // Sixteen in a row cover eight that begin at a multiple of eight.
    let ones = u64::MAX / 255;
    let holds_eight = |bits: u64| (!bits).wrapping_sub(ones) & bits & ones << 7;
    if holds_eight(block) | holds_eight(next) == 0 {
        return 0;
    }
    let bits = u128::from(block) | u128::from(next) << 64;
    let bits = bits & bits >> 1;
    let bits = bits & bits >> 2;
    let bits = bits & bits >> 4;
    bits & bits >> 8
}

const _: () = assert!(TOKEN_RUN == 16 && LONG_ALNUM >= 16 && LONG_BASE64 >= 16 && ENCODED >= 16);

/// The bits at which a word begins: a letter or digit after something else, or after an escape.
#[inline(always)]
fn word_starts(block: &Block, before: &Block) -> u64 {
    let moved = |now: u64, last: u64, by: u32| now << by | last >> (64 - by);
    let after_escape =
        moved(block.escape, before.escape, 2) | moved(block.escape, before.escape, 3);
    block.alnum & (!moved(block.alnum, before.alnum, 1) | after_escape)
}

/// The bits of a block that go on with digits of base64 after many blocks of nothing else.
fn deep(blocks: usize, block: &Block) -> u64 {
    let more = if blocks < DEEP { 0 } else { block.base64.trailing_ones() };
    u64::MAX.checked_shr(u64::BITS - more).unwrap_or(0)
}

/// The bits of the block at a place that stand in the range.
fn live(at: usize, range: &Range<usize>) -> u64 {
    let from = range.start.saturating_sub(at);
    let to = range.end.saturating_sub(at);
    let below = |bits: usize| if bits >= BLOCK { u64::MAX } else { (1 << bits) - 1 };
    below(to) & !below(from)
}

#[inline(always)]
fn each_bit(mut bits: u64, mut act: impl FnMut(usize)) {
    while bits != 0 {
        act(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overstay_rules::alphabet::is_base64;
    use proptest::prelude::*;

    fn found(sieve: &Sieve, text: &[u8], range: Range<usize>) -> Vec<(usize, Place)> {
        let mut all = Vec::new();
        sieve.find(text, range, |at, place| all.push((at, place)));
        all
    }

    fn places(text: &[u8], range: Range<usize>, wanted: Place) -> Vec<usize> {
        let any = std::iter::once([None; ROOT]).collect();
        let all = found(&Sieve::new(&[], &[any]), text, range);
        all.into_iter().filter(|(_, place)| *place == wanted).map(|(at, _)| at).collect()
    }

    #[test]
    fn the_parts_make_up_the_alphabet() {
        let sieve = Sieve::new(&[], &[]);
        for byte in 0..=u8::MAX {
            let halves = &sieve.classes;
            let class = halves.low[usize::from(byte & 15)] & halves.high[usize::from(byte >> 4)];
            assert_eq!(class & ALNUM != 0, is_alnum(byte), "{byte}");
            assert_eq!(class & BASE64 != 0, is_base64(byte), "{byte}");
            let digit = is_base64(byte) || matches!(byte, b'-' | b'_');
            assert_eq!(class & DIGITS != 0, digit, "{byte}");
            assert_eq!(class != 0, is_token(byte), "{byte}");
        }
    }

    /// Where runs of a class begin, found byte by byte.
    fn runs(text: &[u8], range: Range<usize>, least: usize, class: fn(u8) -> bool) -> Vec<usize> {
        let goes_on = |at: usize| {
            text.get(at..at + least).is_some_and(|run| run.iter().all(|byte| class(*byte)))
        };
        let first = |at: &usize| *at == range.start || !goes_on(*at - 1);
        range.clone().filter(|at| goes_on(*at)).filter(first).collect()
    }

    #[test]
    fn a_long_run_deep_inside_another_does_not_count_and_one_right_after_it_does() {
        for length in 36..42 {
            let picture = [vec![b'A'; 30], vec![b'+']].concat().repeat(length);
            let text = [picture.clone(), vec![b'"'], vec![b'b'; 40]].concat();
            let long = places(&text, 0..text.len(), Place::LongRun);
            assert!(long.contains(&0) && long.contains(&31), "{long:?}");
            assert!(long.contains(&(picture.len() + 1)), "{long:?}");
            let deep = |at: &&usize| (DEEP * BLOCK..picture.len()).contains(*at);
            assert_eq!(long.iter().find(deep), None);
        }
    }

    proptest! {
        #[test]
        fn runs_are_found_wherever_they_stand(
            pieces in prop::collection::vec((0_usize..90, "[ \n_.+=%-]{0,2}"), 0..12),
            from in 0_usize..90,
            to in 0_usize..90,
        ) {
            let text: String =
                pieces.iter().map(|(run, gap)| "x".repeat(*run) + gap).collect();
            let text = text.as_bytes();
            let range = from.min(text.len())..text.len() - to.min(text.len() - from.min(text.len()));
            let digit = |byte| is_base64(byte) || matches!(byte, b'-' | b'_');
            prop_assert_eq!(
                places(text, range.clone(), Place::Encoded),
                runs(text, range.clone(), ENCODED, digit)
            );
            let word = |at: usize| is_alnum(text[at]) && (at == 0 || !is_alnum(text[at - 1]));
            let starts = places(text, range.clone(), Place::RunStart);
            for at in range {
                let run = text.get(at..at + TOKEN_RUN);
                let run = run.is_some_and(|run| run.iter().all(|byte| is_token(*byte)));
                if word(at) {
                    prop_assert_eq!(starts.contains(&at), run, "{}", at);
                }
            }
        }

        #[test]
        fn a_root_is_found_wherever_it_stands(before in 0_usize..200, after in 0_usize..80) {
            let text = [vec![b'.'; before], b"KEY=".to_vec(), vec![b'.'; after]].concat();
            let bucket = std::iter::once([Some(b'k'), Some(b'e'), Some(b'y'), None]).collect();
            let sieve = Sieve::new(&[Bucket::default(), bucket], &[]);
            let roots = found(&sieve, &text, 0..text.len());
            prop_assert_eq!(roots, [(before, Place::Root)]);
        }
    }
}
