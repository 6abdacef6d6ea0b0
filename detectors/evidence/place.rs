//! Where something stands.

use memchr::memchr_iter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place that a person can be sent to. At least one of `path` and `logical` is set.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Location {
    /// Path in the scanned root, `/`-separated, never absolute, never with `..`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The region of the file; absent: the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// A name inside a system: an ARN, a Vault path, a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logical: Option<String>,
}

/// Lines and columns count from 1; the end column is the one after the last character.
/// Columns count Unicode scalar values.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Region {
    /// First line.
    pub start_line: u32,
    /// First column.
    pub start_column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

impl Location {
    /// A whole file.
    pub fn file(path: impl Into<String>) -> Location {
        Location { path: Some(path.into()), ..Location::default() }
    }

    /// A region of a file.
    pub fn in_file(path: impl Into<String>, region: Region) -> Location {
        Location { path: Some(path.into()), region: Some(region), logical: None }
    }

    /// A name inside a system.
    pub fn logical(name: impl Into<String>) -> Location {
        Location { logical: Some(name.into()), ..Location::default() }
    }
}

impl Region {
    /// One whole line, its length not known.
    pub fn line(line: u32) -> Region {
        Region { start_line: line, start_column: 1, end_line: line, end_column: 2 }
    }
}

/// Turns byte offsets of a text into lines and columns; build once per document.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Indexes the lines of a text.
    pub fn new(text: &'a [u8]) -> LineIndex<'a> {
        let ends = memchr_iter(b'\n', text).map(|at| at + 1);
        LineIndex { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// Line and column, both from 1, of a byte offset.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let before = &self.text[self.starts[line - 1]..offset];
        let column = String::from_utf8_lossy(before).chars().count() + 1;
        (count(line), count(column))
    }

    /// The line, from 1, of a byte offset; cheap however long the line is.
    pub fn line(&self, offset: usize) -> u32 {
        count(self.starts.partition_point(|start| *start <= offset))
    }

    /// The region of a byte range.
    pub fn region(&self, range: std::ops::Range<usize>) -> Region {
        let (start_line, start_column) = self.position(range.start);
        let (end_line, end_column) = self.position(range.end);
        Region { start_line, start_column, end_line, end_column }
    }

    /// The text of a line (from 1), without its line break.
    pub fn line_text(&self, line: u32) -> &'a [u8] {
        let line = line as usize;
        let Some(start) = line.checked_sub(1).and_then(|l| self.starts.get(l)) else { return b"" };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let text = &self.text[*start..end];
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        text.strip_suffix(b"\r").unwrap_or(text)
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let text = "añb\r\ncd\n".as_bytes();
        let index = LineIndex::new(text);
        assert_eq!(index.position(0), (1, 1));
        assert_eq!(index.position(3), (1, 3));
        assert_eq!(index.position(6), (2, 1));
        assert_eq!(index.position(999), (3, 1));
        assert_eq!(index.line_text(1), "añb".as_bytes());
        assert_eq!(index.line_text(2), b"cd");
        assert_eq!(index.line_text(9), b"");
    }
}
