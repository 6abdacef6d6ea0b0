//! What the expressions of a text take: secrets, environment variables, the job's token, inputs.

/// What an expression takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes<'a> {
    /// One secret.
    Secret(&'a str),
    /// A field of a structured secret: `fromJSON(secrets.X).y`.
    SecretField(&'a str),
    /// All secrets, or one chosen at run time.
    AllSecrets,
    /// The job's token.
    JobToken,
    /// An environment variable.
    Env(&'a str),
    /// An input of the workflow or action.
    Input(&'a str),
}

/// Something that a text takes, and where the expression stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub takes: Takes<'a>,
    pub offset: usize,
    pub length: usize,
}

/// Calls `each` for everything whose value the `${{ … }}` expressions of a text can yield. A secret that
/// is only compared (`secrets.X != ''`) does not leave the expression and is not reported.
pub(super) fn takes<'a>(text: &'a str, mut each: impl FnMut(Found<'a>)) {
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|t| t.find("${{")).map(|at| from + at) {
        let inner = start + 3;
        let Some(end) = end_of(text, inner) else { return };
        let offset = start;
        let length = (end + 2).min(text.len()) - start;
        scan(&text[inner..end], |takes| each(Found { takes, offset, length }));
        from = end;
    }
}

/// True when the text has an expression.
pub(super) fn is_dynamic(text: &str) -> bool {
    text.contains("${{")
}

/// The place of `}}`, outside of strings.
fn end_of(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    let mut at = from;
    while at + 1 < bytes.len() {
        match bytes[at] {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && bytes[at + 1] == b'}' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn scan<'a>(inner: &'a str, mut each: impl FnMut(Takes<'a>)) {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            at = string_end(bytes, at);
        } else if is_start(bytes[at]) {
            let end = word_end(bytes, at);
            let member = at > 0 && bytes[at - 1] == b'.';
            let next = if member { end } else { context(inner, at, end, &mut each) };
            at = next.max(end);
        } else {
            at += 1;
        }
    }
}

/// Reads one context access that starts at `at`; returns where it ends.
fn context<'a>(inner: &'a str, at: usize, end: usize, each: &mut impl FnMut(Takes<'a>)) -> usize {
    let word = &inner[at..end];
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if !(is("secrets") || is("env") || is("inputs") || is("github")) {
        return end;
    }
    let (name, after) = access(inner, end);
    if is_tested(inner, at, after) {
        return after;
    }
    match name {
        Access::Named(name) if is("secrets") && name.eq_ignore_ascii_case("GITHUB_TOKEN") => {
            each(Takes::JobToken);
        }
        Access::Named(name) if is("secrets") && is_parsed_for_a_field(inner, at, after) => {
            each(Takes::SecretField(name));
        }
        Access::Named(name) if is("secrets") => each(Takes::Secret(name)),
        Access::Named(name) if is("env") => each(Takes::Env(name)),
        Access::Named(name) if is("inputs") => each(Takes::Input(name)),
        Access::Named(name) if is("github") && name.eq_ignore_ascii_case("token") => {
            each(Takes::JobToken);
        }
        Access::Whole | Access::Dynamic if is("secrets") => each(Takes::AllSecrets),
        _ => {}
    }
    after
}

enum Access<'a> {
    Named(&'a str),
    Dynamic,
    Whole,
}

/// `.name`, `['name']`, `[expression]`, or nothing.
fn access(inner: &str, end: usize) -> (Access<'_>, usize) {
    let bytes = inner.as_bytes();
    let at = skip_space(bytes, end);
    match bytes.get(at) {
        Some(b'.') => {
            let start = skip_space(bytes, at + 1);
            let stop = word_end(bytes, start);
            if stop == start {
                (Access::Whole, at + 1)
            } else {
                (Access::Named(&inner[start..stop]), stop)
            }
        }
        Some(b'[') => {
            let start = skip_space(bytes, at + 1);
            if bytes.get(start) == Some(&b'\'') {
                let stop = string_end(bytes, start);
                let name = inner.get(start + 1..stop.saturating_sub(1)).unwrap_or_default();
                let close = skip_space(bytes, stop);
                if bytes.get(close) == Some(&b']') && !name.is_empty() {
                    return (Access::Named(name), close + 1);
                }
            }
            (Access::Dynamic, at + 1)
        }
        _ => (Access::Whole, end),
    }
}

/// True when the value is only compared or used as a condition: `x != ''`, `!x`, `x && y`.
fn is_tested(inner: &str, start: usize, end: usize) -> bool {
    let before = inner[..start].trim_end();
    let after = inner[end..].trim_start();
    after.starts_with("==")
        || after.starts_with("!=")
        || after.starts_with("&&")
        || before.ends_with("==")
        || before.ends_with("!=")
        || before.ends_with('!')
}

/// True for `fromJSON(secrets.X).y` and `fromJSON(secrets.X)['y']`.
fn is_parsed_for_a_field(inner: &str, start: usize, end: usize) -> bool {
    let before = inner[..start].trim_end();
    let called = before.strip_suffix('(').map(str::trim_end).is_some_and(|b| {
        b.len() >= 8
            && b.is_char_boundary(b.len() - 8)
            && b[b.len() - 8..].eq_ignore_ascii_case("fromjson")
    });
    let after = inner[end..].trim_start().strip_prefix(')').map(str::trim_start);
    called && after.is_some_and(|a| a.starts_with('.') || a.starts_with('['))
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn word_end(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        at += 1;
    }
    at
}

/// The place behind the closing quote; `''` inside a string is a quote.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        if bytes[at] == b'\'' {
            if bytes.get(at + 1) == Some(&b'\'') {
                at += 1;
            } else {
                return at + 1;
            }
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Takes<'_>> {
        let mut found = Vec::new();
        takes(text, |f| found.push(f.takes));
        found
    }

    #[test]
    fn every_way_to_take_a_secret_is_seen() {
        assert_eq!(
            all("a ${{ secrets.A }}-${{secrets['B-c']}}"),
            [Takes::Secret("A"), Takes::Secret("B-c")]
        );
        assert_eq!(all("${{ Secrets . A }}"), [Takes::Secret("A")]);
        assert_eq!(all("${{ toJSON(secrets) }}"), [Takes::AllSecrets]);
        assert_eq!(all("${{ secrets[format('X_{0}', matrix.env)] }}"), [Takes::AllSecrets]);
        assert_eq!(all("${{ fromJSON(secrets.A).user }}"), [Takes::SecretField("A")]);
        assert_eq!(all("${{ fromJSON(secrets.A) }}"), [Takes::Secret("A")]);
        assert_eq!(all("${{ secrets.A || secrets.B }}"), [Takes::Secret("A"), Takes::Secret("B")]);
        assert_eq!(all("${{ inputs.t || github.token }}"), [Takes::Input("t"), Takes::JobToken]);
        assert_eq!(
            all("${{ secrets.github_token }} ${{ env.X }}"),
            [Takes::JobToken, Takes::Env("X")]
        );
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for text in [
            "secrets.A",
            "${{ secrets.A != '' }}",
            "${{ '' == secrets.A }}",
            "${{ secrets.A && 'yes' || 'no' }}",
            "${{ !secrets.A }}",
            "${{ 'secrets.A' }}",
            "${{ steps.secrets.outputs.x }}",
            "${{ my_secrets.A }}",
            "${{ secrets.A",
            "${{ github.actor }}",
            "${{ '}} secrets.A' }}",
        ] {
            assert_eq!(all(text), [], "{text}");
        }
    }
}
