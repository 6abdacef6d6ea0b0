//! Notations that only suggest that a text is the value of a name: `Password("x")` may name a field,
//! `("password", "x")` may be two fields, `password x` may be a sentence. What stands there must look like a
//! credential by itself.

use super::{
    assign::Value,
    name::Promise,
    place::{is_flag, line_before},
    random::is_convincing,
    style::Style,
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
    // `pass("what was tested")`
    let named = bytes.get(name.clone()).unwrap_or_default();
    if bytes.get(name.end) == Some(&b'(') && is_everyday(named) {
        return true;
    }
    let text = bytes.get(value.range.clone()).unwrap_or_default();
    let least = if promise == Promise::Password { 6 } else { 12 };
    is_loose(bytes, name, value, style) && !is_convincing(text, least)
}

fn is_loose(bytes: &[u8], name: &Range<usize>, value: &Value, style: Style) -> bool {
    if style == Style::Store {
        return false;
    }
    let everyday = is_everyday(bytes.get(name.clone()).unwrap_or_default());
    if everyday && !has_user(bytes, name) {
        return true;
    }
    let between = bytes.get(name.end..value.range.start).unwrap_or_default();
    if between.iter().any(|b| b"=:>".contains(b)) {
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

/// True for a name that is a word of the language as well, alone or behind another: `pass`, `auth`, `firstPass`.
fn is_everyday(name: &[u8]) -> bool {
    let last = name.rsplit(|b| !b.is_ascii_alphanumeric()).next().unwrap_or_default();
    [&b"pass"[..], b"auth", b"pw"].iter().any(|word| last.eq_ignore_ascii_case(word))
        && last == name
        || [&b"Pass"[..], b"Auth"].iter().any(|word| last.ends_with(word))
}

/// True where a user is named close by, or `-passin` of openssl(1).
fn has_user(bytes: &[u8], name: &Range<usize>) -> bool {
    let around = name.start.saturating_sub(160)..name.end.saturating_add(160).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default().to_ascii_lowercase();
    [&b"user"[..], b"login", b"-passin ", b"-passout "]
        .iter()
        .any(|word| memchr::memmem::find(&text, word).is_some())
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
