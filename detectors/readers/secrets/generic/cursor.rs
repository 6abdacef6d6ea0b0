//! A position in bytes that only moves forward and never past a limit.

use std::ops::Range;

#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    limit: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at a position; sees at most `reach` bytes from there.
    pub(super) fn new(bytes: &'a [u8], at: usize, reach: usize) -> Cursor<'a> {
        Cursor { bytes, at, limit: at.saturating_add(reach).min(bytes.len()) }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.limit).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    pub(super) fn starts_with(&self, text: &[u8]) -> bool {
        self.rest().starts_with(text)
    }

    /// Steps over a text if it stands here.
    pub(super) fn eat(&mut self, text: &[u8]) -> bool {
        let here = self.starts_with(text);
        if here {
            self.at += text.len();
        }
        here
    }

    /// Steps over all bytes that satisfy a condition, at most `most`; returns how many.
    pub(super) fn skip(&mut self, most: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let count = self.rest().iter().take(most).take_while(|byte| wanted(**byte)).count();
        self.at += count;
        count
    }

    pub(super) fn spaces(&mut self) -> usize {
        self.skip(64, |byte| matches!(byte, b' ' | b'\t'))
    }

    pub(super) fn spaces_and_newlines(&mut self) -> usize {
        self.skip(96, |byte| byte.is_ascii_whitespace())
    }

    /// The bytes up to the first that ends the value. `None` when none of the bytes in reach does and
    /// the text goes on.
    pub(super) fn until(&self, ends: impl Fn(u8) -> bool) -> Option<Range<usize>> {
        match self.rest().iter().position(|byte| ends(*byte)) {
            Some(length) => Some(self.at..self.at + length),
            None if self.limit == self.bytes.len() => Some(self.at..self.limit),
            None => None,
        }
    }
}
