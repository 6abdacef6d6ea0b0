//! The credentials in the lines of a text that nobody has scanned.

use super::{super::lines::Line, Scan, class_of};
use std::ops::Range;

/// So many bytes are scanned at once: the lines of a long blob are not all held.
const PORTION: usize = 8 << 20;

/// A credential that stands in an object: where, and its number.
pub(super) type Mark = (Range<usize>, u32);

/// Scans texts, one thread's worth.
pub(super) struct Texts<'a> {
    pub(super) scan: &'a Scan<'a>,
    lines: Vec<Line>,
    ranges: Vec<Range<usize>>,
    portion: Vec<Range<usize>>,
    /// Where the credentials of the lines stand.
    held: Vec<Range<usize>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(scan: &'a Scan<'a>) -> Texts<'a> {
        let (lines, ranges, portion, held) = Default::default();
        Texts { scan, lines, ranges, portion, held }
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
        let Texts { scan, lines, ranges, held, .. } = self;
        scan.lines.sort(bytes, fresh, class_of(name), lines);
        if lines.is_empty() {
            return;
        }
        ranges.clear();
        for line in lines.iter() {
            match ranges.last_mut() {
                Some(last) if last.end + 1 >= line.range.start => last.end = line.range.end,
                _ => ranges.push(line.range.clone()),
            }
        }
        held.clear();
        scan.matcher.scan_ranges(name, bytes, ranges, &mut |hit| {
            held.push(hit.range.clone());
            marks.push((hit.range.clone(), scan.number(hit)));
        });
        lines.retain(|line| {
            let holds =
                |hit: &Range<usize>| hit.start <= line.range.end && line.range.start <= hit.end;
            !held.iter().any(holds)
        });
        scan.lines.insert(lines.iter());
    }
}
