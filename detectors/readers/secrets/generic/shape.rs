//! What a text looks like, when it is no credential: a name, an address, a sentence, a hash.

use super::words::{letter_bits, reads_like_words};

pub(super) fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window == part)
}

/// Three or more words with spaces between them, or a full stop at the end.
pub(super) fn is_sentence(value: &[u8]) -> bool {
    let spaces = value.iter().filter(|b| **b == b' ').count();
    if spaces == 0 {
        return false;
    }
    let (bits, letters) = letter_bits(value);
    let mostly_letters = letters * 10 >= (value.len() - spaces) * 8;
    // Languages other than English cost more; a label ends with a colon.
    let digits = value.iter().any(u8::is_ascii_digit);
    mostly_letters && (bits < 5.2 || !digits || value.last() == Some(&b':'))
}

/// `SOME_CONSTANT`, `some.dotted.path`, `some-kebab-name`, `camelCaseName`, `a/path/name`: names of
/// things, made of words.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    let named = value.iter().all(|b| b.is_ascii_alphanumeric() || b"_-.:/$@".contains(b));
    if !named || !reads_like_words(value) {
        return false;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let random_part = value
        .split(|b| b"_-.:/".contains(b))
        .any(|part| part.len() >= 8 && !reads_like_words(part));
    let joined = value.iter().any(|b| b"_-.:/".contains(b));
    let camel = value
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    (digits <= 2 || digits * 6 <= value.len())
        && !random_part
        && (joined || camel)
        && letter_bits(value).1 >= 6
}

/// `SOME_CONSTANT_2`: capitals and digits, joined by underscores, no long piece.
pub(super) fn is_constant(value: &[u8]) -> bool {
    let value = value.strip_suffix(b":").unwrap_or(value);
    value.contains(&b'_')
        && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && value.split(|b| *b == b'_').all(|part| part.len() <= 12)
}

/// A URL or host without credentials, an e-mail address, a file.
pub(super) fn is_address(value: &[u8]) -> bool {
    const FILES: &[&[u8]] = &[
        b".pem", b".key", b".crt", b".json", b".yml", b".yaml", b".txt", b".env", b".jks", b".p12",
        b".com", b".org", b".net", b".html", b".js", b".py", b".go", b".php", b".cer", b".pub",
        b".zip", b".tar", b".gz", b".png", b".jpg", b".svg", b".pdf", b".xml", b".csv", b".conf",
        b".cfg", b".ini", b".toml", b".md", b".sh", b".rb", b".java", b".ts", b".log",
    ];
    contains(value, b"://")
        || FILES.iter().any(|ending| value.ends_with(ending))
        || (value.contains(&b'@')
            && value.rsplit(|b| *b == b'@').next().is_some_and(|host| host.contains(&b'.')))
}

/// `a/b/c.png`: three or more parts, the last with an ending. Base64 has no dot.
pub(super) fn is_file(value: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_-./".contains(b);
    let mut parts = value.rsplit(|b| *b == b'/');
    let last = parts.next().unwrap_or_default();
    let ending = last.rsplit(|b| *b == b'.').next().unwrap_or_default();
    parts.count() >= 2
        && value.iter().all(plain)
        && ending.len() < last.len()
        && (2..=4).contains(&ending.len())
        && ending.iter().all(u8::is_ascii_alphanumeric)
}

/// `default/secret/0567f551af`: three or more parts in small letters. Base64 has capitals.
pub(super) fn is_small_path(value: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(b);
    value.split(|b| *b == b'/').count() >= 3
        && value.iter().all(plain)
        && value
            .split(|b| *b == b'/')
            .next()
            .is_some_and(|first| first.len() >= 3 && reads_like_words(first))
}

/// `PBKDF2WithHmacSHA256`, `prime256v1`: the name of an algorithm or a curve.
pub(super) fn is_algorithm(value: &[u8]) -> bool {
    // `pubkey-sha384-sha256`
    let hash = |part: &[u8]| {
        part.strip_prefix(b"sha")
            .is_some_and(|size| !size.is_empty() && size.iter().all(u8::is_ascii_digit))
    };
    if value.split(|b| *b == b'-').any(hash) {
        return true;
    }
    value.iter().all(u8::is_ascii_alphanumeric)
        && [&b"With"[..], b"Hmac"].iter().any(|word| contains(value, word))
        && [&b"SHA"[..], b"MD5", b"AES", b"RSA"].iter().any(|word| contains(value, word))
        || [&b"prime"[..], b"secp", b"brainpool"].iter().any(|curve| {
            value
                .strip_prefix(*curve)
                .and_then(<[u8]>::first)
                .is_some_and(u8::is_ascii_alphanumeric)
                && value.len() <= 16
                && value.iter().any(u8::is_ascii_digit)
        })
}

