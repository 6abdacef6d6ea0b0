//! Values in elements and in pairs of a name and a value.

use super::{
    assign::{Value, close_name},
    cursor::Cursor,
    literal::{quoted, unquoted},
    place::line_before,
    style::Style,
};
use std::ops::Range;

/// `<password>value</password>`, `name="password">value<`, also over lines and in a CDATA section.
pub(super) fn element(mut cursor: Cursor) -> Option<Value> {
    cursor.at += 1;
    cursor.spaces_and_newlines();
    let (range, closed): (_, &[u8]) = if cursor.eat(b"<![CDATA[") {
        (cursor.until(|b| b == b']')?, b"]]>")
    } else {
        (cursor.until(|b| b == b'<')?, b"</")
    };
    let value = cursor.bytes.get(range.clone())?;
    let end = range.start + value.trim_ascii_end().len();
    let one_line = !value.trim_ascii_end().contains(&b'\n');
    let ended = cursor.bytes.get(range.end..).is_some_and(|rest| rest.starts_with(closed));
    (one_line && ended).then_some(Value {
        range: range.start..end,
        delimited: true,
        continued: None,
    })
}

/// The value of a pair: `name="password" value="x"`, `- name: PASSWORD` / `value: x`,
/// `<key>password</key><string>x</string>`.
pub(super) fn pair(mut cursor: Cursor, style: Style) -> Option<Value> {
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
    let closing = cursor.at + 2;
    let mut closed = closing..closing;
    if cursor.starts_with(b"</") {
        cursor.skip(24, |b| b != b'>');
        closed.end = cursor.at;
        cursor.eat(b">");
    }
    cursor.skip(48, |b| {
        b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',' | b'<' | b'{' | b'}' | b':')
    });
    let label = LABELS.iter().find(|label| cursor.eat(label))?;
    // `<value>password</value><value>user</value>`: a list.
    if cursor.bytes.get(closed) == Some(label.strip_suffix(b">").unwrap_or(label)) {
        return None;
    }
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

/// `<auth-user-pass>`, then the user on a line and the password on the next, as OpenVPN has it.
pub(super) fn second_line(mut cursor: Cursor) -> Option<Value> {
    (cursor.eat(b">\n") || cursor.eat(b">\r\n")).then_some(())?;
    cursor.at = cursor.until(|b| b == b'\n')?.end + 1;
    let range = cursor.until(|b| matches!(b, b'\r' | b'\n' | b'<'))?;
    Some(Value { range, delimited: true, continued: None })
}

/// How far a value may stand from the name of the block that it belongs to.
const BLOCK: usize = 400;

/// The value in the block below a name: `password: {"value": "x"}`, and in YAML
/// `Password:` / `  Default: x`.
pub(super) fn nested(cursor: Cursor, name: &Range<usize>) -> Option<Value> {
    let block = block(cursor, name)?;
    let text = cursor.bytes.get(block.clone())?;
    [&b"default"[..], b"value"].into_iter().find_map(|label| {
        let at = label_in(text, label)?;
        let mut cursor = Cursor::new(cursor.bytes, block.start + at, BLOCK);
        close_name(&mut cursor);
        cursor.spaces();
        (cursor.eat(b":") || cursor.eat(b"=")).then_some(())?;
        cursor.spaces();
        quoted(cursor, false).or_else(|| unquoted(cursor, Style::Config, true))
    })
}

/// The block that starts at the cursor: in braces, or indented more than the name.
fn block(cursor: Cursor, name: &Range<usize>) -> Option<Range<usize>> {
    let rest = cursor.rest().get(..cursor.rest().len().min(BLOCK))?;
    if rest.first() == Some(&b'{') {
        let end = rest.iter().skip(1).position(|b| matches!(b, b'{' | b'}'))? + 1;
        return Some(cursor.at..cursor.at + end);
    }
    let depth = line_before(cursor.bytes, name.start);
    if !depth.iter().all(|b| matches!(b, b' ' | b'"' | b'\'')) {
        return None;
    }
    let mut end = rest.iter().position(|b| *b == b'\n')? + 1;
    for line in rest.get(end..)?.split_inclusive(|b| *b == b'\n') {
        let indent = line.iter().take_while(|b| **b == b' ').count();
        if indent <= depth.len() || line.trim_ascii().starts_with(b"- ") {
            break;
        }
        end += line.len();
    }
    Some(cursor.at..cursor.at + end)
}

/// Where a label ends that stands by itself in a text, whatever its case.
fn label_in(text: &[u8], label: &[u8]) -> Option<usize> {
    let outside = |byte: Option<&u8>| byte.is_none_or(|b| b" \t\n\"',{".contains(b));
    (0..text.len()).find_map(|at| {
        let found = text.get(at..at + label.len())?;
        let before = at.checked_sub(1).and_then(|i| text.get(i));
        let after = text.get(at + label.len());
        let alone = outside(before) && after.is_some_and(|b| b" \"':=".contains(b));
        (alone && found.eq_ignore_ascii_case(label)).then_some(at + label.len())
    })
}

/// `variable "db_password" {` … `default = "x"` … `}`, as Terraform declares it.
pub(super) fn default_of_variable(cursor: Cursor, name: &Range<usize>) -> Option<Value> {
    let before = line_before(cursor.bytes, name.start).trim_ascii();
    before.starts_with(b"variable").then(|| nested(cursor, name))?
}

/// The value of a pair that is written before its name: `- value: x` / `  name: PASSWORD`.
pub(super) fn value_before(bytes: &[u8], name: &Range<usize>, style: Style) -> Option<Value> {
    if !matches!(style, Style::Config | Style::Store) {
        return None;
    }
    let start = name.start.saturating_sub(BLOCK);
    let before = bytes.get(start..name.start)?;
    let quotes = before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'')).count();
    let labelled = before.get(..before.len() - quotes)?.trim_ascii_end();
    let labelled = labelled.strip_suffix(b":").or_else(|| labelled.strip_suffix(b"="))?;
    let labelled = labelled.trim_ascii_end();
    let labelled = labelled.strip_suffix(b"\"").unwrap_or(labelled);
    if ![&b"name"[..], b"Name", b"key", b"Key"].iter().any(|label| labelled.ends_with(label)) {
        return None;
    }
    // The pair begins where the one before it ends.
    let opened = labelled
        .iter()
        .rposition(|b| matches!(b, b'{' | b'}' | b'<' | b'>'))
        .into_iter()
        .chain(memchr::memmem::rfind(labelled, b"- "))
        .max()?;
    let text = labelled.get(opened..)?;
    let at = start + opened + label_in(text, b"value")?;
    let mut cursor = Cursor::new(bytes, at, name.start - at);
    close_name(&mut cursor);
    cursor.spaces();
    (cursor.eat(b":") || cursor.eat(b"=")).then_some(())?;
    cursor.spaces();
    quoted(cursor, false).or_else(|| unquoted(cursor, style, true))
}
