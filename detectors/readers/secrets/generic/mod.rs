//! The generic detector: a value that is given to a name that promises a secret, in any notation;
//! and user and password in a URL.

mod assign;
mod call;
mod clue;
mod command;
mod cursor;
mod file;
mod judge;
mod label;
mod literal;
mod loose;
mod manifest;
mod markup;
mod name;
mod neighbours;
mod notation;
mod place;
mod random;
mod reference;
mod shape;
mod style;
mod trial;
mod url;
mod vocabulary;
mod whole;
mod words;

use crate::evidence::Confidence;
use assign::value_of;
use command::Given;
use judge::{Candidate, Judgement, judge};
use label::{BASIC, HASH, HEADER, Label, PASSWORD, SECRET, URL};
use loose::is_unconvincing;
use manifest::{encoded_value, is_encoded};
use name::{Promise, promise};
use neighbours::doubt_by_neighbours;
use place::{is_key_or_listed, is_minified, is_taken, line_before};
use shape::{is_constant, is_identifier, is_package};
use std::ops::Range;
use style::Style;
use words::reads_like_words;

pub(super) use clue::{Clue, clues};
pub(super) use file::{FileKind, kind_of};
pub(super) use label::describe;
pub(super) use whole::whole_file;

/// A generic credential, not yet fingerprinted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) label: &'static Label,
    /// Where the value, or its encoded form, stands.
    pub(super) range: Range<usize>,
    pub(super) confidence: Confidence,
    pub(super) lowered: Option<&'static str>,
    pub(super) user: Option<Range<usize>>,
    pub(super) host: Option<Range<usize>>,
    /// A user that was decoded.
    pub(super) user_name: Option<String>,
    /// The value, when it was written in base64.
    pub(super) decoded: Option<Vec<u8>>,
    /// The value, when it was written in two pieces.
    pub(super) joined: Option<Vec<u8>>,
}

/// Names longer than this are no names.
const LONGEST_NAME: usize = 80;

/// Signs of a template or a grammar in the user of a URL.
const TEMPLATE: &[u8] = b"{}[]()<>&|";

impl Found {
    fn new(label: &'static Label, range: Range<usize>, judgement: Judgement) -> Found {
        Found {
            label,
            range,
            confidence: judgement.confidence,
            lowered: judgement.lowered,
            user: None,
            host: None,
            user_name: None,
            decoded: None,
            joined: None,
        }
    }
}

/// The credential that a clue leads to.
pub(super) fn at_clue(
    bytes: &[u8],
    clue_at: Range<usize>,
    clue: Clue,
    file: impl Fn() -> FileKind,
) -> Option<Found> {
    match clue {
        Clue::Name => at_name(bytes, clue_at, file),
        Clue::Url => at_url(bytes, clue_at.end, file),
        Clue::Dsn => in_url(bytes, url::parse_dsn(bytes, clue_at.start)?, file()),
        Clue::Command => by_position(bytes, command::after_command(bytes, &clue_at)?, file()),
        Clue::Call => by_position(bytes, call::in_call(bytes, &clue_at)?, file()),
        Clue::Bearer if !is_in_word(bytes, clue_at.start) => at_bearer(bytes, clue_at.end, file()),
        Clue::Bearer => None,
        Clue::Basic => at_basic(bytes, clue_at.end, file()),
        Clue::Hash => at_hash(bytes, clue_at.start, file()),
    }
}

/// A credential that the name around `word` is given.
fn at_name(bytes: &[u8], word: Range<usize>, file: impl Fn() -> FileKind) -> Option<Found> {
    let name = name_around(bytes, word)?;
    let text = bytes.get(name.clone())?;
    if !may_assign(bytes, name.end) {
        return None;
    }
    let promise = promise(text)?;
    let file = file();
    if file.barren {
        return None;
    }
    let value = value_of(bytes, &name, style_at(bytes, &name, file.style))?;
    if is_begun(bytes, &value) {
        return None;
    }
    let written = bytes.get(value.range.clone())?;
    if is_unconvincing(bytes, &name, &value, file.style, promise) {
        return None;
    }
    let cut = bytes.get(value.range.end..).is_some_and(|rest| rest.starts_with(b"||"));
    if cut || is_key_or_listed(bytes, &value.range, promise == Promise::Password) {
        return None;
    }
    if promise == Promise::Basic
        && let Some(found) = basic_value(written, value.range.clone(), file)
    {
        return Some(found);
    }
    let joined =
        value.continued.and_then(|more| bytes.get(more)).map(|more| [written, more].concat());
    let encoded = is_encoded(bytes, &name, file);
    let decoded = encoded.then(|| encoded_value(written)).flatten();
    let candidate = Candidate {
        promise,
        name: text,
        value: joined.as_deref().or(decoded.as_deref()).unwrap_or(written),
        delimited: value.delimited,
        file,
        connected: !file.test && is_connected(bytes, &name, file.style),
    };
    let mut judgement = judge(&candidate)?;
    let password = promise == Promise::Password;
    if is_taken(bytes, &name) || (password && is_minified(bytes, &name, file)) {
        return None;
    }
    if let Some(why) = doubt_by_neighbours(bytes, &name, &value.range, password) {
        judgement = Judgement { confidence: Confidence::Low, lowered: Some(why) };
    }
    let label = if password { &PASSWORD } else { &SECRET };
    Some(Found { joined, decoded, ..Found::new(label, value.range, judgement) })
}

