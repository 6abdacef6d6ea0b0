//! Credentials inside encodings: what is decoded is searched like a text of its own.

use super::{
    decode,
    matcher::{Matcher, Text},
    scratch::{DEPTH, Scratch},
};
use std::{cell::OnceCell, ops::Range};

impl Matcher {
    pub(super) fn at_run(&self, text: &Text, at: usize, scratch: &mut Scratch) {
        if text.depth >= DEPTH || text.binary {
            return;
        }
        let Some((run, how)) = decode::encoded_run(text.bytes, at) else { return };
        let Some(encoded) = text.bytes.get(run.clone()) else { return };
        let mut decoded = scratch.room(text.depth);
        // A source map repeats the code that it belongs to (ECMA-426).
        let map = |text: &[u8]| text.starts_with(b"{\"version\":3,");
        if decode::decode_run(encoded, how, &mut decoded) && !map(&decoded) {
            self.scan_decoded(text, &decoded, run, how.name(), scratch);
        }
        scratch.give_back(text.depth, decoded);
    }

    pub(super) fn at_escape(&self, text: &Text, at: usize, scratch: &mut Scratch) {
        let here = text.bytes.get(at..).is_some_and(decode::begins_escapes);
        let done = scratch.levels.get(text.depth).map(|level| level.unescaped);
        if !here || text.depth >= DEPTH || done.is_none_or(|done| done > at) {
            return;
        }
        let mut decoded = scratch.room(text.depth);
        if let Some(range) = decode::decode_escapes(text.bytes, at, &mut decoded) {
            if let Some(level) = scratch.levels.get_mut(text.depth) {
                level.unescaped = range.end;
            }
            self.scan_decoded(text, &decoded, range, "escapes", scratch);
        }
        scratch.give_back(text.depth, decoded);
    }

    pub(super) fn scan_utf16(&self, text: &Text, order: fn([u8; 2]) -> u16, scratch: &mut Scratch) {
        let mut decoded = scratch.room(0);
        decode::utf16_to_utf8(text.bytes, order, &mut decoded);
        let inner =
            Text { bytes: &decoded, binary: false, kind: OnceCell::new(), depth: 1, ..*text };
        self.scan_window(&inner, 0..decoded.len(), scratch);
        for hit in &mut scratch.hits {
            let place = |at: usize| decode::utf16_position(&decoded, at);
            hit.range = place(hit.range.start)..place(hit.range.end);
            hit.through.insert(0, "utf-16");
        }
        scratch.give_back(0, decoded);
    }

    /// Searches what came out of an encoding; what is found stands where the encoded form stands.
    pub(super) fn scan_decoded(
        &self,
        text: &Text,
        decoded: &[u8],
        place: Range<usize>,
        how: &'static str,
        scratch: &mut Scratch,
    ) {
        let before = scratch.hits.len();
        let kind = OnceCell::from(text.kind());
        let inner =
            Text { path: text.path, bytes: decoded, binary: false, kind, depth: text.depth + 1 };
        self.scan_window(&inner, 0..decoded.len(), scratch);
        for hit in scratch.hits.iter_mut().skip(before) {
            hit.range = place.clone();
            hit.through.insert(0, how);
        }
    }
}
