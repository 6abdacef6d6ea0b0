//! `scheme://user:password@host`.

use std::ops::Range;

/// The parts of a URL that carries a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) user: Range<usize>,
    pub(super) password: Range<usize>,
    pub(super) host: Range<usize>,
    /// The host is this machine or one that cannot exist.
    pub(super) local: bool,
}

/// How far the `@` may be from the `://`.
const REACH: usize = 320;

/// `user:password` before `@tcp(host)`, as Go writes the address of a MySQL server; the `@` stands at
/// `at`.
pub(super) fn parse_dsn(bytes: &[u8], at: usize) -> Option<Url> {
    let before = bytes.get(at.saturating_sub(160)..at)?;
    let quote = before.iter().rposition(|b| b"\"'`=\n ".contains(b))?;
    let start = at - before.len() + quote + 1;
    let colon = start + bytes.get(start..at)?.iter().position(|b| *b == b':')?;
    let host_start = at + "@tcp(".len();
    let host = bytes.get(host_start..host_start.saturating_add(160).min(bytes.len()))?;
    let length = host.iter().position(|b| *b == b')')?;
    (start < colon && colon + 1 < at).then(|| Url {
        user: start..colon,
        password: colon + 1..at,
        host: host_start..host_start + length,
        local: is_local(host.get(..length).unwrap_or_default()),
    })
}

/// The URL whose `://` ends at `start`. In a file that holds nothing but URLs (`.git-credentials`) the
/// last `@` of the line counts.
pub(super) fn parse(bytes: &[u8], start: usize, whole_line: bool) -> Option<Url> {
    let reach = bytes.get(start..start.saturating_add(REACH).min(bytes.len()))?;
    let authority = reach
        .iter()
        .position(|b| ends_authority(*b, whole_line))
        .map_or(reach, |end| reach.get(..end).unwrap_or_default());
    let split = if whole_line {
        authority.iter().rposition(|b| *b == b'@')?
    } else {
        authority.iter().position(|b| matches!(b, b'@' | b'/' | b'?' | b'#'))?
    };
    (authority.get(split) == Some(&b'@')).then_some(())?;
    // `user:p@ss@host`: the host is what follows the last `@` of the authority.
    let authority_end = authority
        .iter()
        .skip(split)
        .position(|b| matches!(b, b'/' | b'?' | b'#'))
        .map_or(authority.len(), |i| split + i);
    let split = authority.get(..authority_end)?.iter().rposition(|b| *b == b'@')?;
    let userinfo = authority.get(..split)?;
    let colon = if whole_line {
        userinfo.iter().rposition(|b| *b == b':')?
    } else {
        userinfo.iter().position(|b| *b == b':')?
    };
    // `x:y@one,x:y@two`: several hosts, each with its login.
    let password = userinfo.get(colon + 1..).unwrap_or_default();
    let hosts = password.iter().position(|b| *b == b',').and_then(|comma| password.get(comma..));
    if !whole_line && hosts.is_some_and(|hosts| hosts.contains(&b':')) {
        return None;
    }
    let host_text = authority.get(split + 1..authority_end)?;
    let host_length = host_text
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || b"-._[]:%${}".contains(b)))
        .unwrap_or(host_text.len());
    let host_text = host_text.get(..host_length)?;
    (colon + 1 < split && !host_text.is_empty()).then(|| Url {
        user: start..start + colon,
        password: start + colon + 1..start + split,
        host: start + split + 1..start + split + 1 + host_length,
        local: is_local(host_text),
    })
}

fn ends_authority(byte: u8, whole_line: bool) -> bool {
    byte.is_ascii_whitespace()
        || byte.is_ascii_control()
        || (!whole_line && b"\"'`<>\\|^".contains(&byte))
}

fn is_local(host: &[u8]) -> bool {
    let name = host.split(|b| *b == b':').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    !name.contains(&b'.')
        || name.starts_with(b"127.")
        || [
            &b"example.com"[..],
            b"example.org",
            b"example.net",
            b".example",
            b".test",
            b".invalid",
            b".localhost",
        ]
        .iter()
        .any(|reserved| name.ends_with(reserved))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str, &str)> {
        let url = parse(text.as_bytes(), text.find("://")? + 3, false)?;
        Some((&text[url.user], &text[url.password], &text[url.host]))
    }

    #[test]
    fn user_password_and_host_are_told_apart() {
        let url = ["postgres://app:", "pa55", "@db.internal:5432/x"].concat();
        assert_eq!(parts(&url), Some(("app", "pa55", "db.internal:5432")));
        let url = ["amqp://a:", "p@ss", "@mq"].concat();
        assert_eq!(parts(&url), Some(("a", "p@ss", "mq")));
        for text in [
            "https://host/path@v1:2",
            "https://user@host/",
            "https://host:80/a",
            "https://:@h",
            "x://a:b@foo,a:b@bar",
            "x://foo.com:1,a:b@bar",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