/// User and password in the URL whose `://` ends at `at`.
fn at_url(bytes: &[u8], at: usize, file: impl Fn() -> FileKind) -> Option<Found> {
    let line = bytes.get(at..at.saturating_add(320).min(bytes.len()))?;
    memchr::memchr(b'@', line)?;
    let file = file();
    in_url(bytes, url::parse(bytes, at, file.style == Style::Store)?, file)
}

fn in_url(bytes: &[u8], url: url::Url, file: FileKind) -> Option<Found> {
    // `${Env:TOKEN}@host`, `[user[:password]@]`: a template, a grammar, a test of a parser.
    let template = bytes.get(url.user.clone())?.iter().any(|b| TEMPLATE.contains(b));
    if template || is_minified(bytes, &url.user, file) {
        return None;
    }
    let plain = matches!(file.style, Style::Store | Style::Config | Style::Shell);
    let candidate = Candidate {
        promise: Promise::Password,
        name: bytes.get(url.user.clone())?,
        value: bytes.get(url.password.clone())?,
        delimited: true,
        file,
        connected: !file.test && plain && !url.local,
    };
    let judgement = judge(&candidate)?;
    let found = Found::new(&URL, url.password, judgement);
    Some(Found { user: Some(url.user), host: Some(url.host), ..found })
}

/// Why the password of a login is doubtful, if it is.
pub(super) fn doubt_login(user: &[u8], password: &[u8], file: FileKind) -> Option<&'static str> {
    if user.iter().any(|b| TEMPLATE.contains(b)) {
        return Some("placeholder");
    }
    let plain = matches!(file.style, Style::Store | Style::Config | Style::Shell);
    let candidate = Candidate {
        promise: Promise::Password,
        name: user,
        value: password,
        delimited: true,
        file,
        connected: !file.test && plain,
    };
    judge(&candidate).map_or(Some("placeholder"), |judgement| judgement.lowered)
}

/// True for a text that reads like the name of something: a variable, a constant, a package, a function.
pub(super) fn is_name(value: &[u8]) -> bool {
    let called = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let call = value.get(called) == Some(&b'(')
        && reads_like_words(value.get(..called).unwrap_or_default());
    call || is_identifier(value) || is_constant(value) || is_package(value)
}

/// A password that its place, not a name, gives away.
fn by_position(bytes: &[u8], given: Given, file: FileKind) -> Option<Found> {
    let value = bytes.get(given.secret.clone())?;
    let candidate = Candidate {
        promise: Promise::Password,
        name: b"",
        value,
        delimited: false,
        file,
        connected: !file.test && file.style == Style::Shell,
    };
    let judgement = judge(&candidate)?;
    Some(Found { user: given.user, ..Found::new(&PASSWORD, given.secret, judgement) })
}

/// True where a letter stands before: `OAuthBearer kind`.
fn is_in_word(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphabetic)
}

fn at_bearer(bytes: &[u8], at: usize, file: FileKind) -> Option<Found> {
    let range = command::after_scheme(bytes, at)?;
    let candidate = Candidate {
        promise: Promise::Secret,
        name: b"bearer",
        value: bytes.get(range.clone())?,
        delimited: true,
        file,
        connected: false,
    };
    let judgement = judge(&candidate)?;
    Some(Found::new(&HEADER, range, judgement))
}

fn at_basic(bytes: &[u8], at: usize, file: FileKind) -> Option<Found> {
    let range = command::after_scheme(bytes, at)?;
    basic_value(bytes.get(range.clone())?, range, file)
}

/// Base64 of `user:password`.
fn basic_value(written: &[u8], range: Range<usize>, file: FileKind) -> Option<Found> {
    let (user, password) = command::basic(written)?;
    let candidate = Candidate {
        promise: Promise::Password,
        name: &user,
        value: &password,
        delimited: true,
        file,
        connected: !file.test,
    };
    let judgement = judge(&candidate)?;
    let user_name = Some(String::from_utf8_lossy(&user).into_owned());
    Some(Found { user_name, decoded: Some(password), ..Found::new(&BASIC, range, judgement) })
}

