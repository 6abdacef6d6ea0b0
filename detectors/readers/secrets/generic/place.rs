//! What stands before a name, and what that says about it.

use super::{file::FileKind, style::Style};
use memchr::memrchr;
use std::ops::Range;

/// What stands before a position on its line.
pub(super) fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let least = at.saturating_sub(256);
    let before = bytes.get(least..at).unwrap_or_default();
    memrchr(b'\n', before).map_or(before, |i| before.get(i + 1..).unwrap_or_default())
}

/// True when the name is itself the value of another: `"user": "password", …`.
pub(super) fn is_given(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = line_before(bytes, name.start).trim_ascii_end();
    let quotes =
        before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\')).count();
    let outside = before.get(..before.len() - quotes).unwrap_or_default().trim_ascii_end();
    quotes == 0 || matches!(outside.last(), Some(b':' | b'=')) || outside.ends_with(b"=>")
}

/// True for the name of a function that gives a secret back or looks at it, whatever it is called
/// with: `generate_token("user")`, `Passwd.new("name")`.
pub(super) fn gives_back(bytes: &[u8], name: &Range<usize>) -> bool {
    const VERBS: &[&[u8]] = &[
        b"generate",
        b"get",
        b"create",
        b"verify",
        b"validate",
        b"check",
        b"parse",
        b"revoke",
        b"delete",
        b"remove",
        b"find",
        b"make",
        b"build",
        b"is",
        b"has",
        b"fetch",
        b"load",
        b"read",
        b"decode",
        b"encode",
        b"encrypt",
        b"decrypt",
        b"hash",
        b"compare",
        b"assert",
        b"expect",
        b"redact",
        b"mask",
        b"scrub",
        b"sanitize",
        b"hide",
        b"strip",
        b"contains",
        b"test",
        b"should",
        b"ask",
        b"prompt",
        b"issue",
        b"mint",
        b"exchange",
        b"lookup",
        b"require",
        b"extract",
        b"obtain",
        b"request",
        b"rotate",
        b"resolve",
        b"looks",
        b"provision",
    ];
    let text = bytes.get(name.clone()).unwrap_or_default();
    let called = text.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let lower = called.to_ascii_lowercase();
    // A constant of an enumeration, with its arguments.
    let constant = called.contains(&b'_') && !called.iter().any(u8::is_ascii_lowercase);
    called == b"new"
        || constant
        // `getent.passwd("user")`
        || memchr::memmem::find(text, b"getent.").is_some()
        || VERBS.iter().any(|verb| {
            lower.starts_with(verb)
                && called
                    .get(verb.len())
                    .is_some_and(|next| *next == b'_' || next.is_ascii_uppercase())
        })
}

/// True where the quoted name is an argument of a call, so that the next one may be its value:
/// `define("password", "…")`. In a list it is one word of several.
pub(super) fn is_first_argument(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes.get(name.start.saturating_sub(256)..name.start).unwrap_or_default();
    let quotes =
        before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\' | b'@')).count();
    let outside = before.get(..before.len() - quotes).unwrap_or_default();
    match outside.trim_ascii_end().last() {
        Some(b'(') => true,
        Some(b',') => line_before(bytes, name.start).contains(&b'('),
        // `define 'password', 'x'`
        Some(_) => {
            let line = line_before(bytes, name.start).trim_ascii();
            let word = line.get(..line.len().saturating_sub(quotes)).unwrap_or_default();
            let word = word.trim_ascii_end();
            !word.is_empty() && word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
        }
        None => false,
    }
}

/// True for `PASSWORD` of `ALTER USER u PASSWORD 'x'`, not for the last word of `NEW_SESSION_TOKEN 'x'`.
pub(super) fn is_clause(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = bytes.get(name.clone()).unwrap_or_default().to_ascii_lowercase();
    // `if we pass 'x'`
    let ends = [&b"password"[..], b"passwd", b"pass"].iter().any(|end| text.ends_with(end));
    text != b"pass" && (!text.contains(&b'_') || ends)
}

