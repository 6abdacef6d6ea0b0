//! The matcher: literals, then what each of them calls for, then one credential per place.

use super::{
    companions,
    confirm::{Confirmed, confirm},
    decode,
    engine::{Engine, Trigger},
    fingerprint::FingerprintKey,
    generic::{self, FileKind, Found},
    hit::Hit,
    redact::{STARS, redact},
    settle::settle,
    window,
};
use crate::evidence::{Attrs, Verdict};
use memchr::memchr;
use regex_automata::{Anchored, Input};
use std::{
    cell::{OnceCell, RefCell},
    ops::Range,
};

/// Finds credentials in bytes. The formats are built once per process.
#[derive(Clone, Debug)]
pub struct Matcher {
    engine: &'static Engine,
    key: FingerprintKey,
}

/// How many encodings may be wrapped around each other.
const DEPTH: usize = 2;
/// How much of a file is searched for a NUL byte.
const HEAD: usize = 8192;

/// What is reused from file to file.
#[derive(Debug, Default)]
struct Scratch {
    levels: [Progress; DEPTH + 1],
    hits: Vec<Hit>,
}

/// How far one text has been searched, and room for what is decoded from it.
#[derive(Debug, Default)]
struct Progress {
    /// Up to where each format has been searched.
    done: Vec<usize>,
    /// The formats whose `done` is not zero.
    touched: Vec<u32>,
    /// Up to where escapes have been decoded.
    unescaped: usize,
    decoded: Vec<u8>,
}

