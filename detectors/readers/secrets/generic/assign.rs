//! From a name to the value that it is given, in every common notation.

use super::{
    cursor::Cursor,
    literal::{block_scalar, expansion, fallback, flag, literal, quoted, spaced, typed, unquoted},
    markup::{default_of_variable, element, nested, pair, second_line, value_before},
    name::promise,
    place::{
        closes_text, defines, gives_back, in_template, inside_text, is_argument_itself, is_clause,
        is_first_argument, is_flag, is_given, is_plain_line, is_setting, line_before, opens_tag,
        words_assign,
    },
    random::is_random,
    shape::{Shape, contains},
    style::Style,
    words::reads_like_words,
};
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
    if line_before(bytes, name.start).ends_with(b"${") {
        return expansion(cursor);
    }
    if bytes.get(name.clone()) == Some(b"auth-user-pass") {
        return second_line(cursor);
    }
    let closed = close_name(&mut cursor);
    // `"$pass" = "linked"`: what is compared, in a script.
    if closed && line_before(bytes, name.start).ends_with(b"$") {
        return None;
    }
    let spaces = cursor.spaces();
    if opens_tag(bytes, name) && spaces > 0 {
        cursor.skip(80, |b| !matches!(b, b'>' | b'<' | b'\n'));
        return (cursor.peek() == Some(b'>')).then(|| element(cursor))?;
    }
    // `PASSWORD :'name'`: a variable of psql(1).
    if spaces > 0 && !closed && cursor.starts_with(b":'") {
        return None;
    }
    match cursor.peek() {
        Some(b'=' | b':' | b'?' | b'!' | b'|' | b'+') => {
            if let Some(colon) = operator(&mut cursor) {
                return assigned(cursor, name, style, escaped, colon);
            }
            None
        }
        Some(b'>') if closed || opens_tag(bytes, name) => element(cursor),
        Some(b'(') if spaces == 0 && !closed && !gives_back(bytes, name) => {
            cursor.at += 1;
            quoted(cursor, false).filter(|value| is_only_text(bytes, name, value))
        }
        Some(b',') if closed && !is_given(bytes, name) && !is_argument_itself(bytes, name) => {
            cursor.at += 1;
            cursor.spaces_and_newlines();
            let argument = || is_first_argument(bytes, name).then(|| quoted(cursor, escaped))?;
            let value = pair(cursor, style).or_else(|| value_before(bytes, name, style));
            value.or_else(argument).filter(|value| !is_in_list(bytes, value))
        }
        Some(b'\'') if spaces > 0 && is_clause(bytes, name) => quoted(cursor, false),
        // `IDENTIFIED WITH mysql_native_password BY 'value'`
        Some(b'B' | b'b') if cursor.eat(b"BY ") || cursor.eat(b"by ") => quoted(cursor, false),
        Some(b'"') if spaces > 0 && !closed && defines(bytes, name) => quoted(cursor, false),
        Some(b'{') if closed => default_of_variable(cursor, name),
        Some(_) if spaces > 0 && is_flag(bytes, name) => flag(cursor),
        Some(_) if spaces > 0 && !closed && words_assign(bytes, name, style) => spaced(cursor),
        _ => pair(cursor, style).or_else(|| value_before(bytes, name, style)),
    }
}

/// True unless a second text follows in the call: `password("user", "x")`. What sets something may take more.
fn is_only_text(bytes: &[u8], name: &Range<usize>, value: &Value) -> bool {
    let named = bytes.get(name.clone()).unwrap_or_default();
    let called = named.rsplit(|b| *b == b'.').next().unwrap_or_default().to_ascii_lowercase();
    let mut rest = Cursor::new(bytes, value.range.end + 1, 16);
    rest.spaces();
    let more = rest.eat(b",") && {
        rest.spaces();
        matches!(rest.peek(), Some(b'"' | b'\''))
    };
    !more || [&b"set"[..], b"with"].iter().any(|verb| called.starts_with(verb))
}