/// True where the name is no name but the password that a function checks or hashes:
/// `CheckPassword("password", "…")`; or one of the values of a set.
pub(super) fn is_argument_itself(bytes: &[u8], name: &Range<usize>) -> bool {
    const FUNCTIONS: &[&[u8]] = &[
        b"password",
        b"passwd",
        b"pass",
        b"hash",
        b"verify",
        b"compare",
        b"check",
        b"equal",
        b"matches",
        b"encode",
        b"encrypt",
    ];
    let before = line_before(bytes, name.start).trim_ascii_end();
    let quotes = before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'')).count();
    let outside = before.get(..before.len() - quotes).unwrap_or_default().trim_ascii_end();
    if let Some(listed) = outside.strip_suffix(b"[") {
        return matches!(listed.trim_ascii_end().last(), Some(b':' | b'='));
    }
    if outside.last() == Some(&b',') {
        let opened = outside.iter().rposition(|b| b"([".contains(b)).and_then(|i| outside.get(i));
        return opened == Some(&b'[') || (outside.contains(&b'{') && !outside.contains(&b'('));
    }
    let Some(called) = outside.strip_suffix(b"(") else { return false };
    let called = called.to_ascii_lowercase();
    !called.ends_with(b"setpassword") && FUNCTIONS.iter().any(|name| called.ends_with(name))
}

/// True where the name is the user of a URL (`scheme://apiKey:…@host`), what an option is given
/// (`eof_action=pass:repeatlast=0`), or a label (`Confirm\\ Password=`, `$labels['password'] =`, as
/// translations write it).
pub(super) fn is_taken(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = line_before(bytes, name.start);
    let lower = before.to_ascii_lowercase();
    let translated = [&b"labels["[..], b"messages[", b"lang[", b"strings[", b"txt["]
        .iter()
        .any(|list| memchr::memmem::find(&lower, list).is_some());
    // `DEBUG: pw:webserver`: a value with a colon in it.
    let next = bytes.get(name.end + 1);
    let unquoted = before.strip_suffix(b"\"").unwrap_or(before);
    let inside = unquoted.ends_with(b": ")
        && bytes.get(name.end) == Some(&b':')
        && next.is_some_and(|b| !b.is_ascii_whitespace());
    let urn = before.strip_suffix(b":").and_then(<[u8]>::last);
    before.ends_with(b"://")
        || is_faulted(&lower)
        // `--- PASS: TestName`: what a test came to.
        || before.ends_with(b"--- ")
        || before.ends_with(b"\\ ")
        || translated
        || inside
        // The tag of an image: `owner/external-secrets:v0.9.9`.
        || (before.last() == Some(&b'/') && bytes.get(name.end) == Some(&b':'))
        || (urn.is_some_and(u8::is_ascii_alphanumeric) && bytes.get(name.end) == Some(&b':'))
        || (bytes.get(name.end) == Some(&b':')
            && before
                .strip_suffix(b"=")
                .and_then(<[u8]>::last)
                .is_some_and(u8::is_ascii_alphanumeric))
}

/// True where an error is told: `unrecognized token "x"`.
fn is_faulted(before: &[u8]) -> bool {
    const FAULTS: &[&[u8]] =
        &[b"unrecognized", b"unrecognised", b"unknown", b"unexpected", b"invalid", b"illegal"];
    let said = before.strip_suffix(b" ").unwrap_or_default();
    FAULTS.iter().any(|fault| said.ends_with(fault))
}

/// True where a text in quotes is a key itself: `"password", "user": …`, or the first of several:
/// `tokens: ["a", "b"]`; with `many`, also the only one of a list: nobody has a list of passwords.
pub(super) fn is_key_or_listed(bytes: &[u8], value: &Range<usize>, many: bool) -> bool {
    let quote = |at: Option<&u8>| matches!(at, Some(b'"' | b'\''));
    let before = value.start.checked_sub(1).and_then(|i| bytes.get(i));
    if !quote(before) || bytes.get(value.end) != before {
        return false;
    }
    let after = value.end + 1..value.end.saturating_add(16).min(bytes.len());
    let after = bytes.get(after).unwrap_or_default().trim_ascii_start();
    let listed = value.start.checked_sub(2).and_then(|i| bytes.get(i)) == Some(&b'[')
        && (many || after.first() == Some(&b','));
    let key = after.first() == Some(&b':') && !after.starts_with(b"::");
    key || after.starts_with(b"=>") || listed
}

