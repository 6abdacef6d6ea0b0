//! Delta instructions: rebuild an object from its base and say which of its bytes are new.

use std::ops::Range;

/// Why a delta cannot be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its delta instructions are damaged")]
pub(super) struct BadDelta;

/// A run of bytes that an object shares with its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// Where it stands in the base.
    pub(super) from: usize,
    /// Where it stands in the object.
    pub(super) to: usize,
    /// How long it is.
    pub(super) len: usize,
}

/// What a delta did.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// The bytes of the object that its base does not have, in order. An empty range marks a place
    /// where two parts of the base that were apart came together.
    pub(super) fresh: Vec<Range<usize>>,
    /// The runs that were copied, in order.
    pub(super) copied: Vec<Copied>,
}

impl Applied {
    /// Where a range of the base stands in the object, if it was copied as a whole.
    pub(super) fn carry(&self, range: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let (start, end) = (range.start, range.end);
        self.copied
            .iter()
            .filter(move |run| run.from <= start && end <= run.from + run.len)
            .map(move |run| start - run.from + run.to..end - run.from + run.to)
    }
}

/// The size of the object that a delta makes.
pub(super) fn result_size(delta: &[u8]) -> Result<usize, BadDelta> {
    let mut input = Input(delta);
    input.size()?;
    input.size()
}

/// Applies `delta` to `base`; `out` becomes the object.
pub(super) fn apply(
    base: &[u8],
    delta: &[u8],
    out: &mut Vec<u8>,
    applied: &mut Applied,
) -> Result<(), BadDelta> {
    out.clear();
    applied.fresh.clear();
    applied.copied.clear();
    let mut input = Input(delta);
    if input.size()? != base.len() {
        return Err(BadDelta);
    }
    let size = input.size()?;
    out.reserve(size);
    let mut expected = Some(0);
    while let Some(op) = input.next() {
        if op & 0x80 != 0 {
            let (from, len) = input.copy(op)?;
            let run = from.checked_add(len).and_then(|end| base.get(from..end)).ok_or(BadDelta)?;
            if expected.is_some_and(|expected| expected != from) && !out.is_empty() {
                applied.fresh.push(out.len()..out.len());
            }
            applied.copied.push(Copied { from, to: out.len(), len });
            expected = Some(from + len);
            out.extend_from_slice(run);
        } else if op != 0 {
            let new = input.take(usize::from(op))?;
            applied.fresh.push(out.len()..out.len() + new.len());
            expected = None;
            out.extend_from_slice(new);
        } else {
            return Err(BadDelta);
        }
        if out.len() > size {
            return Err(BadDelta);
        }
    }
    if out.len() == size { Ok(()) } else { Err(BadDelta) }
}

/// The instructions still to be read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], BadDelta> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(BadDelta)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A size: seven bits a byte, least significant first.
    fn size(&mut self) -> Result<usize, BadDelta> {
        let mut size = 0_usize;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.next().ok_or(BadDelta)?;
            size |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(size);
            }
        }
        Err(BadDelta)
    }

    /// Offset and length of a copy: the low bits of the instruction say which of their bytes follow.
    fn copy(&mut self, op: u8) -> Result<(usize, usize), BadDelta> {
        let mut number = |bits: std::ops::Range<u32>| {
            let mut value = 0_usize;
            for (i, bit) in bits.enumerate() {
                if op >> bit & 1 != 0 {
                    value |= usize::from(self.next().ok_or(BadDelta)?) << (8 * i);
                }
            }
            Ok(value)
        };
        let (from, len) = (number(0..4)?, number(4..7)?);
        Ok((from, if len == 0 { 0x10000 } else { len }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// copy 0..4, insert "XY", copy 6..8, copy 8..10
    const DELTA: &[u8] = &[10, 10, 0x90, 4, 2, b'X', b'Y', 0x91, 6, 2, 0x91, 8, 2];

    #[test]
    fn new_bytes_and_copied_runs_are_told_apart() {
        let (mut out, mut applied) = (Vec::new(), Applied::default());
        apply(b"0123456789", DELTA, &mut out, &mut applied).unwrap();
        assert_eq!(out, b"0123XY6789");
        assert_eq!(applied.fresh, [4..6]);
        assert_eq!(applied.carry(&(1..3)).collect::<Vec<_>>(), [1..3]);
        assert_eq!(applied.carry(&(6..8)).collect::<Vec<_>>(), [6..8]);
        assert_eq!(applied.carry(&(3..5)).count(), 0);
    }

    #[test]
    fn parts_that_come_together_are_marked() {
        // copy 0..2, copy 8..10
        let delta = &[10, 4, 0x90, 2, 0x91, 8, 2];
        let (mut out, mut applied) = (Vec::new(), Applied::default());
        apply(b"0123456789", delta, &mut out, &mut applied).unwrap();
        assert_eq!(out, b"0189");
        assert_eq!(applied.fresh, [2..2]);
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_is_an_error_or_an_object() {
        let (mut out, mut applied) = (Vec::new(), Applied::default());
        for end in 0..DELTA.len() {
            assert!(apply(b"0123456789", &DELTA[..end], &mut out, &mut applied).is_err(), "{end}");
        }
        for at in 0..DELTA.len() {
            for byte in 0..=255 {
                let mut delta = DELTA.to_owned();
                delta[at] = byte;
                if apply(b"0123456789", &delta, &mut out, &mut applied).is_ok() {
                    assert_eq!(Ok(out.len()), result_size(&delta));
                }
            }
        }
        assert_eq!(apply(b"", &[0xff; 40], &mut out, &mut applied), Err(BadDelta));
    }
}
