//! Values as they are written: in quotes, bare, in pieces, behind a flag.

use super::{assign::Value, cursor::Cursor, place::in_braces, style::Style};
use std::ops::Range;

/// A quoted text, perhaps behind a prefix or inside the call that makes it bytes.
pub(super) fn literal(mut cursor: Cursor, escaped: bool) -> Option<Value> {
    const PREFIXES: &[&[u8]] = &[
        b"[]byte(",
        b"String::from(",
        b"SecretStr(",
        b"SecretString(",
        b"Secret(",
        b"Buffer.from(",
        b"new String(",
        b"bytes(",
        b"@\"",
        b"b\"",
        b"b'",
        b"r\"",
        b"r'",
        b"u\"",
        b"u'",
        b"L\"",
        b"N'",
        b"(\"",
        b"('",
        b"[\"",
        b"['",
        b"<<\"",
        b"str(",
        b"String(",
        b"&\"",
    ];
    if let Some(prefix) = PREFIXES.iter().find(|prefix| cursor.starts_with(prefix)) {
        let quote = matches!(prefix.last(), Some(b'"' | b'\''));
        cursor.at += prefix.len() - usize::from(quote);
    }
    quoted(cursor, escaped)
}

/// `name: Type = "value"`.
pub(super) fn typed(mut cursor: Cursor) -> Option<Value> {
    cursor.skip(48, |b| b.is_ascii_alphanumeric() || b"_<>[]?&'.|: *".contains(&b));
    (cursor.eat(b"= ") || cursor.eat(b"=")).then(|| {
        cursor.spaces();
        literal(cursor, false)
    })?
}

pub(super) fn quoted(mut cursor: Cursor, escaped: bool) -> Option<Value> {
    if escaped {
        let quote = cursor.rest().get(..2)?;
        if quote != b"\\\"" && quote != b"\\'" {
            return None;
        }
        cursor.at += 2;
        let range = cursor.until(|b| matches!(b, b'\\' | b'\n'))?;
        return Some(Value { range, delimited: true, continued: None });
    }
    let quote = cursor.peek().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    cursor.at += 1;
    let range = text_to(&cursor, quote)?;
    cursor.at = range.end + 1;
    Some(Value { range, delimited: true, continued: next_piece(cursor, quote) })
}

/// The text up to an unescaped quote on the same line.
pub(super) fn text_to(cursor: &Cursor, quote: u8) -> Option<Range<usize>> {
    let rest = cursor.rest();
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\n' => return None,
            b'\\' => at += 2,
            byte if *byte == quote => return Some(cursor.at..cursor.at + at),
            _ => at += 1,
        }
    }
    None
}

/// The next piece of a text that is put together over several lines.
pub(super) fn next_piece(mut cursor: Cursor, quote: u8) -> Option<Range<usize>> {
    cursor.spaces();
    let joined = cursor.eat(b"+")
        || cursor.eat(b"..")
        || cursor.eat(b".")
        || cursor.eat(b"\\")
        || cursor.eat(b"&");
    let start = cursor.at;
    cursor.spaces_and_newlines();
    if !joined && !cursor.bytes.get(start..cursor.at).unwrap_or_default().contains(&b'\n') {
        return None;
    }
    let joined = joined || cursor.eat(b"+ ") || cursor.eat(b". ");
    (cursor.peek() == Some(quote)).then_some(())?;
    cursor.at += 1;
    let piece = text_to(&cursor, quote)?;
    // Without an operator it is a piece only where juxtaposition concatenates: the next line is
    // nothing but the text.
    let after = cursor.bytes.get(piece.end + 1).copied().unwrap_or(b'\n');
    (joined || matches!(after, b'\n' | b')' | b';')).then_some(piece)
}

pub(super) fn block_scalar(mut cursor: Cursor) -> Option<Value> {
    cursor.at += 1;
    cursor.skip(2, |b| matches!(b, b'-' | b'+' | b'0'..=b'9'));
    cursor.spaces();
    (cursor.peek() == Some(b'\n')).then_some(())?;
    cursor.spaces_and_newlines();
    let range = cursor.until(|b| matches!(b, b'\n' | b'\r'))?;
    Some(Value { range, delimited: true, continued: None })
}

pub(super) fn unquoted(mut cursor: Cursor, style: Style, colon: bool) -> Option<Value> {
    if let Some(length) = default_expansion(cursor.rest()) {
        cursor.at += length;
        let range = cursor.until(|b| matches!(b, b'}' | b'\n'))?;
        return Some(Value { range, delimited: true, continued: None });
    }
    let line = cursor.until(|b| matches!(b, b'\n' | b'\r'))?;
    let text = cursor.bytes.get(line.clone())?;
    let loose =
        matches!(style, Style::Store | Style::Config) && !in_braces(cursor.bytes, cursor.at);
    let end = text.iter().enumerate().position(|(i, byte)| match byte {
        b' ' | b'\t' | b'"' | b'\'' | b'`' | b'<' | b'\\' => true,
        b'&' | b';' | b',' if is_query(text.get(i + 1..).unwrap_or_default()) => true,
        b';' | b',' | b'&' | b')' | b'}' | b']' | b'>' | b'|' => {
            !loose || (i + 1 == text.len() && matches!(byte, b',' | b';'))
        }
        _ => false,
    });
    let length = end.unwrap_or(text.len());
    let rest = text.get(length..).unwrap_or_default();
    let spaced = rest.trim_ascii_start();
    // `Password=Mot de passe`: a second word. `password=x user=y` is two settings.
    let second = spaced.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let word = second.first().is_some_and(|b| b.is_ascii_alphabetic() || !b.is_ascii())
        && !second.contains(&b'=');
    let prose = rest.first() == Some(&b' ')
        && !spaced.is_empty()
        && !spaced.starts_with(b"#")
        && ((loose && (colon || (style == Style::Config && word)))
            || (matches!(style, Style::Prose | Style::Shell) && colon && word));
    (!prose).then(|| Value {
        range: line.start..line.start + length,
        delimited: false,
        continued: None,
    })
}