/// A password hash: nobody can log in with it, everybody can guess at it.
fn at_hash(bytes: &[u8], at: usize, file: FileKind) -> Option<Found> {
    let rest = bytes.get(at..at.saturating_add(256).min(bytes.len()))?;
    let part = |b: &u8| b.is_ascii_alphanumeric() || b"$./+=,-_*{}".contains(b);
    let length = rest.iter().position(|b| !part(b)).unwrap_or(rest.len());
    let hash = rest.get(..length)?;
    let least = if hash.starts_with(b"$1$") || hash.starts_with(b"$apr1$") { 28 } else { 40 };
    if length < least || reads_like_words(hash) || file.barren {
        return None;
    }
    let line = memchr::memrchr(b'\n', bytes.get(..at)?).map_or(0, |i| i + 1);
    let before = bytes.get(line..at)?;
    let kept = file.style == Style::Store || before.contains(&b'(') && !file.test;
    let judgement = if kept {
        Judgement { confidence: Confidence::Medium, lowered: None }
    } else {
        Judgement { confidence: Confidence::Low, lowered: Some("a hash, not a value") }
    };
    Some(Found::new(&HASH, at..at + length, judgement))
}

/// How values are written where the name stands: a comment among settings is prose.
fn style_at(bytes: &[u8], name: &Range<usize>, style: Style) -> Style {
    let comment = matches!(style, Style::Config | Style::Shell)
        && line_before(bytes, name.start).trim_ascii_start().starts_with(b"#");
    if comment { Style::Prose } else { style }
}

/// True for a short text that code goes on with: `"base64:" + encoded`, `'jira.' . random()`.
fn is_begun(bytes: &[u8], value: &assign::Value) -> bool {
    let Some((quote, rest)) = bytes.get(value.range.end..).and_then(<[u8]>::split_first) else {
        return false;
    };
    let rest = rest.get(..rest.len().min(16)).unwrap_or_default().trim_ascii_start();
    let more = rest.strip_prefix(b"+").or_else(|| rest.strip_prefix(b"."));
    let named = |b: &u8| b.is_ascii_alphabetic() || b"$_(".contains(b);
    value.range.len() < 20
        && matches!(quote, b'"' | b'\'')
        && value.continued.is_none()
        && more.is_some_and(|more| more.trim_ascii_start().first().is_some_and(named))
}

/// True where a name may be given a value: cheap, and right for nearly all that are not.
fn may_assign(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|b| {
        matches!(
            b,
            b'"' | b'\''
                | b'`'
                | b'\\'
                | b' '
                | b'\t'
                | b'='
                | b':'
                | b'>'
                | b'('
                | b','
                | b']'
                | b'\n'
                | b'\r'
                | b'?'
                | b'!'
                | b'|'
                | b'<'
                | b'+'
        )
    })
}

/// The whole name around a part of it.
fn name_around(bytes: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let least = word.start.saturating_sub(LONGEST_NAME);
    let before = bytes.get(least..word.start)?.iter().rev().take_while(|b| part(b)).count();
    let most = word.end.saturating_add(LONGEST_NAME).min(bytes.len());
    let inside = bytes.get(word.clone())?.iter().take_while(|b| part(b)).count();
    let mut end = word.start + inside;
    if end == word.end {
        end += bytes.get(end..most)?.iter().take_while(|b| part(b)).count();
    }
    let start = word.start - before;
    let start = start + escape(bytes, start);
    let dashes = bytes.get(start..end)?.iter().take_while(|b| matches!(b, b'-' | b'.')).count();
    let start = start + dashes;
    (end - start < LONGEST_NAME).then_some(start..end)
}

/// The length of what belongs to an escape and not to the name behind it: `\\u0026token`, `\\npassword`.
fn escape(bytes: &[u8], start: usize) -> usize {
    if start.checked_sub(1).and_then(|i| bytes.get(i)) != Some(&b'\\') {
        return 0;
    }
    match bytes.get(start..) {
        Some([b'u', code @ ..]) if code.iter().take(4).all(u8::is_ascii_hexdigit) => 5,
        Some([b'n' | b'r' | b't', ..]) => 1,
        _ => 0,
    }
}

/// True when a host, user or address is given within the few lines around.
fn is_connected(bytes: &[u8], name: &Range<usize>, style: Style) -> bool {
    const NEIGHBOURS: &[&[u8]] =
        &[b"host", b"user", b"login", b"server", b"uri", b"url", b"email", b"account"];
    if matches!(style, Style::Code | Style::Prose) {
        return false;
    }
    let around = name.start.saturating_sub(240)..name.end.saturating_add(240).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default().to_ascii_lowercase();
    NEIGHBOURS.iter().any(|word| memchr::memmem::find(&text, word).is_some())
}
