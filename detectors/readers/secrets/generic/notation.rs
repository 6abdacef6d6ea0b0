//! Short notations that no credential is written in: choices, numbers, ports, places in a file, names.

use super::{shape::contains, words::reads_like_words};

/// `on|off`, `none|plain|login`: the values that may be chosen from.
fn is_choice(value: &[u8]) -> bool {
    let word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_lowercase);
    value.contains(&b'|') && value.split(|b| *b == b'|').all(word)
}

/// `0x3c`: a number of at most 64 bits, as code writes it.
fn is_hexadecimal_number(value: &[u8]) -> bool {
    value
        .strip_prefix(b"0x")
        .is_some_and(|digits| digits.len() <= 16 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// `464/udp`: a port, as services are listed (services(5)).
fn is_port(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b'/');
    parts.next().is_some_and(|port| !port.is_empty() && port.iter().all(u8::is_ascii_digit))
        && parts.next().is_some_and(|protocol| [&b"tcp"[..], b"udp", b"sctp"].contains(&protocol))
}

/// `hw/usb/hcd-xhci.c:1865`: a line of a file.
fn is_line_of_file(value: &[u8]) -> bool {
    let Some(colon) = value.iter().rposition(|b| *b == b':') else { return false };
    let (path, line) = value.split_at(colon);
    line.len() > 1
        && line.iter().skip(1).all(u8::is_ascii_digit)
        && path.contains(&b'/')
        && path.contains(&b'.')
}

/// `-oyaml`, `--output=json`: a flag. A password may begin with one dash, not with a word after it.
fn is_flag(value: &[u8]) -> bool {
    let word = value.strip_prefix(b"--").or_else(|| value.strip_prefix(b"-")).unwrap_or_default();
    word.len() >= 2 && word.iter().all(|b| b.is_ascii_lowercase() || b"-=".contains(b))
}

/// `%.1024s`: where a text of limited length is put in (printf(3)).
fn is_conversion(value: &[u8]) -> bool {
    matches!(value, [b'%', b'.', digits @ .., b's'] if digits.iter().all(|b| b.is_ascii_digit() || *b == b'*'))
}

/// `Digest username="a", realm="b"`, `DirAuthority name orport=443`: words and settings.
fn is_settings(value: &[u8]) -> bool {
    let setting = |word: &[u8]| {
        let name = word.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        name >= 2 && word.get(name) == Some(&b'=') && word.len() > name + 1
    };
    let mut words = value.split(|b| *b == b' ');
    words.next().is_some_and(|first| first.iter().all(u8::is_ascii_alphabetic))
        && words.any(setting)
}

/// `insert into …`, `s/^!+//`: a statement of SQL, a substitution of Perl.
fn is_statement(value: &[u8]) -> bool {
    const VERBS: &[&[u8]] =
        &[b"insert into ", b"select ", b"update ", b"delete from ", b"create ", b"drop "];
    let lower = value.to_ascii_lowercase();
    VERBS.iter().any(|verb| lower.starts_with(verb))
        || (value.starts_with(b"s/") && value.iter().filter(|b| **b == b'/').count() >= 3)
}

/// `5\340+zBc\363`: bytes that no keyboard has, as a protocol carries them encrypted.
fn is_octets(value: &[u8]) -> bool {
    let octal = |window: &[u8]| matches!(window, [b'\\', b'0'..=b'3', b'0'..=b'7', b'0'..=b'7']);
    value.windows(4).filter(|window| octal(window)).count() >= 2
}

/// `LA_kwDOCsUTCM75TTQL`: what GitHub names its objects by.
/// <https://docs.github.com/en/graphql/guides/using-global-node-ids>
fn is_node_id(value: &[u8]) -> bool {
    let kind = value.iter().take_while(|b| b.is_ascii_uppercase()).count();
    (1..=5).contains(&kind) && value.get(kind..).is_some_and(|rest| rest.starts_with(b"_kw"))
}

/// True for any of them, a URI that names an object of a token (RFC 7512), a part of a signed URL, and what
/// pipes one command into another.
pub(super) fn is_notation(value: &[u8]) -> bool {
    is_choice(value)
        || is_hexadecimal_number(value)
        || is_port(value)
        || is_line_of_file(value)
        || is_flag(value)
        || is_conversion(value)
        || is_settings(value)
        || is_statement(value)
        || is_octets(value)
        || is_node_id(value)
        || memchr::memmem::find(value, b"X-Amz-").is_some()
        || value.starts_with(b"pkcs11:")
        || memchr::memmem::find(value, b" | ").is_some()
}

/// `client=075`, `key1=value1`: a name and its value. What base64 ends with is no value.
pub(super) fn is_setting_itself(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|b| *b == b'=') else { return false };
    let (name, rest) = value.split_at(at);
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let stem = name.get(..name.len() - digits).unwrap_or_default();
    rest.iter().any(|b| *b != b'=')
        && digits <= 2
        && stem.len() >= 2
        && stem.iter().all(|b| b.is_ascii_alphabetic() || b"_-".contains(b))
        && reads_like_words(stem)
}

/// `aws:s3/bucket:Bucket`: three or more names with colons between them.
pub(super) fn is_qualified_name(value: &[u8]) -> bool {
    let named = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|b| b.is_ascii_alphabetic() || b"_-/.".contains(b))
    };
    value.iter().filter(|b| **b == b':').count() >= 2 && value.split(|b| *b == b':').all(named)
}

/// `kafka_topics`, `tkn_lft:idt`: a name in small letters.
pub(super) fn is_snake_name(value: &[u8]) -> bool {
    value.len() < 32
        && value.contains(&b'_')
        && value.iter().all(|b| b.is_ascii_lowercase() || b"_:".contains(b))
}

/// Sixteen to 26 capitals and digits under the name of an access key: the public half of a pair, as stores that
/// speak S3 make it. <https://docs.ceph.com/en/latest/radosgw/admin/#create-a-user>
pub(super) fn is_access_key_id(name: &[u8], value: &[u8]) -> bool {
    let name: Vec<u8> =
        name.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    // A region may stand before it.
    let value = value.rsplit(|b| *b == b'@').next().unwrap_or_default();
    (16..=26).contains(&value.len())
        && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && name.ends_with(b"accesskey")
        && !contains(&name, b"secret")
}
