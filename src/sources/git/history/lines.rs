//! Which lines were scanned before and hold nothing. Most of a history is the same lines again; each is
//! scanned once, together with the line before it. A line with a credential in it is scanned wherever it
//! stands: what the credential is worth depends on more of the surroundings.

use super::table::Table;
use memchr::{memchr, memrchr};
use std::{
    hash::BuildHasher as _,
    ops::Range,
    sync::{PoisonError, RwLock},
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Lines shorter than this hold no credential of their own.
const SHORTEST: usize = 8;
/// A longer line is cut at this distance from the bytes that are new.
const REACH: usize = 4096;

/// The hash of a line and the one before it.
type LineHash = u64;

/// The lines that were scanned and hold nothing.
pub(super) struct Lines {
    scanned: RwLock<Table>,
    /// A new seed in every run: nobody can prepare two lines that look the same to us.
    seed: u64,
}

/// A line of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    hash: LineHash,
    pub(super) range: Range<usize>,
}

impl Lines {
    /// Room for the lines of about so many objects; there will be more if it takes more.
    pub(super) fn for_objects(count: usize) -> Lines {
        let seed = std::hash::RandomState::new().hash_one(0);
        let bits = (count * 16).max(1).ilog2().clamp(16, 22);
        Lines { scanned: RwLock::new(Table::new(bits)), seed }
    }

    /// The lines that the given ranges of an object touch and that are to be scanned. The same line in
    /// files of another `class` is another line: what it means depends on the file.
    pub(super) fn sort(
        &self,
        bytes: &[u8],
        fresh: impl Iterator<Item = Range<usize>>,
        class: u64,
        new: &mut Vec<Line>,
    ) {
        new.clear();
        let seed = self.seed ^ class;
        let scanned = self.scanned.read().unwrap_or_else(PoisonError::into_inner);
        let mut done = 0;
        for range in fresh {
            if range.end < done {
                continue;
            }
            let mut start = line_start(bytes, range.start).max(done);
            // The line after a new one has a new neighbour.
            let end = line_end(bytes, (line_end(bytes, range.end) + 1).min(bytes.len()));
            let mut before =
                previous_line(bytes, start).map_or(0, |line| xxh3_64_with_seed(&bytes[line], seed));
            while start < end {
                let stop = memchr(b'\n', &bytes[start..end]).map_or(end, |at| start + at);
                let hash = xxh3_64_with_seed(&bytes[start..stop], seed);
                if stop - start >= SHORTEST {
                    let line = Line { hash: hash ^ before.rotate_left(23), range: start..stop };
                    new.push(line);
                }
                before = hash;
                start = stop + 1;
            }
            done = done.max(end);
        }
        // In a loop of its own: the look-ups need not wait for each other.
        new.retain(|line| !scanned.has(line.hash));
    }

    /// Remembers lines that were scanned and hold nothing.
    pub(super) fn insert<'a>(&self, lines: impl ExactSizeIterator<Item = &'a Line>) {
        self.make_room(lines.len());
        let table = self.scanned.read().unwrap_or_else(PoisonError::into_inner);
        for line in lines {
            table.insert(line.hash);
        }
    }

    fn make_room(&self, more: usize) {
        let table = self.scanned.read().unwrap_or_else(PoisonError::into_inner);
        if table.has_room(more) {
            return;
        }
        drop(table);
        let mut table = self.scanned.write().unwrap_or_else(PoisonError::into_inner);
        table.grow(more);
    }
}

/// The start of the line that a place stands in, or of the part of it that is in reach.
fn line_start(bytes: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(REACH);
    memrchr(b'\n', &bytes[from..at]).map_or(from, |found| from + found + 1)
}

/// The end of the line that a place stands in, or of the part of it that is in reach.
fn line_end(bytes: &[u8], at: usize) -> usize {
    let to = at.saturating_add(REACH).min(bytes.len());
    memchr(b'\n', &bytes[at..to]).map_or(to, |found| at + found)
}

/// The line before the one that starts at a place.
fn previous_line(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let end = start.checked_sub(1)?;
    Some(line_start(bytes, end)..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_lines<'a>(
        lines: &Lines,
        text: &'a str,
        fresh: &[Range<usize>],
        class: u64,
    ) -> Vec<&'a str> {
        let mut new = Vec::new();
        lines.sort(text.as_bytes(), fresh.iter().cloned(), class, &mut new);
        lines.insert(new.iter());
        new.iter().map(|line| &text[line.range.clone()]).collect()
    }

    fn whole(text: &str) -> Vec<Range<usize>> {
        vec![0..text.len()]
    }

    #[test]
    fn a_line_is_new_once_per_neighbour_and_class() {
        let lines = Lines::for_objects(1);
        let text = "first line\nsecond line\nshort\nthird line\n";
        assert_eq!(
            new_lines(&lines, text, &whole(text), 1),
            ["first line", "second line", "third line"]
        );
        assert_eq!(new_lines(&lines, text, &whole(text), 1), [""; 0]);
        assert_eq!(new_lines(&lines, text, &whole(text), 2).len(), 3);
        let moved = "third line\nsecond line\n";
        assert_eq!(new_lines(&lines, moved, &whole(moved), 1), ["third line", "second line"]);
    }

    #[test]
    fn a_new_range_brings_its_line_and_the_next_one() {
        let lines = Lines::for_objects(1);
        let old = "line number 1\nline number 2\nline number 3\nline number 4\n";
        new_lines(&lines, old, &whole(old), 1);
        let new = "line number 1\nline nXmber 2\nline number 3\nline number 4\n";
        assert_eq!(new_lines(&lines, new, &[20..21], 1), ["line nXmber 2", "line number 3"]);
        assert_eq!(new_lines(&lines, new, &whole(new), 1), [""; 0]);
    }

    #[test]
    fn any_range_of_any_bytes_is_survived() {
        let lines = Lines::for_objects(1);
        for text in ["", "\n", "\n\n\n", "no end of line", "x\r\ny\r\n"] {
            for start in 0..=text.len() {
                for end in start..=text.len() {
                    new_lines(&lines, text, &[start..end], 3);
                }
            }
        }
    }
}
