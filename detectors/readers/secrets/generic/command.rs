//! Credentials on command lines and in HTTP headers, where no name precedes the value.

use super::{
    super::{codec, validators::user_and_password},
    cursor::Cursor,
};
use std::ops::Range;

/// A user, if given, and a password or token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) user: Option<Range<usize>>,
    pub(super) secret: Range<usize>,
}

/// `curl -u user:password`, `mysql -pPASSWORD`, `sshpass -p PASSWORD` on the line of a command whose
/// name ends at `at`.
pub(super) fn after_command(bytes: &[u8], command: &Range<usize>) -> Option<Given> {
    let least = command.start.checked_sub(1);
    if least
        .and_then(|i| bytes.get(i))
        .is_some_and(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b))
    {
        return None;
    }
    let line = Cursor::new(bytes, command.end, 400);
    let line = line.until(|b| b == b'\n')?;
    let text = bytes.get(line.clone())?;
    let name = bytes.get(command.clone())?;
    let place = |flag: &[u8]| memchr::memmem::find(text, flag).map(|i| line.start + i + flag.len());
    match name {
        b"curl" | b"wget" | b"httpie" => {
            let at = [&b" -u "[..], b" --user ", b" -u", b" --user="]
                .iter()
                .find_map(|flag| place(flag))?;
            pair(bytes, at)
        }
        b"sshpass" => word(bytes, place(b" -p ").or_else(|| place(b" -p"))?),
        _ => {
            let at = place(b" -p")?;
            bytes.get(at).filter(|b| !b.is_ascii_whitespace() && **b != b'-')?;
            word(bytes, at)
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<Given> {
    let secret = argument(bytes, at)?;
    Some(Given { user: None, secret })
}

fn pair(bytes: &[u8], at: usize) -> Option<Given> {
    let whole = argument(bytes, at)?;
    let colon = bytes.get(whole.clone())?.iter().position(|b| *b == b':')? + whole.start;
    (colon > whole.start && colon + 1 < whole.end)
        .then_some(Given { user: Some(whole.start..colon), secret: colon + 1..whole.end })
}

/// One shell word, perhaps in quotes.
fn argument(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut cursor = Cursor::new(bytes, at, 256);
    cursor.spaces();
    let quote = cursor.peek().filter(|b| matches!(b, b'"' | b'\''));
    cursor.at += usize::from(quote.is_some());
    let range = cursor.until(|b| match quote {
        Some(quote) => b == quote || b == b'\n',
        None => b.is_ascii_whitespace() || b"\"'`;|&)<>\\".contains(&b),
    })?;
    (!range.is_empty()).then_some(range)
}

/// The token after `Bearer ` or `Basic `, whose end is at `at`.
pub(super) fn after_scheme(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let cursor = Cursor::new(bytes, at, 1024);
    let range = cursor.until(|b| !(b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)))?;
    let next = bytes.get(range.end).copied().unwrap_or(b'\n');
    (range.len() >= 8 && (next.is_ascii_whitespace() || b"\"'`\\,;)<&]}|".contains(&next)))
        .then_some(range)
}

/// User and password of a Basic credential.
pub(super) fn basic(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let decoded = codec::base64(value)?;
    let (user, password) = user_and_password(&decoded)?;
    Some((user.to_vec(), password.trim_ascii_end().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<'a>(text: &'a str, command: &str) -> Option<&'a str> {
        let start = text.find(command)?;
        let given = after_command(text.as_bytes(), &(start..start + command.len()))?;
        text.get(given.secret)
    }

    #[test]
    fn passwords_on_command_lines() {
        assert_eq!(given("curl -s -u bob:q7w8e9 https://x", "curl"), Some("q7w8e9"));
        assert_eq!(given("mysql -u root -pq7w8e9 db", "mysql"), Some("q7w8e9"));
        assert_eq!(given("sshpass -p 'q7w8e9' ssh h", "sshpass"), Some("q7w8e9"));
        assert_eq!(given("mysql -u root -p db", "mysql"), None);
        assert_eq!(given("curl https://x", "curl"), None);
    }
}
