//! How far around a place the matcher looks.

use memchr::{memchr, memrchr};
use std::ops::Range;

/// How far before a keyword's line start and after the second line below it a value is looked for.
pub(super) const NEAR: usize = 512;
/// How much of a line without end is read around a range.
const LONGEST_LINE: usize = 4096;

/// The line of a position and the two lines below it, at most [`NEAR`] bytes to either side.
pub(super) fn lines_around(bytes: &[u8], at: usize) -> Range<usize> {
    let least = at.saturating_sub(NEAR);
    let before = bytes.get(least..at).unwrap_or_default();
    let start = memrchr(b'\n', before).map_or(least, |i| least + i + 1);
    let most = at.saturating_add(NEAR).min(bytes.len());
    let mut end = at;
    for _ in 0..3 {
        let rest = bytes.get(end..most).unwrap_or_default();
        match memchr(b'\n', rest) {
            Some(i) => end += i + 1,
            None => return start..most,
        }
    }
    start..end
}

/// What must be read for the ranges: each widened to its lines, the two above and the one below,
/// neighbours merged.
pub(super) fn windows(bytes: &[u8], ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let wide = widen(bytes, range);
        match windows.last_mut() {
            Some(last) if wide.start <= last.end => last.end = last.end.max(wide.end),
            _ => windows.push(wide),
        }
    }
    windows
}

fn widen(bytes: &[u8], range: &Range<usize>) -> Range<usize> {
    let least = range.start.saturating_sub(LONGEST_LINE);
    let mut start = range.start.min(bytes.len());
    for _ in 0..3 {
        let before = bytes.get(least..start).unwrap_or_default();
        match memrchr(b'\n', before) {
            Some(i) => start = least + i,
            None => {
                start = least;
                break;
            }
        }
    }
    let most = range.end.saturating_add(LONGEST_LINE).min(bytes.len());
    let rest = bytes.get(range.end.min(most)..most).unwrap_or_default();
    start..memchr(b'\n', rest).map_or(most, |i| range.end + i)
}

/// True when a text holds a run of at least `length` bytes of which values are made.
pub(super) fn holds_run(text: &[u8], length: usize) -> bool {
    let mut run = 0;
    text.iter().any(|byte| {
        let part = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'.' | b'=' | b'~' | b':' | b'@');
        run = if part { run + 1 } else { 0 };
        run >= length
    })
}

/// Calls `found` for every run of at least `least` bytes of a class, in one pass that looks at few
/// bytes: a run of that length must cover every `least`-th position.
pub(super) fn runs(
    text: &[u8],
    window: Range<usize>,
    least: usize,
    class: &[bool; 256],
    mut found: impl FnMut(Range<usize>),
) {
    let text = text.get(..window.end.min(text.len())).unwrap_or_default();
    let is_in = |byte: &u8| class[usize::from(*byte)];
    let mut start = window.start;
    while let Some(probed) = text.get(start..start.saturating_add(least)) {
        // The last byte outside the class rules out every start up to it.
        if let Some(outside) = probed.iter().rposition(|byte| !is_in(byte)) {
            start += outside + 1;
            continue;
        }
        let rest = text.get(start + least..).unwrap_or_default();
        let end = start + least + rest.iter().position(|byte| !is_in(byte)).unwrap_or(rest.len());
        found(start..end);
        start = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_wherever_they_stand() {
        let mut class = [false; 256];
        for byte in b'a'..=b'z' {
            class[usize::from(byte)] = true;
        }
        for before in 0..12 {
            let text = format!("{}.abcdefgh. abc", "x".repeat(before.min(5)) + &".".repeat(before));
            let mut found = Vec::new();
            runs(text.as_bytes(), 0..text.len(), 8, &class, |run| found.push(text[run].to_owned()));
            assert_eq!(found, ["abcdefgh"], "{text}");
        }
    }

    #[test]
    fn a_range_is_widened_to_its_lines_and_neighbours_are_merged() {
        let text = b"one\ntwo\nthree\nfour\nfive\nsix\n";
        assert_eq!(windows(text, &[15..16]), [3..18]);
        assert_eq!(windows(text, &[9..10, 20..21]), [0..23]);
    }
}