/// The text that is being searched.
struct Text<'a> {
    path: &'a str,
    bytes: &'a [u8],
    /// Images, archives, programs: only self-identifying formats are looked for.
    binary: bool,
    kind: OnceCell<FileKind>,
    depth: usize,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Matcher {
    /// The matcher with every built-in format. The key makes fingerprints comparable.
    pub fn built_in(key: &FingerprintKey) -> Matcher {
        Matcher { engine: Engine::built_in(), key: key.clone() }
    }

    /// Reports every credential in the bytes, in order. The path only says what kind of file it is.
    pub fn scan(&self, path: &str, bytes: &[u8], sink: &mut impl FnMut(Hit)) {
        self.scan_ranges(path, bytes, std::slice::from_ref(&(0..bytes.len())), sink);
    }

    /// Reports the credentials that intersect one of the ranges (sorted, not overlapping). What
    /// stands around a range is read as far as a match may reach.
    pub fn scan_ranges(
        &self,
        path: &str,
        bytes: &[u8],
        ranges: &[Range<usize>],
        sink: &mut impl FnMut(Hit),
    ) {
        let mut scratch = SCRATCH.take();
        let binary = memchr(0, bytes.get(..HEAD).unwrap_or(bytes)).is_some();
        let text = Text { path, bytes, binary, kind: OnceCell::new(), depth: 0 };
        match binary.then(|| decode::utf16_of(bytes)).flatten() {
            Some(order) => self.scan_utf16(&text, order, &mut scratch),
            None => {
                for window in window::windows(bytes, ranges) {
                    self.scan_window(&text, window, &mut scratch);
                }
            }
        }
        settle(&mut scratch.hits);
        companions::join(&mut scratch.hits);
        for hit in scratch.hits.drain(..) {
            let inside =
                |range: &Range<usize>| hit.range.start < range.end && range.start < hit.range.end;
            if ranges.iter().any(inside) {
                sink(hit);
            }
        }
        SCRATCH.replace(scratch);
    }

    /// The text with every credential in it replaced by its redacted form.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut kept = 0;
        self.scan("", text.as_bytes(), &mut |hit| {
            if hit.range.start >= kept {
                masked.push_str(text.get(kept..hit.range.start).unwrap_or_default());
                masked.push_str(&hit.redacted);
                kept = hit.range.end;
            }
        });
        masked.push_str(text.get(kept..).unwrap_or_default());
        masked
    }

    fn scan_window(&self, text: &Text, window: Range<usize>, scratch: &mut Scratch) {
        if let Some(level) = scratch.levels.get_mut(text.depth) {
            level.start(self.engine.formats.len());
        }
        self.engine.screen.find(text.bytes, window.clone(), |at, len, trigger| {
            self.at_trigger(text, at..at + len, trigger, scratch);
        });
        if text.depth < DEPTH && !text.binary {
            window::runs(text.bytes, window.clone(), decode::LEAST_RUN, &decode::BASE64, |run| {
                self.at_run(text, run, scratch);
            });
        }
        if window.start == 0 && text.depth == 0 && !text.binary {
            generic::whole_file(text.path, text.bytes, |found| {
                self.report_generic(text, found, scratch);
            });
        }
    }

    fn at_trigger(&self, text: &Text, at: Range<usize>, trigger: Trigger, scratch: &mut Scratch) {
        match trigger {
            Trigger::Anchor(index) => self.at_anchor(text, at, index, scratch),
            _ if text.binary => {}
            Trigger::Keyword(index) => self.near_keyword(text, at.start, index, scratch),
            Trigger::Escape => self.at_escape(text, at.start, scratch),
            Trigger::Generic(clue) => {
                if let Some(found) = generic::at_clue(text.bytes, at, clue, || text.kind()) {
                    self.report_generic(text, found, scratch);
                }
            }
        }
    }

    fn at_anchor(&self, text: &Text, at: Range<usize>, index: u32, scratch: &mut Scratch) {
        let Some(format) = self.engine.formats.get(index as usize) else { return };
        let Some(compiled) = format.compiled() else { return };
        let reach = at.start.saturating_add(compiled.longest).min(text.bytes.len());
        if compiled.starts_with_anchor {
            if is_inside_a_word(text.bytes, at.start) {
                return;
            }
            let span = at.start..reach.max(at.end);
            let input = Input::new(text.bytes).span(span).anchored(Anchored::Yes);
            if let Some(Confirmed { hit: Some(hit), .. }) =
                confirm(format, compiled, &input, &self.key)
            {
                scratch.hits.push(hit);
            }
            return;
        }
        if scratch.done_at(text.depth, index) >= reach {
            return;
        }
        let start = at.end.saturating_sub(compiled.longest);
        let end = reach.saturating_add(compiled.longest).min(text.bytes.len());
        self.search(text, index, start..end, scratch);
    }

    fn near_keyword(&self, text: &Text, at: usize, index: u32, scratch: &mut Scratch) {
        let done = scratch.done_at(text.depth, index);
        if done > at + window::NEAR {
            return;
        }
        let window = window::lines_around(text.bytes, at);
        let fresh = window.start.max(done)..window.end;
        let Some(unread) = text.bytes.get(fresh.clone()) else { return };
        let Some(format) = self.engine.formats.get(index as usize) else { return };
        let Some(compiled) = format.compiled() else { return };
        if window::holds_run(unread, compiled.shortest_secret.min(24)) {
            self.search(text, index, fresh, scratch);
        }
    }

    /// Every match of a format inside a window.
    fn search(&self, text: &Text, index: u32, window: Range<usize>, scratch: &mut Scratch) {
        let Some(format) = self.engine.formats.get(index as usize) else { return };
        let Some(compiled) = format.compiled() else { return };
        scratch.searched(text.depth, index, window.end);
        let mut from = window.start;
        while from < window.end {
            let input = Input::new(text.bytes).span(from..window.end);
            let Some(confirmed) = confirm(format, compiled, &input, &self.key) else { break };
            scratch.hits.extend(confirmed.hit);
            from = confirmed.end.max(from + 1);
        }
    }

    fn at_run(&self, text: &Text, run: Range<usize>, scratch: &mut Scratch) {
        let Some(encoded) = text.bytes.get(run.clone()) else { return };
        let mut decoded = scratch.room(text.depth);
        if let Some(how) = decode::decode_run(encoded, &mut decoded) {
            self.scan_decoded(text, &decoded, run, how, scratch);
        }
        scratch.give_back(text.depth, decoded);
    }

    fn at_escape(&self, text: &Text, at: usize, scratch: &mut Scratch) {
        if text.depth >= DEPTH || scratch.levels.get(text.depth).is_none_or(|l| l.unescaped > at) {
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

    fn scan_utf16(&self, text: &Text, order: fn([u8; 2]) -> u16, scratch: &mut Scratch) {
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
    fn scan_decoded(
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

    fn report_generic(&self, text: &Text, found: Found, scratch: &mut Scratch) {
        if let Some(joined) = &found.joined
            && text.depth < DEPTH
        {
            let whole = found.range.clone();
            self.scan_decoded(text, joined, whole, "concatenation", scratch);
        }
        let Some(written) = text.bytes.get(found.range.clone()) else { return };
        let secret = found.joined.as_deref().or(found.decoded.as_deref()).unwrap_or(written);
        let part = |range: Option<Range<usize>>| {
            range.and_then(|r| text.bytes.get(r)).map(|b| String::from_utf8_lossy(b).into_owned())
        };
        let mut decoded = Attrs::new();
        for (name, value) in
            [("user", found.user_name.or_else(|| part(found.user))), ("host", part(found.host))]
        {
            if let Some(value) = value {
                decoded.insert(name.to_owned(), value.into());
            }
        }
        scratch.hits.push(Hit {
            format: found.label.id,
            name: found.label.name,
            provider: None,
            kind: found.label.kind,
            redacted: if secret.len() < 24 {
                STARS.into()
            } else {
                redact(found.label.kind, secret, &[])
            },
            fingerprint: self.key.fingerprint(secret),
            context: found.range.start,
            named: false,
            range: found.range,
            verdict: Verdict::Unchecked,
            confidence: found.confidence,
            lowered: found.lowered,
            decoded,
            through: found.decoded.is_some().then_some("base64").into_iter().collect(),
        });
    }
}

/// True when the byte at a position continues a word: what begins there is the middle of something
/// longer, base64 mostly. The letter of an escape (`\\n`, `%3D`) does not count.
fn is_inside_a_word(bytes: &[u8], at: usize) -> bool {
    let before =
        |back: usize| at.checked_sub(back).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+';
    word(before(1))
        && word(before(2))
        && word(before(3))
        && bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

impl Text<'_> {
    fn kind(&self) -> FileKind {
        *self.kind.get_or_init(|| generic::kind_of(self.path))
    }
}

impl Progress {
    fn start(&mut self, formats: usize) {
        self.done.resize(formats, 0);
        for index in self.touched.drain(..) {
            if let Some(done) = self.done.get_mut(index as usize) {
                *done = 0;
            }
        }
        self.unescaped = 0;
    }
}

impl Scratch {
    fn done_at(&self, depth: usize, index: u32) -> usize {
        let level = self.levels.get(depth);
        level.and_then(|level| level.done.get(index as usize)).copied().unwrap_or_default()
    }

    fn searched(&mut self, depth: usize, index: u32, to: usize) {
        if let Some(level) = self.levels.get_mut(depth)
            && let Some(done) = level.done.get_mut(index as usize)
        {
            if *done == 0 {
                level.touched.push(index);
            }
            *done = to;
        }
    }

    /// The buffer of a level, to fill and give back.
    fn room(&mut self, depth: usize) -> Vec<u8> {
        self.levels
            .get_mut(depth)
            .map(|level| std::mem::take(&mut level.decoded))
            .unwrap_or_default()
    }

    fn give_back(&mut self, depth: usize, buffer: Vec<u8>) {
        if let Some(level) = self.levels.get_mut(depth) {
            level.decoded = buffer;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::format::built_in, *};
    use crate::examples::BREAK;

    fn matcher() -> Matcher {
        Matcher::built_in(&FingerprintKey::new(b"test"))
    }

    /// What is found: the format, and whether it had to be decoded. A text whose decoded form is
    /// recognised is reported as what is inside.
    fn found(text: &str) -> Vec<(&'static str, bool)> {
        let mut ids = Vec::new();
        matcher().scan("file.txt", text.as_bytes(), &mut |hit| {
            ids.push((hit.format, !hit.through.is_empty()));
        });
        ids
    }

    #[test]
    fn every_format_is_found_and_not_found_where_its_examples_say() {
        let mut wrong = Vec::new();
        for format in built_in() {
            for text in &format.positive {
                let hits = found(&text.replace(BREAK, ""));
                if !hits.iter().any(|(id, decoded)| *id == format.id || *decoded) {
                    wrong.push(format!("{}: not found in {text}", format.id));
                }
            }
            for text in &format.negative {
                if found(&text.replace(BREAK, "")).iter().any(|(id, _)| *id == format.id) {
                    wrong.push(format!("{}: found in {text}", format.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