/// `2.aXY=|dGV4dA==|bWFj`: a version, then initial vector, text and authentication code in base64
/// (<https://bitwarden.com/help/bitwarden-security-white-paper/>); `encrypted:…`, as RabbitMQ marks them
/// (<https://www.rabbitmq.com/docs/configure#configuration-encryption>); `ENC(…)`, as Jasypt does.
pub(super) fn is_ciphertext(value: &[u8]) -> bool {
    const MARKS: &[&[u8]] =
        &[b"encrypted:", b"encrypted-", b"<enc-", b"ENC(", b"ENC{", b"enc(", b"enc{"];
    if MARKS.iter().any(|mark| value.starts_with(mark)) || contains(value, b":ENC(") {
        return true;
    }
    // `__encrypt__salt:text`, as programs mark what they have encrypted themselves.
    if value.len() > 24 && contains(&value.to_ascii_lowercase(), b"encrypt") {
        return true;
    }
    // `aXY=||dGV4dA==`, as NiFi protects its properties.
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    if let Some(at) = memchr::memmem::find(value, b"||")
        && at >= 12
        && value.iter().all(|b| base64(b) || *b == b'|')
    {
        return true;
    }
    // `AES:aXY=:dGV4dA==`, as GoCD writes it.
    if value.strip_prefix(b"AES:").is_some_and(|parts| parts.contains(&b':')) {
        return true;
    }
    let Some((version, rest)) = value.split_first() else { return false };
    let Some(rest) = rest.strip_prefix(b".") else { return false };
    let base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    version.is_ascii_digit()
        && rest.split(|b| *b == b'|').count() >= 2
        && rest.split(|b| *b == b'|').all(|part| part.len() >= 8 && part.iter().all(base64))
}

/// `1.2.840.113549.1.9.7`, `10.0.0.1`: an object identifier, an address, a version.
pub(super) fn is_dotted_number(value: &[u8]) -> bool {
    value.iter().filter(|b| **b == b'.').count() >= 2
        && value.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

/// `2026-11-22T10:00:00Z`: a time (RFC 3339).
pub(super) fn is_time(value: &[u8]) -> bool {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = value else { return false };
    [y1, y2, y3, y4, m1, m2, d1, d2].into_iter().all(u8::is_ascii_digit)
        && rest.iter().all(|b| b.is_ascii_digit() || b"T:Z.+- ".contains(b))
}

/// `access_token_123`: a name and a number.
pub(super) fn is_numbered_name(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let stem = value.get(..value.len() - digits).unwrap_or_default();
    let stem = stem.strip_suffix(b"_").or_else(|| stem.strip_suffix(b"-")).unwrap_or(stem);
    (1..=6).contains(&digits) && is_identifier(stem)
}

/// `github.com/owner/name`: the path of a package. Base64 has no dot.
pub(super) fn is_package(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b'/');
    let host = parts.next().unwrap_or_default();
    host.contains(&b'.')
        && host.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(b))
        && parts.count() >= 2
}

/// `[{"id":"123"}]`: a structure.
pub(super) fn is_structure(value: &[u8]) -> bool {
    matches!(value, [b'[' | b'{', b'{' | b'"' | b'[', .., b']' | b'}'])
        || value.starts_with(b"{\"")
        || value.starts_with(b"{\\\"")
}

/// `pub` and 32 hexadecimal digits: a client token of Datadog, made to stand in web pages.
/// <https://docs.datadoghq.com/account_management/api-app-keys/#client-tokens>
pub(super) fn is_public_token(value: &[u8]) -> bool {
    value.strip_prefix(b"pub").is_some_and(is_digest)
}

/// `AAAAB3NzaC1yc2E…`: the public half of a key pair of SSH, which begins with the length and the name of
/// its algorithm (RFC 4253 §6.6).
pub(super) fn is_public_ssh_key(value: &[u8]) -> bool {
    let value = value.rsplit(|b| *b == b' ').find(|word| word.starts_with(b"AAAA"));
    let algorithms =
        [&b"AAAAB3NzaC1"[..], b"AAAAC3NzaC1", b"AAAAE2VjZHNhL", b"AAAAGnNr", b"AAAAInNr"];
    value.is_some_and(|key| algorithms.iter().any(|start| key.starts_with(start)))
}

/// `.jceks`: the ending of a file.
pub(super) fn is_ending(value: &[u8]) -> bool {
    value.strip_prefix(b".").is_some_and(|ending| {
        (2..=6).contains(&ending.len()) && ending.iter().all(u8::is_ascii_lowercase)
    })
}

/// `^96940$`, `[a-f0-9]{32}`: a pattern that a text must match.
pub(super) fn is_pattern(value: &[u8]) -> bool {
    let whole = value.first() == Some(&b'^') && value.last() == Some(&b'$');
    let classes = [&b"[a-z"[..], b"[a-f", b"[A-Z", b"[A-F", b"[0-9", b"(?:", b"(?i", b".*"];
    whole || classes.iter().any(|class| contains(value, class))
}

/// `E2E_ADMIN_PASSWORD`: a constant whose name says that it stands for a secret.
pub(super) fn is_name_of_secret(value: &[u8]) -> bool {
    const SECRETS: &[&[u8]] =
        &[b"PASSWORD", b"PASSWD", b"PASS", b"SECRET", b"TOKEN", b"KEY", b"PASSPHRASE"];
    is_constant(value)
        && value.split(|b| *b == b'_').any(|part| SECRETS.contains(&part))
        && value.iter().filter(|b| b.is_ascii_digit()).count() <= 2
}

