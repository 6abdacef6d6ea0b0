//! Edits of byte spans.

use crate::evidence::Region;
use std::ops::Range;

/// Text in place of a span; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub span: Range<usize>,
    pub text: String,
}

/// The text with all edits made; `None` when two overlap or one lies outside.
pub(super) fn apply<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start)?);
        out.push_str(&edit.text);
        at = edit.span.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// A text by lines.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Lines<'t> {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// Where a line begins; lines count from 1.
    pub(super) fn start(&self, line: u32) -> Option<usize> {
        self.starts.get((line as usize).checked_sub(1)?).copied()
    }

    /// A line without its break.
    pub(super) fn line(&self, line: u32) -> Option<&'t str> {
        let start = self.start(line)?;
        let end = self.start(line + 1).unwrap_or(self.text.len());
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    /// The byte of a line and column; columns count characters from 1.
    pub(super) fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let text = self.line(line)?;
        let column = (column as usize).checked_sub(1)?;
        let within = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(column)?;
        Some(self.start(line)? + within)
    }

    /// The bytes of a region.
    pub(super) fn span(&self, region: Region) -> Option<Range<usize>> {
        let start = self.offset(region.start_line, region.start_column)?;
        let end = self.offset(region.end_line, region.end_column)?;
        (start <= end).then_some(start..end)
    }

    /// The break that the file's lines end with.
    pub(super) fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }
}