/// True in code whose lines are too long to be read: labels there are beside code, not values.
pub(super) fn is_minified(bytes: &[u8], name: &Range<usize>, file: FileKind) -> bool {
    const LONG: usize = 1000;
    let before = bytes.get(name.start.saturating_sub(LONG)..name.start).unwrap_or_default();
    let after = bytes.get(name.end..name.end.saturating_add(LONG).min(bytes.len()));
    let after = after.unwrap_or_default();
    file.style == Style::Code
        && before.len() + after.len() > LONG
        && !before.contains(&b'\n')
        && !after.contains(&b'\n')
}

pub(super) fn opens_tag(bytes: &[u8], name: &Range<usize>) -> bool {
    line_before(bytes, name.start).last() == Some(&b'<')
}

/// True where a text in double quotes may follow the name after a space: a macro of C, a setting in
/// a block of a build script.
pub(super) fn defines(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = line_before(bytes, name.start).trim_ascii();
    before.is_empty() || before == b"#define" || matches!(before.last(), Some(b'{' | b';'))
}

pub(super) fn is_flag(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = line_before(bytes, name.start);
    let dashes = before.iter().rev().take_while(|b| **b == b'-').count();
    let outside = before.get(..before.len() - dashes).and_then(<[u8]>::last);
    (dashes == 1 || dashes == 2)
        && outside.is_none_or(|b| b.is_ascii_whitespace() || b"\"'`(".contains(b))
}

/// True where a space alone separates name and value.
pub(super) fn words_assign(bytes: &[u8], name: &Range<usize>, style: Style) -> bool {
    if bytes.get(name.clone()) == Some(b"proxy_pass") {
        // Where nginx hands a request on to.
        return false;
    }
    let text = bytes.get(name.clone()).unwrap_or_default();
    if text.eq_ignore_ascii_case(b"pass") && style != Style::Store {
        // `Pass the token to …`
        return false;
    }
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
            // Alone at the start of a line of a script stands a command, not a setting.
            let command = style == Style::Shell && before.is_empty();
            (first && !command) || before.starts_with(b"machine ")
        }
        Style::Code | Style::Prose => before.starts_with(b"machine "),
    }
}

/// True when, in prose, the name begins a line that reads like a setting or stands in capitals.
pub(super) fn is_setting(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = bytes.get(name.clone()).unwrap_or_default();
    let capitals = text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let before = line_before(bytes, name.start);
    let trimmed = before.trim_ascii();
    let joined = text.contains(&b'_') || text.iter().any(u8::is_ascii_uppercase);
    let set = joined && bytes.get(name.end) == Some(&b'=');
    let opens =
        trimmed.is_empty() || [&b"export"[..], b"-", b"$", b"#", b"//", b";"].contains(&trimmed);
    capitals
        || inside_text(bytes, name.start)
        || is_plain_line(bytes, name.start)
        || (opens && (set || !before.is_empty()))
        || before.contains(&b'?')
}

/// True inside a quoted text of the line: an odd number of one kind of quote stands before.
pub(super) fn inside_text(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    // A quote that opens a name alone, as in `m["name"] = value`, opens no text.
    let before = before.strip_suffix(b"[\"").unwrap_or(before);
    let odd = |quote: u8| before.iter().filter(|b| **b == quote).count() % 2 == 1;
    odd(b'"') || odd(b'`') || odd(b'\'')
}

/// True where a quote ends the text that the name stands in: `ask("Password: ")` holds a label.
pub(super) fn closes_text(bytes: &[u8], name: &Range<usize>, at: usize) -> bool {
    let before = line_before(bytes, name.start);
    let named = bytes.get(name.end..at).unwrap_or_default();
    bytes.get(at).is_some_and(|quote| {
        matches!(quote, b'"' | b'`')
            && !named.contains(quote)
            && before.iter().filter(|b| *b == quote).count() % 2 == 1
    })
}

/// True on a line of a text that spans lines: it starts with the name or an opening brace and the
/// assignment is not one of the language (no quotes, no call, no end of statement).
pub(super) fn is_plain_line(bytes: &[u8], at: usize) -> bool {
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

/// True inside `{{ … }}`: what stands there bare is a name or a call of the template.
pub(super) fn in_template(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    let place = |mark: &[u8]| memchr::memmem::rfind(before, mark);
    place(b"{{").is_some_and(|open| place(b"}}").is_none_or(|close| close < open))
}

pub(super) fn in_braces(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    let count = |brace: u8| before.iter().filter(|b| **b == brace).count();
    count(b'{') > count(b'}') || count(b'[') > count(b']')
}