/// `AQoDY....=`: what is left of a value that was shortened.
pub(super) fn is_shortened(value: &[u8]) -> bool {
    contains(value, b"...") || contains(value, b"***")
}

/// `0013_auto_20221214`: the name of a migration of Django.
pub(super) fn is_migration(value: &[u8]) -> bool {
    matches!(value, [a, b, c, d, b'_', rest @ ..]
        if [a, b, c, d].into_iter().all(u8::is_ascii_digit)
            && rest.first().is_some_and(u8::is_ascii_lowercase)
            && rest.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_'))
}

/// `sha256=462c…`: a signature, as webhooks carry it.
pub(super) fn is_signature(value: &[u8]) -> bool {
    [&b"sha1="[..], b"sha256=", b"sha512="]
        .iter()
        .any(|scheme| value.strip_prefix(*scheme).is_some_and(is_digest))
}

/// As many hexadecimal digits as MD5, SHA-1, SHA-256 or SHA-512 give, or a salt and more of them.
pub(super) fn is_digest(value: &[u8]) -> bool {
    (matches!(value.len(), 32 | 40 | 64) || value.len() >= 128)
        && value.iter().all(u8::is_ascii_hexdigit)
}

/// As many bytes in padded base64 as MD5, SHA-1, SHA-256 or SHA-512 give.
pub(super) fn is_base64_digest(value: &[u8]) -> bool {
    let padding = value.iter().rev().take_while(|b| **b == b'=').count();
    matches!((value.len(), padding), (24, 2) | (28 | 44, 1) | (88, 2))
        && value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b))
}

/// `{scheme}…`, as LDAP directories (RFC 2307) and Spring Security mark the hashes that they keep.
fn names_scheme(value: &[u8]) -> bool {
    let Some(rest) = value.strip_prefix(b"{") else { return false };
    let Some(end) = rest.iter().position(|b| *b == b'}') else { return false };
    let (scheme, hash) = rest.split_at(end);
    let named = |b: &u8| b.is_ascii_alphanumeric() || b"_@-".contains(b);
    scheme.len() >= 2
        && scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(named)
        && hash.len() > 16
}

/// A crypt(3)-style or LDAP hash.
pub(super) fn is_hash(value: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[
        b"$1$",
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$5$",
        b"$6$",
        b"$apr1$",
        b"$argon2",
        b"$scrypt",
        b"$pbkdf2",
        b"pbkdf2_",
        b"pbkdf2:",
        b"bcrypt",
        b"{SSHA",
        b"{SHA",
        b"{CRYPT",
        b"{bcrypt}",
        b"sha1$",
        b"sha256$",
        b"scrypt:",
        b"md5$",
        b"$y$",
        b"SCRAM-SHA",
        b"$PBKDF2",
    ];
    // `user:$2y$…`, as password files have it.
    let value = match value.iter().position(|b| *b == b':') {
        Some(colon) if value.get(colon + 1) == Some(&b'$') => {
            value.get(colon + 1..).unwrap_or_default()
        }
        _ => value,
    };
    SCHEMES.iter().any(|scheme| value.starts_with(scheme))
        || names_scheme(value)
        || is_crypt(value)
        || value.strip_prefix(b"md5").is_some_and(is_digest)
        // As MySQL keeps a password: SHA-1 twice.
        || value.strip_prefix(b"*").is_some_and(|hash| hash.len() == 40 && is_digest(hash))
}

/// `$shiro1$SHA-256$500000$salt$hash`: a scheme, its settings, a salt and a hash between dollar signs.
/// <https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md>
fn is_crypt(value: &[u8]) -> bool {
    let Some(rest) = value.strip_prefix(b"$") else { return false };
    let parts: Vec<&[u8]> = rest.split(|b| *b == b'$').collect();
    let named = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    parts.len() >= 3
        && parts.first().is_some_and(|scheme| !scheme.is_empty() && scheme.iter().all(named))
        && parts.last().is_some_and(|hash| hash.len() >= 16)
}

/// Counts over the characters of a value.
pub(super) struct Shape {
    pub(super) digits: usize,
    /// How often small letters, capitals, digits and others change places.
    pub(super) switches: usize,
    pub(super) uuid: bool,
}

impl Shape {
    pub(super) fn of(value: &[u8]) -> Shape {
        let class = |b: &u8| match b {
            b'0'..=b'9' => 0_u8,
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            _ => 3,
        };
        let hyphens = [8, 13, 18, 23];
        Shape {
            digits: value.iter().filter(|b| b.is_ascii_digit()).count(),
            switches: value
                .windows(2)
                .filter(|w| matches!(w, [a, b] if class(a) != class(b)))
                .count(),
            uuid: value.len() == 36
                && value.iter().enumerate().all(|(i, b)| {
                    if hyphens.contains(&i) { *b == b'-' } else { b.is_ascii_hexdigit() }
                }),
        }
    }
}
