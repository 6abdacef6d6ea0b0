//! From a name to the value that it is given, in every common notation.

use super::{cursor::Cursor, file::Style};
use memchr::memrchr;
use std::ops::Range;

/// How far a value may stretch.
const REACH: usize = 1024;

/// A value that a name is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) range: Range<usize>,
    /// Whether quotes, tags or the like say where it ends.
    pub(super) delimited: bool,
    /// Where a second piece of the text stands, when it is continued on the next line.
    pub(super) continued: Option<Range<usize>>,
}

/// The value that the name at `name` is given, if any.
pub(super) fn value_of(bytes: &[u8], name: &Range<usize>, style: Style) -> Option<Value> {
    let mut cursor = Cursor::new(bytes, name.end, REACH);
    let escaped = cursor.starts_with(b"\\\"") || cursor.starts_with(b"\\'");
    let closed = close_name(&mut cursor);
    let spaces = cursor.spaces();
    if opens_tag(bytes, name) && spaces > 0 {
        cursor.skip(80, |b| !matches!(b, b'>' | b'<' | b'\n'));
        return (cursor.peek() == Some(b'>')).then(|| element(cursor))?;
    }
    match cursor.peek() {
        Some(b'=' | b':' | b'?' | b'!' | b'|' | b'+') => {
            if let Some(colon) = operator(&mut cursor) {
                return assigned(cursor, name, style, escaped, colon);
            }
            None
        }
        Some(b'>') if closed || opens_tag(bytes, name) => element(cursor),
        Some(b'(') if spaces == 0 && !closed => {
            cursor.at += 1;
            quoted(cursor, false)
        }
        Some(b',') if closed && !is_given(bytes, name) => {
            cursor.at += 1;
            cursor.spaces_and_newlines();
            pair(cursor, style).or_else(|| quoted(cursor, escaped))
        }
        Some(b'\'') if spaces > 0 => quoted(cursor, false),
        Some(_) if spaces > 0 && is_flag(bytes, name) => flag(cursor),
        Some(_) if spaces > 0 && !closed && words_assign(bytes, name, style) => spaced(cursor),
        _ => pair(cursor, style),
    }
}

/// Steps over what closes a quoted or indexed name: `"`, `'`, `\"`, `"]`, `')`.
fn close_name(cursor: &mut Cursor) -> bool {
    let mut closed = false;
    for _ in 0..2 {
        if !(cursor.eat(b"\\\"")
            || cursor.eat(b"\"")
            || cursor.eat(b"\\'")
            || cursor.eat(b"'")
            || cursor.eat(b"`"))
        {
            break;
        }
        closed = true;
    }
    if closed || cursor.starts_with(b"] =") || cursor.starts_with(b"]=") {
        cursor.eat(b"]");
    }
    closed
}

/// Steps over an assignment or comparison; tells whether it was a colon.
fn operator(cursor: &mut Cursor) -> Option<bool> {
    const OPERATORS: &[&[u8]] =
        &[b"===", b"!==", b"+=", b"==", b"!=", b"=>", b":=", b"?=", b"||=", b"??=", b"=~", b"="];
    if cursor.starts_with(b"::") {
        return None;
    }
    if OPERATORS.iter().any(|operator| cursor.eat(operator)) {
        return Some(false);
    }
    cursor.eat(b":").then_some(true)
}

fn assigned(
    mut cursor: Cursor,
    name: &Range<usize>,
    style: Style,
    escaped: bool,
    colon: bool,
) -> Option<Value> {
    let colon_alone = colon && cursor.spaces() > 0;
    cursor.spaces();
    if matches!(cursor.peek(), Some(b'\n' | b'\r')) && style == Style::Code {
        cursor.spaces_and_newlines();
    }
    if let Some(value) = literal(cursor, escaped) {
        return Some(value);
    }
    if colon
        && style == Style::Code
        && let Some(value) = typed(cursor)
    {
        return Some(value);
    }
    let bare = match style {
        Style::Store | Style::Config | Style::Shell => true,
        Style::Prose => is_setting(cursor.bytes, name),
        Style::Code => inside_text(cursor.bytes, name.start),
    };
    if !bare {
        return None;
    }
    if colon && matches!(cursor.peek(), Some(b'|' | b'>')) {
        return block_scalar(cursor);
    }
    unquoted(cursor, style, colon_alone)
}

