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
    scratch::{DEPTH, Scratch},
    screen::Screen,
    settle::settle,
    sieve::Place,
    weigh::weigh,
    window,
};
use crate::evidence::{Attrs, Verdict};
use memchr::memchr;
use overstay_rules::alphabet::{LONG_ALNUM, LONG_BASE64};
use regex_automata::{Anchored, Input};
use std::{
    cell::{OnceCell, RefCell},
    ops::Range,
    sync::LazyLock,
};

/// Finds credentials in bytes. The formats are built once per process, when the first text is searched.
#[derive(Clone, Debug)]
pub struct Matcher {
    engine: &'static LazyLock<Engine>,
    key: FingerprintKey,
}

/// How much of a line that was cut is looked at again: no literal is longer.
const CUT: usize = 40;
/// How much of a file is searched for a NUL byte.
const HEAD: usize = 8192;

/// The text that is being searched.
pub(super) struct Text<'a> {
    pub(super) path: &'a str,
    pub(super) bytes: &'a [u8],
    /// Images, archives, programs: only self-identifying formats are looked for.
    pub(super) binary: bool,
    pub(super) kind: OnceCell<FileKind>,
    pub(super) depth: usize,
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

    pub(super) fn scan_window(&self, text: &Text, window: Range<usize>, scratch: &mut Scratch) {
        if let Some(level) = scratch.levels.get_mut(text.depth) {
            level.start(self.engine.formats.len());
        }
        let least = window.start;
        self.engine.sieve.find(text.bytes, window.clone(), |at, place| match place {
            Place::Root => self.at_root(text, at, least, scratch),
            Place::RunStart => self.look_up(&self.engine.starts, text, at, least, scratch),
            Place::LongRun => self.near_run(text, at, scratch),
            Place::Encoded => self.at_run(text, at, scratch),
        });
        if window.start == 0 && text.depth == 0 && !text.binary {
            generic::whole_file(text.path, text.bytes, |found| {
                self.report_generic(text, found, scratch);
            });
        }
    }

    /// Acts on the literals of which the root stands at a place.
    #[inline]
    fn look_up(
        &self,
        screen: &Screen<Trigger>,
        text: &Text,
        at: usize,
        least: usize,
        scratch: &mut Scratch,
    ) {
        screen.find_at(text.bytes, at, least, |at, length, trigger| {
            self.at_trigger(text, at..at + length, trigger, scratch);
        });
    }

    fn at_root(&self, text: &Text, at: usize, least: usize, scratch: &mut Scratch) {
        if matches!(text.bytes.get(at), Some(b'%' | b'\\' | b'&')) && !text.binary {
            self.at_escape(text, at, scratch);
        }
        self.look_up(&self.engine.anywhere, text, at, least, scratch);
    }

    fn at_trigger(&self, text: &Text, at: Range<usize>, trigger: Trigger, scratch: &mut Scratch) {
        match trigger {
            Trigger::Start(index) => self.at_start(text, at, index, scratch),
            Trigger::Anchor(index) => self.at_anchor(text, at, index, scratch),
            _ if text.binary => {}
            Trigger::Keyword(index) => self.near_keyword(text, at.start, index, scratch),
            Trigger::Name => self.near_name(text, at.start, scratch),
            Trigger::Generic(clue) => {
                if let Some(found) = generic::at_clue(text.bytes, at, clue, || text.kind()) {
                    self.report_generic(text, found, scratch);
                }
            }
        }
    }

    /// Looks for what stands near a word of names.
    fn near_name(&self, text: &Text, at: usize, scratch: &mut Scratch) {
        let Some(level) = scratch.levels.get_mut(text.depth) else { return };
        // One more word on a line that was looked at, or a name that is only mentioned.
        if level.named > at || !window::is_assigned(text.bytes, at) {
            return;
        }
        let lines = window::lines_before(text.bytes, at);
        let fresh = lines.start.max(level.named)..lines.end;
        level.named = lines.end;
        self.look_through(&self.engine.named, text, fresh, scratch);
    }

    /// Looks for what stands near a long run.
    fn near_run(&self, text: &Text, at: usize, scratch: &mut Scratch) {
        let Some(level) = scratch.levels.get_mut(text.depth) else { return };
        if is_path(text.bytes.get(at..).unwrap_or_default()) {
            return;
        }
        let lines = window::lines_before(text.bytes, at);
        let fresh = lines.start.max(level.long)..lines.end;
        level.long = lines.end;
        self.look_through(&self.engine.long, text, fresh, scratch);
    }

    /// Acts on every literal in a part of the text.
    fn look_through(
        &self,
        screen: &Screen<Trigger>,
        text: &Text,
        part: Range<usize>,
        scratch: &mut Scratch,
    ) {
        // A line is cut where it is too long: a literal may stand across.
        let begin = part.start.saturating_sub(CUT);
        screen.find(text.bytes, begin..part.end, |at, length, trigger| {
            if at + length > part.start {
                self.at_trigger(text, at..at + length, trigger, scratch);
            }
        });
    }

    /// A match may begin here, and nowhere near.
    fn at_start(&self, text: &Text, at: Range<usize>, index: u32, scratch: &mut Scratch) {
        if is_inside_a_word(text.bytes, at.start) {
            return;
        }
        let Some(format) = self.engine.formats.get(index as usize) else { return };
        let Some(shape) = format.shape() else { return };
        let reach = at.start.saturating_add(format.longest(shape)).min(text.bytes.len());
        let span = at.start..reach.max(at.end);
        let input = Input::new(text.bytes).span(span).anchored(Anchored::Yes);
        if let Some(Confirmed { hit: Some(hit), .. }) = confirm(format, &input, &self.key) {
            scratch.hits.extend(weigh(format, text.bytes, hit, || text.kind()));
        }
    }

    fn at_anchor(&self, text: &Text, at: Range<usize>, index: u32, scratch: &mut Scratch) {
        let Some(format) = self.engine.formats.get(index as usize) else { return };
        let Some(shape) = format.shape() else { return };
        if shape.starts_with_anchor {
            return self.at_start(text, at, index, scratch);
        }
        let longest = format.longest(shape);
        let reach = at.start.saturating_add(longest).min(text.bytes.len());
        if scratch.done_at(text.depth, index) >= reach {
            return;
        }
        let start = at.end.saturating_sub(longest);
        let end = reach.saturating_add(longest).min(text.bytes.len());
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
        if format.shape().is_some_and(|shape| shape.may_stand_in(unread)) {
            self.search(text, index, fresh, scratch);
        }
    }

    /// Every match of a format inside a window.
    fn search(&self, text: &Text, index: u32, window: Range<usize>, scratch: &mut Scratch) {
        let Some(format) = self.engine.formats.get(index as usize) else { return };
        scratch.searched(text.depth, index, window.end);
        let mut from = window.start;
        while from < window.end {
            let input = Input::new(text.bytes).span(from..window.end);
            let Some(confirmed) = confirm(format, &input, &self.key) else { break };
            let hit = confirmed.hit.and_then(|hit| weigh(format, text.bytes, hit, || text.kind()));
            scratch.hits.extend(hit);
            from = confirmed.end.max(from + 1);
        }
    }

    fn report_generic(&self, text: &Text, found: Found, scratch: &mut Scratch) {
        // The first piece of a text that is put together may be empty: its quote stands for it.
        let place = found.range.start..found.range.end.max(found.range.start + 1);
        if let Some(joined) = &found.joined
            && text.depth < DEPTH
        {
            self.scan_decoded(text, joined, place.clone(), "concatenation", scratch);
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
            range: place,
            verdict: Verdict::Unchecked,
            confidence: found.confidence,
            lowered: found.lowered,
            decoded,
            through: found.decoded.is_some().then_some("base64").into_iter().collect(),
        });
    }
}

/// True for a long run that is no base64: words in small letters between slashes.
fn is_path(run: &[u8]) -> bool {
    let (Some(word), Some(run)) = (run.get(..LONG_ALNUM), run.get(..LONG_BASE64)) else {
        return false;
    };
    !word.iter().all(u8::is_ascii_alphanumeric) && !run.iter().any(u8::is_ascii_uppercase)
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
    pub(super) fn kind(&self) -> FileKind {
        *self.kind.get_or_init(|| generic::kind_of(self.path))
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
    fn a_text_whose_first_piece_is_empty_stands_at_its_quote() {
        let text = br#""client_secret": "" + "2bd403d0464b91c7f0a5e83d""#;
        let mut ranges = Vec::new();
        matcher().scan("a.js", text, &mut |hit| ranges.push(hit.range));
        assert_eq!(ranges, [18..19]);
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