/// True for `"privpassphrase"` behind `"authpassphrase"`, where both are names, and in a row of a table,
/// where the word before is the value of another column.
fn is_in_list(bytes: &[u8], value: &Value) -> bool {
    let text = bytes.get(value.range.clone()).unwrap_or_default();
    let named = text.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
    let before = line_before(bytes, value.range.start);
    // `for key in ("password", "sslcert")`, `WHERE name IN ('password', 'host')`
    let opened = before.iter().rposition(|b| *b == b'(').and_then(|at| before.get(..at));
    let within = opened.is_some_and(|words| words.to_ascii_lowercase().ends_with(b" in "));
    (named && promise(text).is_some())
        || within
        || Shape::of(text).uuid
        || contains(&before.to_ascii_uppercase(), b"VALUES")
}

/// Steps over what closes a quoted or indexed name: `"`, `'`, `\"`, `"]`, `')`.
pub(super) fn close_name(cursor: &mut Cursor) -> bool {
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
    if cursor.peek() == Some(b'`') && style != Style::Code {
        // In a shell, what stands between backquotes is a command.
        return None;
    }
    if closes_text(cursor.bytes, name, cursor.at) {
        return None;
    }
    let escaped = escaped || cursor.starts_with(b"\\\"");
    if let Some(value) = literal(cursor, escaped) {
        return Some(value);
    }
    if matches!(cursor.peek(), Some(b'{' | b'\n' | b'\r'))
        && let Some(value) = nested(cursor, name)
    {
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
        Style::Prose => is_setting(cursor.bytes, name) || is_random_next(&cursor),
        Style::Code => {
            inside_text(cursor.bytes, cursor.at) || is_plain_line(cursor.bytes, name.start)
        }
    };
    if !bare {
        return fallback(cursor);
    }
    let sign = cursor.bytes.get(name.end..cursor.at).unwrap_or_default();
    // `$pass = shift;` of Perl, in a file without an ending.
    if style == Style::Config && line_before(cursor.bytes, name.start).ends_with(b"$") {
        return None;
    }
    if in_template(cursor.bytes, name.start)
        || b"!~".iter().any(|b| sign.contains(b))
        || contains(sign, b"==")
    {
        return None;
    }
    if colon && matches!(cursor.peek(), Some(b'|' | b'>')) {
        return block_scalar(cursor);
    }
    // `password=on|off`, `password:s,display:-ds`: in the middle of a line such a text is no value alone.
    let alone = |value: &Value| {
        let text = cursor.bytes.get(value.range.clone()).unwrap_or_default();
        style == Style::Store || value.delimited || !text.iter().any(|b| b",|():".contains(b))
    };
    // `password= auth_user=`: the next setting.
    let next = |value: &Value| {
        let text = cursor.bytes.get(value.range.clone()).unwrap_or_default();
        text.strip_suffix(b"=")
            .is_some_and(|name| name.iter().all(|b| b.is_ascii_lowercase() || *b == b'_'))
    };
    // `signingKey: KeyPair`: a type.
    let type_name = |value: &Value| {
        let text = cursor.bytes.get(value.range.clone()).unwrap_or_default();
        style == Style::Code && !inside_text(cursor.bytes, name.start) && is_type(text)
    };
    unquoted(cursor, style, colon_alone)
        .filter(|value| !next(value) && !type_name(value))
        .filter(|value| alone(value) || opens_line(cursor.bytes, name.start))
}

/// True for a name in capitals and small letters with a word at its end, as types have.
fn is_type(text: &[u8]) -> bool {
    let last = text.iter().rposition(u8::is_ascii_uppercase).unwrap_or_default();
    let word = text.get(last..).unwrap_or_default();
    text.first().is_some_and(u8::is_ascii_uppercase)
        && text.iter().all(u8::is_ascii_alphanumeric)
        && word.len() >= 4
        && word.iter().all(u8::is_ascii_alphabetic)
        && reads_like_words(word)
}

/// True where a text follows that would be taken for a credential anywhere.
fn is_random_next(cursor: &Cursor) -> bool {
    let rest = cursor.rest();
    let length = rest.iter().take_while(|b| b.is_ascii_graphic()).count().min(REACH);
    is_random(rest.get(..length).unwrap_or_default(), 10)
}

/// True where nothing but an indent, a dash, a comment's sign or a word that exports stands before.
fn opens_line(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at).trim_ascii();
    let signs = before.iter().all(|b| b"-#/*;\"'{".contains(b));
    signs || [&b"export"[..], b"set", b"setx", b"ENV", b"ARG", b"- export"].contains(&before)
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
