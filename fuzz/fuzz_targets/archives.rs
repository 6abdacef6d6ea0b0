//! Every archive reader over any bytes, whatever they begin with: it ends, and within its limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use overstay::sources::archive::{Format, LeftOut, Limits, Visitor, unpack};

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

#[derive(Default)]
struct Counting {
    files: usize,
    bytes: u64,
}

impl Visitor for Counting {
    fn file(&mut self, _: &[String], _: &str, bytes: &[u8]) {
        self.files += 1;
        self.bytes += bytes.len() as u64;
    }

    fn left_out(&mut self, _: &[String], _: LeftOut) {}
}

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    let mut counting = Counting::default();
    unpack(format, "a.tgz", bytes, LIMITS, &mut counting);
    assert!(counting.files <= LIMITS.entries && counting.bytes <= LIMITS.total_bytes + 64 * 1024);
});
