//! What a pack comes to, before anything of it is kept: it may have been made to be more than it looks.

use super::{super::delta::result_size, window::Head};
use flate2::{Decompress, FlushDecompress, Status};

/// How much a pack may come to.
#[derive(Clone, Copy, Debug)]
pub(in super::super::super) struct Limits {
    /// Objects.
    pub(in super::super::super) objects: u32,
    /// Bytes of one object.
    pub(in super::super::super) object_bytes: u64,
    /// Bytes of all objects.
    pub(in super::super::super) bytes: u64,
}

/// Why a pack is not unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super::super) enum Refused {
    /// It goes over this limit.
    Limit(&'static str),
    /// It does not hold what it says.
    Damaged,
}

/// What comes before the objects: `PACK`, a version, and how many there are (gitformat-pack(5)).
const START: usize = 12;
/// The two sizes at the beginning of a delta have at most so many bytes.
const SIZES: usize = 20;

/// Counts the objects of a pack and their bytes, each rebuilt, without rebuilding any.
pub(in super::super::super) fn weigh(
    pack: &[u8],
    hash_len: usize,
    limits: Limits,
) -> Result<(), Refused> {
    let count = pack.get(8..START).and_then(|count| count.try_into().ok()).map(u32::from_be_bytes);
    let count = count.filter(|_| pack.starts_with(b"PACK")).ok_or(Refused::Damaged)?;
    if count > limits.objects {
        return Err(Refused::Limit("objects of one bundle"));
    }
    let mut rest = pack.get(START..).unwrap_or_default();
    let mut left = limits.bytes;
    let mut inflating = Inflating { zlib: Decompress::new(true), scratch: vec![0; 64 << 10] };
    for _ in 0..count {
        let size;
        (size, rest) = inflating.entry(rest, hash_len, limits.object_bytes)?;
        left = left.checked_sub(size).ok_or(Refused::Limit("bytes of one bundle"))?;
    }
    Ok(())
}

struct Inflating {
    zlib: Decompress,
    scratch: Vec<u8>,
}

impl Inflating {
    /// The size of the object that an entry makes, and what comes behind the entry.
    fn entry<'a>(
        &mut self,
        input: &'a [u8],
        hash_len: usize,
        most: u64,
    ) -> Result<(u64, &'a [u8]), Refused> {
        let mut head = Head::new(input);
        let (kind, size) = head.kind_and_size().ok_or(Refused::Damaged)?;
        match kind {
            6 => head.distance().map(drop),
            7 => head.take(hash_len).map(drop),
            _ => Some(()),
        }
        .ok_or(Refused::Damaged)?;
        let within = |size: u64| match size <= most {
            true => Ok(size),
            false => Err(Refused::Limit("bytes of one entry")),
        };
        let size = within(size as u64)?;
        let (start, rest) = self.inflate(head.rest(), size)?;
        let is_delta = matches!(kind, 6 | 7);
        let made = match is_delta {
            true => result_size(&start).map_err(|_| Refused::Damaged)? as u64,
            false => size,
        };
        Ok((within(made)?, rest))
    }

    /// Inflates so many bytes; gives the first few, and the input that is left.
    fn inflate<'a>(&mut self, input: &'a [u8], size: u64) -> Result<(Vec<u8>, &'a [u8]), Refused> {
        self.zlib.reset(true);
        let mut start = Vec::new();
        loop {
            let (taken, made) = (self.zlib.total_in(), self.zlib.total_out());
            let left = usize::try_from(taken).ok().and_then(|taken| input.get(taken..));
            let left = left.ok_or(Refused::Damaged)?;
            let flush = FlushDecompress::None;
            let status = self.zlib.decompress(left, &mut self.scratch, flush);
            let status = status.map_err(|_| Refused::Damaged)?;
            let new = usize::try_from(self.zlib.total_out() - made).unwrap_or(usize::MAX);
            let wanted = new.min(SIZES - start.len());
            start.extend_from_slice(self.scratch.get(..wanted).unwrap_or_default());
            if self.zlib.total_out() > size {
                return Err(Refused::Damaged);
            }
            if status == Status::StreamEnd {
                let taken = usize::try_from(self.zlib.total_in()).unwrap_or(usize::MAX);
                let rest = input.get(taken..).filter(|_| self.zlib.total_out() == size);
                return rest.map(|rest| (start, rest)).ok_or(Refused::Damaged);
            }
            if self.zlib.total_in() == taken && new == 0 {
                return Err(Refused::Damaged);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const LIMITS: Limits = Limits { objects: 10, object_bytes: 1 << 20, bytes: 1500 << 10 };

    /// A pack of blobs, each of so many zero bytes; the checksum at its end is not looked at.
    fn pack(sizes: &[usize]) -> Vec<u8> {
        let mut pack = [&b"PACK\0\0\0\x02"[..], &(sizes.len() as u32).to_be_bytes()].concat();
        for size in sizes {
            let mut left = *size >> 4;
            let mut byte = 0x30 | (*size & 15) as u8;
            while left > 0 {
                pack.push(byte | 0x80);
                byte = (left & 0x7f) as u8;
                left >>= 7;
            }
            pack.push(byte);
            let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            zlib.write_all(&vec![0; *size]).unwrap();
            pack.extend(zlib.finish().unwrap());
        }
        pack
    }

    #[test]
    fn what_a_pack_comes_to_is_known_before() {
        let weigh = |sizes: &[usize]| weigh(&pack(sizes), 20, LIMITS);
        assert_eq!(weigh(&[]), Ok(()));
        assert_eq!(weigh(&[0, 1, 70_000, 1 << 20]), Ok(()));
        assert_eq!(weigh(&[1; 11]), Err(Refused::Limit("objects of one bundle")));
        assert_eq!(weigh(&[(1 << 20) + 1]), Err(Refused::Limit("bytes of one entry")));
        assert_eq!(weigh(&[1 << 20, 1 << 20]), Err(Refused::Limit("bytes of one bundle")));
    }

    #[test]
    fn a_delta_weighs_what_it_makes() {
        // From 10 bytes: so many bytes, by one instruction that is not looked at.
        let delta = |size: [u8; 3]| [&[10][..], &size, &[0x90, 4]].concat();
        let packed = |delta: &[u8]| {
            let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            zlib.write_all(delta).unwrap();
            let head = [&b"PACK\0\0\0\x02\0\0\0\x01"[..], &[0x60 | delta.len() as u8, 5]].concat();
            [head, zlib.finish().unwrap()].concat()
        };
        assert_eq!(weigh(&packed(&delta([0xff, 0xff, 0x3f])), 20, LIMITS), Ok(()));
        let large = weigh(&packed(&delta([0xff, 0xff, 0x7f])), 20, LIMITS);
        assert_eq!(large, Err(Refused::Limit("bytes of one entry")));
    }

    #[test]
    fn every_truncation_is_refused_and_every_flip_survived() {
        let whole = pack(&[3, 100, 5000]);
        for end in 0..whole.len() {
            assert!(weigh(&whole[..end], 20, LIMITS).is_err(), "{end}");
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0xff;
            let _ = weigh(&flipped, 20, LIMITS);
        }
    }
}
