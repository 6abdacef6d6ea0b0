//! The credentials in the lines of a text that nobody has scanned.

use super::{
    super::lines::{LineHash, Sorted},
    Scan, class_of,
};
use std::ops::Range;

/// So many bytes are scanned at once: the lines of a long blob are not all held.
const PORTION: usize = 8 << 20;

/// A credential that stands in an object: where, and its number.
pub(super) type Mark = (Range<usize>, u32);

/// Scans texts, one thread's worth.
pub(super) struct Texts<'a> {
    pub(super) scan: &'a Scan<'a>,
    sorted: Sorted,
    ranges: Vec<Range<usize>>,
    portion: Vec<Range<usize>>,
    found: Vec<(LineHash, u32)>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(scan: &'a Scan<'a>) -> Texts<'a> {
        let (ranges, portion, found) = (Vec::new(), Vec::new(), Vec::new());
        Texts { scan, sorted: Sorted::default(), ranges, portion, found }
    }

    /// The credentials in the lines that the fresh ranges touch.
    pub(super) fn scan(
        &mut self,
        name: &str,
        bytes: &[u8],
        fresh: impl Iterator<Item = Range<usize>>,
        marks: &mut Vec<Mark>,
    ) {
        if bytes.len() <= PORTION {
            return self.scan_portion(name, bytes, fresh, marks);
        }
        let mut portion = std::mem::take(&mut self.portion);
        let mut length = 0;
        for range in fresh {
            for start in
                range.clone().step_by(PORTION).chain(range.is_empty().then_some(range.start))
            {
                let piece = start..range.end.min(start + PORTION);
                length += piece.len();
                portion.push(piece);
                if length >= PORTION {
                    self.scan_portion(name, bytes, portion.drain(..), marks);
                    length = 0;
                }
            }
        }
        self.scan_portion(name, bytes, portion.drain(..), marks);
        self.portion = portion;
    }

    fn scan_portion(
        &mut self,
        name: &str,
        bytes: &[u8],
        fresh: impl Iterator<Item = Range<usize>>,
        marks: &mut Vec<Mark>,
    ) {
        self.scan.lines.sort(bytes, fresh, class_of(name), &mut self.sorted);
        marks.append(&mut self.sorted.known);
        if self.sorted.new.is_empty() {
            return;
        }
        self.ranges.clear();
        for line in &self.sorted.new {
            match self.ranges.last_mut() {
                Some(last) if last.end + 1 >= line.range.start => last.end = line.range.end,
                _ => self.ranges.push(line.range.clone()),
            }
        }
        self.found.clear();
        let (scan, new, found) = (self.scan, &self.sorted.new, &mut self.found);
        scan.matcher.scan_ranges(name, bytes, &self.ranges, &mut |hit| {
            let range = hit.range.clone();
            let number = scan.number(hit);
            // The first line of a key says nothing of it, the one in the middle does.
            let middle = range.start.midpoint(range.end);
            let at = new.partition_point(|line| line.range.end < middle);
            if let Some(line) = new.get(at).filter(|line| line.range.start <= middle) {
                found.push((line.hash, number));
            }
            marks.push((range, number));
        });
        scan.lines.insert(new, found);
    }
}
