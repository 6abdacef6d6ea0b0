//! Every archive reader over any bytes, whatever they begin with: it ends, and within its limits.
//!
//! The first byte says the format, and whether the checksums of the headers are put right before:
//! a changed header is then not turned away at its checksum, and what it says is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overstay::sources::archive::{Format, LeftOut, Limits, Visitor, unpack};
use std::ops::Range;

const FORMATS: &[Format] = &[
    Format::Zip,
    Format::Tar,
    Format::Gzip,
    Format::Xz,
    Format::Zstd,
    Format::Bzip2,
    Format::SevenZip,
];

const LIMITS: Limits =
    Limits { depth: 3, entries: 100, entry_bytes: 64 << 10, total_bytes: 256 << 10, ratio: 200 };

/// Set in the first byte when the checksums are to be put right.
const MEND: u8 = 0x80;

#[derive(Default)]
struct Counting {
    files: usize,
    bytes: u64,
}

impl Visitor for Counting {
    fn file(&mut self, steps: &[String], _: &str, bytes: &[u8]) {
        assert!(!steps.is_empty() && steps.len() <= LIMITS.depth);
        assert!(bytes.len() as u64 <= LIMITS.entry_bytes);
        self.files += 1;
        self.bytes += bytes.len() as u64;
    }

    fn left_out(&mut self, _: &[String], _: LeftOut) {}
}

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let format = FORMATS[usize::from(first & !MEND) % FORMATS.len()];
    let mut bytes = bytes.to_vec();
    if first & MEND != 0 {
        mend(format, &mut bytes);
    }
    let mut counting = Counting::default();
    unpack(format, "a.tgz", &bytes, LIMITS, &mut counting);
    assert!(counting.files <= LIMITS.entries && counting.bytes <= LIMITS.total_bytes + 64 * 1024);
});

/// Puts the checksums of headers right, where they can be found without reading the archive.
fn mend(format: Format, bytes: &mut [u8]) {
    match format {
        Format::Tar => bytes.chunks_exact_mut(512).for_each(tar_header),
        // The flags of the stream, and the header of the first block, whose first byte is its length.
        Format::Xz => {
            put_crc(bytes, 6..8, 8);
            let words = bytes.get(12).map_or(0, |words| usize::from(*words));
            put_crc(bytes, 12..12 + words * 4, 12 + words * 4);
        }
        // The header at the end, whose place and checksum stand in the one at the beginning.
        Format::SevenZip => {
            let word = |at: usize| {
                let word = bytes.get(at..at + 8)?.try_into().ok()?;
                usize::try_from(u64::from_le_bytes(word)).ok()
            };
            let end = || {
                let start = word(12)?.checked_add(32)?;
                Some(start..start.checked_add(word(20)?)?)
            };
            if let Some(end) = end() {
                put_crc(bytes, end, 28);
            }
            put_crc(bytes, 12..32, 8);
        }
        Format::Zip | Format::Gzip | Format::Zstd | Format::Bzip2 | Format::Foreign(_) => {}
    }
}

fn put_crc(bytes: &mut [u8], of: Range<usize>, at: usize) {
    let Some(crc) = bytes.get(of).map(crc32fast::hash) else { return };
    if let Some(place) = bytes.get_mut(at..at.saturating_add(4)) {
        place.copy_from_slice(&crc.to_le_bytes());
    }
}

/// The sum of a header's bytes, its own place counted as spaces.
fn tar_header(block: &mut [u8]) {
    if block[257..262] == *b"ustar" {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    }
}
