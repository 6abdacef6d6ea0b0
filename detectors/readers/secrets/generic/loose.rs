//! Notations that only suggest that a text is the value of a name: `Password("x")` may name a field,
//! `("password", "x")` may be two fields, `password x` may be a sentence. What stands there must look like a
//! credential by itself.

use super::{
    assign::Value,
    name::Promise,
    place::{is_flag, line_before},
    style::Style,
    words::reads_like_words,
};
use std::ops::Range;

/// True where neither a sign of assignment nor a call that sets something joins name and value, and the
/// value could be anything.
pub(super) fn is_unconvincing(
    bytes: &[u8],
    name: &Range<usize>,
    value: &Value,
    style: Style,
    promise: Promise,
) -> bool {
    let text = bytes.get(value.range.clone()).unwrap_or_default();
    is_loose(bytes, name, value, style) && !is_convincing(text, promise)
}

fn is_loose(bytes: &[u8], name: &Range<usize>, value: &Value, style: Style) -> bool {
    let between = bytes.get(name.end..value.range.start).unwrap_or_default();
    if style == Style::Store || between.iter().any(|b| b"=:>".contains(b)) {
        return false;
    }
    let called = bytes.get(name.clone()).unwrap_or_default();
    match between.iter().find(|b| matches!(b, b'(' | b',')) {
        // `SET password=PASSWORD('x')` of MySQL.
        Some(b'(') => !sets(called) && !line_before(bytes, name.start).ends_with(b"="),
        Some(_) => !sets(line_before(bytes, name.start)),
        None => !value.delimited && !is_flag(bytes, name) && !ends_line(bytes, value.range.end),
    }
}

/// True when nothing but a comment follows on the line.
fn ends_line(bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end..).unwrap_or_default();
    let rest = rest.split(|b| *b == b'\n').next().unwrap_or_default().trim_ascii();
    rest.is_empty() || rest.starts_with(b"#") || rest.starts_with(b";")
}

/// True for the name of a function that sets what it is named after, or for a line with one.
fn sets(text: &[u8]) -> bool {
    const VERBS: &[&[u8]] = &[
        b"set",
        b"with",
        b"add",
        b"put",
        b"define",
        b"env",
        b"prop",
        b"config",
        b"param",
        b"header",
        b"option",
        b"default",
        b"store",
        b"append",
        b"insert",
        b"attr",
        b"auth",
        b"credential",
        b"login",
        b"connect",
        b"entry",
        b"pair",
        b"secret",
        b"token",
        b"key",
    ];
    let lower = text.to_ascii_lowercase();
    VERBS.iter().any(|verb| memchr::memmem::find(&lower, verb).is_some())
}

/// A text that would be taken for a credential anywhere: long, of several kinds of characters, no words.
fn is_convincing(text: &[u8], promise: Promise) -> bool {
    let any = |kind: fn(&u8) -> bool| usize::from(text.iter().any(kind));
    let kinds = any(u8::is_ascii_digit)
        + any(u8::is_ascii_lowercase)
        + any(u8::is_ascii_uppercase)
        + any(u8::is_ascii_punctuation);
    let least = if promise == Promise::Password { 6 } else { 12 };
    text.len() >= least && kinds >= 2 && any(u8::is_ascii_digit) > 0 && !reads_like_words(text)
        || text.len() >= 8 && kinds >= 3 && any(u8::is_ascii_digit) > 0
}
