//! Short notations that no credential is written in: choices, numbers, ports, places in a file, names.

use super::shape::contains;

/// `0x3c`: a number of at most 64 bits, as code writes it.
fn is_hexadecimal_number(value: &[u8]) -> bool {
    value
        .strip_prefix(b"0x")
        .is_some_and(|digits| digits.len() <= 16 && digits.iter().all(u8::is_ascii_hexdigit))
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

/// `ipaNTHash: iEb36u6P`: a name and what belongs to it.
fn is_labelled(value: &[u8]) -> bool {
    let name = value.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    name >= 3 && value.get(name..).is_some_and(|rest| rest.starts_with(b": "))
}

/// `802-11-wireless-security.psk`: the name of a setting that holds a secret.
fn is_name_of_setting(value: &[u8]) -> bool {
    const SECRETS: &[&[u8]] = &[b"psk", b"password", b"secret", b"token", b"passphrase"];
    let Some(dot) = value.iter().rposition(|b| *b == b'.') else { return false };
    let (path, last) = value.split_at(dot);
    path.len() >= 4
        && path.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(b))
        && last.get(1..).is_some_and(|word| SECRETS.contains(&word))
}

/// `FK_20C9FB2419EB6921`, `idx_20c9fb2419eb6921`: the name of an index or a constraint of a database.
fn is_constraint(value: &[u8]) -> bool {
    const KINDS: &[&[u8]] = &[b"fk", b"pk", b"idx", b"ix", b"uniq", b"uq"];
    let Some(bar) = value.iter().position(|b| *b == b'_') else { return false };
    let (kind, rest) = value.split_at(bar);
    KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known))
        && rest.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// `eyJ0eXAi<deleted>HE`: a word in angle brackets that stands for something.
fn has_hole(value: &[u8]) -> bool {
    value.split(|b| *b == b'<').skip(1).any(|hole| {
        let word =
            hole.iter().take_while(|b| b.is_ascii_alphabetic() || b"_- ".contains(b)).count();
        word >= 3 && hole.get(word) == Some(&b'>')
    })
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
    is_hexadecimal_number(value)
        || is_flag(value)
        || is_conversion(value)
        || is_settings(value)
        || is_labelled(value)
        || is_name_of_setting(value)
        || is_constraint(value)
        || has_hole(value)
        || is_octets(value)
        || is_node_id(value)
        || memchr::memmem::find(value, b"X-Amz-").is_some()
        || value.starts_with(b"pkcs11:")
}

/// `kafka_topics`, `tkn_lft:idt`, `meta.tag.r`: a name in small letters.
pub(super) fn is_snake_name(value: &[u8]) -> bool {
    value.len() < 32
        && value.iter().any(|b| b"_.".contains(b))
        && value.iter().all(|b| b.is_ascii_lowercase() || b"_:.".contains(b))
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
