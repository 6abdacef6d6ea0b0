//! How far around a place the matcher looks.

use memchr::{memchr, memrchr};
use std::ops::Range;

/// How far before a keyword's line start and after the second line below it a value is looked for.
pub(super) const NEAR: usize = 512;
/// No token that is known by its name is shorter.
const SHORTEST_TOKEN: usize = 12;
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

/// Where a word stands of which something at `at` is part of the match or of its surroundings: from
/// the second line above to the end of the line, at most [`NEAR`] bytes to either side.
pub(super) fn lines_before(bytes: &[u8], at: usize) -> Range<usize> {
    let least = at.saturating_sub(NEAR);
    let mut start = at;
    for _ in 0..3 {
        match memrchr(b'\n', bytes.get(least..start).unwrap_or_default()) {
            Some(i) => start = least + i,
            None => return least..line_end(bytes, at),
        }
    }
    start + 1..line_end(bytes, at)
}

/// True where the name that holds the word at `at` is given a value that may be a token: the most of
/// what the patterns of named formats take for that.
pub(super) fn is_assigned(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..at.saturating_add(192).min(bytes.len())).unwrap_or_default();
    let quote = |byte: u8| matches!(byte, b'"' | b'\'');
    let space = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let skip = |from: usize, most: usize, part: &dyn Fn(u8) -> bool| {
        let rest = rest.get(from..).unwrap_or_default();
        from + rest.iter().take(most).take_while(|byte| part(**byte)).count()
    };
    let name = skip(0, 80, &|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let closed = skip(name, 2, &|b| quote(b) || b == b']');
    let mut value = skip(closed, 20, &|b| space(b) || matches!(b, b'=' | b':' | b',' | b'>'));
    if value == closed {
        return false;
    }
    if rest.get(value..).is_some_and(|rest| rest.starts_with(b"value")) {
        value = skip(skip(value + 5, 1, &quote), 3, &|b| space(b) || matches!(b, b'=' | b':'));
    }
    value = skip(value, 1, &quote);
    skip(value, SHORTEST_TOKEN, &|b| !space(b) && !quote(b)) - value == SHORTEST_TOKEN
}

/// The end of a line, or of the part of it that is near.
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    let most = at.saturating_add(NEAR).min(bytes.len());
    memchr(b'\n', bytes.get(at..most).unwrap_or_default()).map_or(most, |i| at + i)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_widened_to_its_lines_and_neighbours_are_merged() {
        let text = b"one\ntwo\nthree\nfour\nfive\nsix\n";
        assert_eq!(windows(text, &[15..16]), [3..18]);
        assert_eq!(windows(text, &[9..10, 20..21]), [0..23]);
    }
}
