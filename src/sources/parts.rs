//! Content that is too long to hold: read in parts that overlap, so that no byte goes unread and
//! nothing that stands where two parts meet is missed or told twice.

use super::content::is_binary;
use overstay_detectors::{
    evidence::{Confidence, LineIndex, Region},
    readers::secrets::{Hit, Matcher},
};
use std::io::{self, Read};

/// How the parts are cut; both even, so that no character of UTF-16 is cut through.
#[derive(Clone, Copy)]
struct Cut {
    /// How many bytes each part has of its own.
    own: usize,
    /// How many it shares with each of its neighbours: more than the longest match and its surroundings.
    shared: usize,
}

const CUT: Cut = Cut { own: 8 << 20, shared: 128 << 10 };

/// Reports the credentials in everything that can be read, each with its place.
///
/// # Errors
/// When reading fails; what stood before that place has been reported.
pub(super) fn credentials(
    matcher: &Matcher,
    path: &str,
    input: impl Read,
    found: &mut dyn FnMut(Hit, Region),
) -> io::Result<()> {
    in_parts(matcher, path, input, CUT, found)
}

fn in_parts(
    matcher: &Matcher,
    path: &str,
    mut input: impl Read,
    cut: Cut,
    found: &mut dyn FnMut(Hit, Region),
) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut binary = None;
    let (mut before, mut start) = (Before::default(), 0);
    loop {
        let wanted = start + cut.own + cut.shared;
        let missing = wanted.saturating_sub(bytes.len()) as u64;
        let read = input.by_ref().take(missing).read_to_end(&mut bytes);
        let last = read.is_err() || bytes.len() < wanted;
        let end = if last { bytes.len() } else { start + cut.own };
        // What the whole is, its beginning says.
        let binary = *binary.get_or_insert_with(|| is_binary(&bytes));
        let mut lines = None;
        matcher.scan_ranges(path, &bytes, &[start..end], &mut |hit| {
            if (start..end).contains(&hit.range.start)
                && (!binary || hit.confidence >= Confidence::High)
            {
                let lines = lines.get_or_insert_with(|| LineIndex::new(&bytes));
                let region = before.moved(lines.region(hit.range.clone()));
                found(hit, region);
            }
        });
        if last {
            return read.map(|_| ());
        }
        let kept = end - cut.shared.min(end);
        let (gone, next) = bytes.split_at(kept);
        before.count(gone, next);
        bytes.drain(..kept);
        start = end - kept;
    }
}

/// What stands before a part: lines, and characters of the line that goes on in it.
#[derive(Default)]
struct Before {
    lines: u32,
    columns: u32,
    /// Bytes at the start of the part that belong to the last of these characters.
    torn: u32,
}

impl Before {
    fn count(&mut self, bytes: &[u8], next: &[u8]) {
        let line = match memchr::memrchr(b'\n', bytes) {
            Some(end) => {
                self.columns = 0;
                bytes.get(end + 1..).unwrap_or_default()
            }
            None => bytes,
        };
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        self.lines = self.lines.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        let is_later = |byte: &&u8| **byte & 0xc0 == 0x80;
        self.torn = next.iter().take(3).take_while(is_later).count() as u32;
        let characters = line.iter().filter(|byte| !is_later(byte)).count();
        self.columns = self.columns.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
    }

    fn moved(&self, region: Region) -> Region {
        let column = |line: u32, column: u32| match line {
            1 => column.saturating_add(self.columns).saturating_sub(self.torn),
            _ => column,
        };
        Region {
            start_line: region.start_line.saturating_add(self.lines),
            start_column: column(region.start_line, region.start_column),
            end_line: region.end_line.saturating_add(self.lines),
            end_column: column(region.end_line, region.end_column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overstay_detectors::readers::secrets::FingerprintKey;

    /// A made-up credential, put together here so that none stands in this file.
    fn token() -> String {
        ["gh", "p_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
    }

    fn found(text: &[u8], cut: Cut) -> Vec<Region> {
        let matcher = Matcher::built_in(&FingerprintKey::new(b"test"));
        let mut regions = Vec::new();
        let mut see = |_: Hit, region| regions.push(region);
        in_parts(&matcher, "a.txt", text, cut, &mut see).unwrap();
        regions
    }

    #[test]
    fn a_credential_is_found_once_and_at_its_place_wherever_the_parts_meet() {
        let cut = Cut { own: 4096, shared: 512 };
        for lead in 4000..4200 {
            let text = format!("{}\nfirst line é\nkey = \"{}\"\n", "x ".repeat(lead), token());
            for end in ["", &"more text\n".repeat(2000)] {
                let whole = [text.as_str(), end].concat();
                let regions = found(whole.as_bytes(), cut);
                assert_eq!(regions.len(), 1, "{lead}");
                assert_eq!((regions[0].start_line, regions[0].start_column), (3, 8), "{lead}");
                assert_eq!(regions[0].end_column, 48, "{lead}");
            }
        }
    }

    #[test]
    fn the_column_counts_what_earlier_parts_hold_of_the_line() {
        let text = format!("{} \"{}\"", "é ".repeat(9000), token());
        let regions = found(text.as_bytes(), Cut { own: 4096, shared: 512 });
        assert_eq!((regions[0].start_line, regions[0].start_column), (1, 18_003));
    }

    #[test]
    fn what_cannot_be_read_on_is_an_error_after_what_was_read() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let matcher = Matcher::built_in(&FingerprintKey::new(b"test"));
        let text = format!("key = \"{}\"\n", token());
        let mut hits = 0;
        let read = credentials(&matcher, "a.txt", text.as_bytes().chain(Broken), &mut |_, _| {
            hits += 1;
        });
        assert_eq!((read.is_err(), hits), (true, 1));
    }
}