/// `name=…`: the next part of the query of a URL.
fn is_query(text: &[u8]) -> bool {
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let name = text.iter().take_while(part).count();
    name > 0 && text.get(name) == Some(&b'=')
}

/// `--password value`. What begins with a dash is the next flag.
pub(super) fn flag(cursor: Cursor) -> Option<Value> {
    if let Some(value) = quoted(cursor, false) {
        return Some(value);
    }
    if cursor.peek() == Some(b'-') {
        return None;
    }
    let range = cursor.until(|b| {
        b.is_ascii_whitespace()
            || matches!(b, b'"' | b'\'' | b'`' | b';' | b'|' | b'&' | b')' | b',')
    })?;
    let word = cursor.bytes.get(range.clone())?.iter().all(u8::is_ascii_lowercase);
    if word && in_sentence(cursor.bytes, range.end) {
        return None;
    }
    Some(Value { range, delimited: false, continued: None })
}

/// `password value`, as `.netrc` and many daemons write it.
pub(super) fn spaced(cursor: Cursor) -> Option<Value> {
    if let Some(value) = quoted(cursor, false) {
        return Some(value);
    }
    let range = cursor.until(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b';'))?;
    let first = *cursor.bytes.get(range.start)?;
    // `rprpasswd 300730`: the number of a program.
    let number = cursor.bytes.get(range.clone())?.iter().all(u8::is_ascii_digit);
    if number || in_sentence(cursor.bytes, range.end) {
        return None;
    }
    (first.is_ascii_alphanumeric()
        || !matches!(first, b'=' | b':' | b'(' | b'[' | b'<' | b'|' | b'-'))
    .then_some(Value { range, delimited: false, continued: None })
}

/// True when two or more plain words follow, and no key of `.netrc`: `password sharing and so on`.
fn in_sentence(bytes: &[u8], end: usize) -> bool {
    const KEYS: &[&[u8]] = &[b"login", b"machine", b"account", b"port", b"protocol", b"macdef"];
    let rest = bytes.get(end..).unwrap_or_default();
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    // The stop and the tags behind a word of a text do not matter.
    let plain = |word: &[u8]| {
        let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        letters > 0
            && word.iter().skip(letters).all(|b| b".,:)<>/br".contains(b))
            && !KEYS.contains(&word)
    };
    words.next().is_some_and(plain) && words.next().is_none_or(plain)
}

/// The text that stands in for a value that is looked up elsewhere: `process.env.X || "value"`.
pub(super) fn fallback(mut cursor: Cursor) -> Option<Value> {
    const LOOKUPS: &[&[u8]] = &[b"env", b"config", b"option", b"param", b"arg", b"setting"];
    const OR: &[&[u8]] = &[b" || ", b" ?? ", b" or ", b" ?: "];
    let rest = cursor.rest().get(..cursor.rest().len().min(120))?;
    let line = rest.split(|b| matches!(b, b'\n' | b';')).next()?;
    let (lookup, length) = OR.iter().find_map(|or| {
        let at = memchr::memmem::find(line, or)?;
        Some((line.get(..at)?.to_ascii_lowercase(), at + or.len()))
    })?;
    cursor.at += length;
    let looked_up = LOOKUPS.iter().any(|word| memchr::memmem::find(&lookup, word).is_some());
    looked_up.then(|| quoted(cursor, false))?
}

/// The default in `${NAME:-value}` or `${name:value}`; the cursor stands behind the name. What stands
/// behind `:+` or `:?` is no default.
pub(super) fn expansion(mut cursor: Cursor) -> Option<Value> {
    let default = cursor.eat(b":-") || cursor.eat(b":=") || cursor.eat(b"-") || cursor.eat(b":");
    if !default || matches!(cursor.peek(), Some(b'+' | b'?')) {
        return None;
    }
    let range = cursor.until(|b| b"}\n\"'?$".contains(&b))?;
    (cursor.bytes.get(range.end) == Some(&b'}')).then_some(Value {
        range,
        delimited: true,
        continued: None,
    })
}

/// The length of `${NAME:-`, after which a shell's default value stands.
fn default_expansion(text: &[u8]) -> Option<usize> {
    let name = text.strip_prefix(b"${")?;
    let length = name.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let rest = name.get(length..)?;
    let sign = [&b":-"[..], b":=", b"-"].into_iter().find(|sign| rest.starts_with(sign))?;
    Some(2 + length + sign.len())
}