/// A quoted text, perhaps behind a prefix or inside the call that makes it bytes.
fn literal(mut cursor: Cursor, escaped: bool) -> Option<Value> {
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
fn typed(mut cursor: Cursor) -> Option<Value> {
    cursor.skip(48, |b| b.is_ascii_alphanumeric() || b"_<>[]?&'.|: *".contains(&b));
    (cursor.eat(b"= ") || cursor.eat(b"=")).then(|| {
        cursor.spaces();
        literal(cursor, false)
    })?
}

fn quoted(mut cursor: Cursor, escaped: bool) -> Option<Value> {
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
fn text_to(cursor: &Cursor, quote: u8) -> Option<Range<usize>> {
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
fn next_piece(mut cursor: Cursor, quote: u8) -> Option<Range<usize>> {
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

fn block_scalar(mut cursor: Cursor) -> Option<Value> {
    cursor.at += 1;
    cursor.skip(2, |b| matches!(b, b'-' | b'+' | b'0'..=b'9'));
    cursor.spaces();
    (cursor.peek() == Some(b'\n')).then_some(())?;
    cursor.spaces_and_newlines();
    let range = cursor.until(|b| matches!(b, b'\n' | b'\r'))?;
    Some(Value { range, delimited: true, continued: None })
}

fn unquoted(cursor: Cursor, style: Style, colon: bool) -> Option<Value> {
    let line = cursor.until(|b| matches!(b, b'\n' | b'\r'))?;
    let text = cursor.bytes.get(line.clone())?;
    let loose =
        matches!(style, Style::Store | Style::Config) && !in_braces(cursor.bytes, cursor.at);
    let end = text.iter().enumerate().position(|(i, byte)| match byte {
        b' ' | b'\t' | b'"' | b'\'' | b'`' | b'<' | b'\\' => true,
        b';' | b',' | b'&' | b')' | b'}' | b']' | b'>' | b'|' => {
            !loose || (i + 1 == text.len() && matches!(byte, b',' | b';'))
        }
        _ => false,
    });
    let length = end.unwrap_or(text.len());
    let rest = text.get(length..).unwrap_or_default();
    let spaced = rest.trim_ascii_start();
    let prose = colon
        && rest.first() == Some(&b' ')
        && !spaced.is_empty()
        && !spaced.starts_with(b"#")
        && loose;
    (!prose).then(|| Value {
        range: line.start..line.start + length,
        delimited: false,
        continued: None,
    })
}

/// `<password>value</password>`, `name="password">value<`.
fn element(mut cursor: Cursor) -> Option<Value> {
    cursor.at += 1;
    cursor.spaces_and_newlines();
    let range = cursor.until(|b| matches!(b, b'<' | b'\n'))?;
    let value = cursor.bytes.get(range.clone())?;
    let end = range.start + value.trim_ascii_end().len();
    (cursor.bytes.get(range.end) == Some(&b'<')).then_some(Value {
        range: range.start..end,
        delimited: true,
        continued: None,
    })
}

/// The value of a pair: `name="password" value="x"`, `- name: PASSWORD` / `value: x`,
/// `<key>password</key><string>x</string>`.
fn pair(mut cursor: Cursor, style: Style) -> Option<Value> {
    const LABELS: &[&[u8]] = &[
        b"value",
        b"Value",
        b"VALUE",
        b"val",
        b"default",
        b"content",
        b"string>",
        b"defaultValue",
    ];
    if cursor.starts_with(b"</") {
        cursor.skip(24, |b| b != b'>');
        cursor.eat(b">");
    }
    cursor.skip(48, |b| {
        b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',' | b'<' | b'{' | b'}' | b':')
    });
    LABELS.iter().find(|label| cursor.eat(label))?;
    if cursor.bytes.get(cursor.at.checked_sub(1)?) == Some(&b'>') {
        cursor.at -= 1;
        return element(cursor);
    }
    close_name(&mut cursor);
    cursor.spaces();
    match cursor.peek()? {
        b'>' => element(cursor),
        b'=' | b':' => {
            cursor.at += 1;
            cursor.spaces();
            quoted(cursor, false).or_else(|| {
                matches!(style, Style::Store | Style::Config)
                    .then(|| unquoted(cursor, style, true))?
            })
        }
        _ => None,
    }
}

/// `--password value`.
fn flag(cursor: Cursor) -> Option<Value> {
    if let Some(value) = quoted(cursor, false) {
        return Some(value);
    }
    let range = cursor.until(|b| {
        b.is_ascii_whitespace()
            || matches!(b, b'"' | b'\'' | b'`' | b';' | b'|' | b'&' | b')' | b',')
    })?;
    Some(Value { range, delimited: false, continued: None })
}

/// `password value`, as `.netrc` and many daemons write it.
fn spaced(cursor: Cursor) -> Option<Value> {
    if let Some(value) = quoted(cursor, false) {
        return Some(value);
    }
    let range = cursor.until(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b';'))?;
    let first = *cursor.bytes.get(range.start)?;
    (first.is_ascii_alphanumeric()
        || !matches!(first, b'=' | b':' | b'(' | b'[' | b'<' | b'|' | b'-'))
    .then_some(Value { range, delimited: false, continued: None })
}

/// What stands before a position on its line.
fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let least = at.saturating_sub(256);
    let before = bytes.get(least..at).unwrap_or_default();
    memrchr(b'\n', before).map_or(before, |i| before.get(i + 1..).unwrap_or_default())
}

/// True when the name is itself the value of another: `"user": "password", …`.
fn is_given(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = line_before(bytes, name.start).trim_ascii_end();
    let quotes =
        before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\')).count();
    let outside = before.get(..before.len() - quotes).unwrap_or_default().trim_ascii_end();
    quotes == 0 || matches!(outside.last(), Some(b':' | b'='))
}

fn opens_tag(bytes: &[u8], name: &Range<usize>) -> bool {
    line_before(bytes, name.start).last() == Some(&b'<')
}

fn is_flag(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = line_before(bytes, name.start);
    let dashes = before.iter().rev().take_while(|b| **b == b'-').count();
    let outside = before.get(..before.len() - dashes).and_then(<[u8]>::last);
    (dashes == 1 || dashes == 2)
        && outside.is_none_or(|b| b.is_ascii_whitespace() || b"\"'`(".contains(b))
}

/// True where a space alone separates name and value.
fn words_assign(bytes: &[u8], name: &Range<usize>, style: Style) -> bool {
    let before = line_before(bytes, name.start).trim_ascii();
    let first = before.is_empty()
        || [&b"ENV"[..], b"ARG", b"set", b"export", b"\\set", b"setenv"].contains(&before);
    match style {
        Style::Store => {
            first
                || before.starts_with(b"machine ")
                || before.starts_with(b"login ")
                || before.starts_with(b"default")
        }
        Style::Config | Style::Shell => {
            (first && bytes.get(name.clone()).is_some_and(|n| !n.contains(&b' ')))
                || before.starts_with(b"machine ")
        }
        Style::Code | Style::Prose => before.starts_with(b"machine "),
    }
}

/// True when, in prose, the name begins a line that reads like a setting or stands in capitals.
fn is_setting(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = bytes.get(name.clone()).unwrap_or_default();
    let capitals = text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let before = line_before(bytes, name.start);
    let trimmed = before.trim_ascii();
    capitals
        || inside_text(bytes, name.start)
        || ((trimmed.is_empty() || trimmed == b"export") && !before.is_empty())
        || before.contains(&b'?')
}

/// True inside a quoted text of the line: an odd number of one kind of quote stands before.
fn inside_text(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    let odd = |quote: u8| before.iter().filter(|b| **b == quote).count() % 2 == 1;
    odd(b'"') || odd(b'`') || odd(b'\'') || is_plain_line(bytes, at)
}

/// True on a line of a text that spans lines: it starts with the name or an opening brace and the
/// assignment is not one of the language (no quotes, no call, no end of statement).
fn is_plain_line(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    let rest = bytes.get(at..at.saturating_add(160).min(bytes.len())).unwrap_or_default();
    let line = memchr::memchr(b'\n', rest).map_or(rest, |end| rest.get(..end).unwrap_or_default());
    let plain = !line.iter().any(|b| b"\"'`();.,=<>".contains(b));
    let opened = before.trim_ascii_end().last().is_some_and(|b| matches!(b, b'{' | b','));
    let alone = before.trim_ascii().is_empty() && !before.is_empty();
    (plain && alone)
        || (opened
            && before.contains(&b'{')
            && line.contains(&b'}')
            && !line.iter().any(|b| b"\"'`();.".contains(b)))
}

fn in_braces(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    let count = |brace: u8| before.iter().filter(|b| **b == brace).count();
    count(b'{') > count(b'}') || count(b'[') > count(b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, style: Style) -> Option<&str> {
        let lower = text.to_ascii_lowercase();
        let start = lower.find("password")?;
        let found = value_of(text.as_bytes(), &(start..start + 8), style)?;
        text.get(found.range)
    }

    #[test]
    fn every_notation_gives_its_value() {
        let cases = [
            ("password = 'v4lue!'", Style::Code),
            ("password := \"v4lue!\"", Style::Code),
            ("'password' => 'v4lue!',", Style::Code),
            ("password: String = \"v4lue!\";", Style::Code),
            ("obj[\"password\"] = \"v4lue!\"", Style::Code),
            ("setPassword(\"v4lue!\")", Style::Code),
            ("define('password', 'v4lue!');", Style::Code),
            ("{\\\"password\\\":\\\"v4lue!\\\"}", Style::Code),
            ("password: v4lue!", Style::Config),
            ("password: v4lue! # comment", Style::Config),
            ("password: |\n  v4lue!\n", Style::Config),
            ("{user: a, password: v4lue!}", Style::Config),
            ("\"password\": \"v4lue!\"", Style::Config),
            ("PASSWORD=v4lue!", Style::Shell),
            ("<password>v4lue!</password>", Style::Config),
            ("<c password=\"v4lue!\"/>", Style::Config),
            ("<entry key=\"password\" value=\"v4lue!\"/>", Style::Config),
            ("<property name=\"password\">v4lue!</property>", Style::Config),
            ("<key>password</key>\n<string>v4lue!</string>", Style::Config),
            ("- name: PASSWORD\n  value: v4lue!\n", Style::Config),
            ("{\"name\": \"password\", \"value\": \"v4lue!\"}", Style::Config),
            ("machine h login u password v4lue!", Style::Store),
            ("tool --password v4lue! --other", Style::Shell),
            ("tool --password=v4lue! --other", Style::Shell),
            ("ALTER USER u PASSWORD 'v4lue!'", Style::Code),
            ("\"user=u password=v4lue! host=h\"", Style::Code),
        ];
        for (text, style) in cases {
            assert_eq!(value(text, style), Some("v4lue!"), "{text}");
        }
    }

    #[test]
    fn an_expression_is_no_value() {
        for text in [
            "password = other;",
            "password = get()",
            "password: string;",
            "Password::new(x)",
            "if password {",
        ] {
            assert_eq!(value(text, Style::Code), None, "{text}");
        }
    }

    #[test]
    fn a_text_continued_on_the_next_line_is_one_value() {
        let text = "password = \"first\" +\n    \"second\";";
        let found = value_of(text.as_bytes(), &(0..8), Style::Code).unwrap();
        assert_eq!(&text[found.continued.unwrap()], "second");
    }
}
