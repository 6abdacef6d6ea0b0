//! What the lines around a value say against it.

use super::name::promise;
use std::ops::Range;

/// The text around a name: so many bytes before it and behind it.
fn around<'b>(bytes: &'b [u8], name: &Range<usize>, before: usize, behind: usize) -> &'b [u8] {
    let end = name.end.saturating_add(behind).min(bytes.len());
    bytes.get(name.start.saturating_sub(before)..end).unwrap_or_default()
}

fn has(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

/// True for a password beside its salt and the number of rounds: it is a hash.
fn is_hashed(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = around(bytes, name, 240, 360);
    has(text, b"salt\"") && has(text, b"iterations\"")
}

/// True for a password whose hashes stand beside it, as in the people that randomuser.me makes up.
fn is_sample(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = around(bytes, name, 0, 240);
    has(text, b"\"md5\"") && has(text, b"\"sha1\"")
}

/// True for `pass: …` beside `fail: …`: what a check lets through.
fn is_verdict(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = around(bytes, name, 240, 240);
    bytes.get(name.clone()) == Some(b"pass")
        && [&b"fail:"[..], b"fail\"", b"fail'"].iter().any(|key| has(text, key))
}

/// What the lines around say against a value, if anything.
pub(super) fn doubt_by_neighbours(
    bytes: &[u8],
    name: &Range<usize>,
    value: &Range<usize>,
    password: bool,
) -> Option<&'static str> {
    if is_one_of_many(bytes, name, value) {
        return Some("one of many alike, under names that promise nothing");
    }
    if is_signed(bytes, name) {
        return Some("known to who reads the message that it signs");
    }
    if !password && is_challenge(bytes, name) {
        return Some("a challenge, which is published");
    }
    if !password && is_public_half(bytes, name) {
        return Some("the public half of a pair");
    }
    if !password && is_of_form(bytes, name) {
        return Some("a token against forged requests");
    }
    if !password {
        return None;
    }
    if is_hashed(bytes, name) {
        return Some("a hash, not a value");
    }
    if is_sample(bytes, name) {
        return Some("beside its own hashes: sample data");
    }
    if is_verdict(bytes, name) {
        return Some("what a check lets through");
    }
    is_country(bytes, name).then_some("the name of a country")
}

/// True for `PW` among the codes of countries (ISO 3166-1): Palau.
fn is_country(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = around(bytes, name, 120, 120);
    bytes.get(name.clone()) == Some(b"PW")
        && [&b"PY"[..], b"PT", b"PS"].iter().any(|code| has(text, code))
}

/// True for a token beside the words of ACME: a certificate authority asks for it to be published
/// (RFC 8555 §8).
fn is_challenge(bytes: &[u8], name: &Range<usize>) -> bool {
    const WORDS: &[&[u8]] = &[b"chall", b"keyauth", b"http-01", b"dns-01"];
    let text = bytes.get(name.clone()).unwrap_or_default().to_ascii_lowercase();
    let last = text.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let token = [&b"token"[..], b"tok", b"expectedtoken"].contains(&last);
    token && {
        let text = around(bytes, name, 400, 400).to_ascii_lowercase();
        WORDS.iter().any(|word| has(&text, word))
    }
}

/// True for an access key beside its secret key, as stores that speak S3 name the two.
fn is_public_half(bytes: &[u8], name: &Range<usize>) -> bool {
    let squeeze = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let named = squeeze(bytes.get(name.clone()).unwrap_or_default());
    named.ends_with(b"accesskey") && !has(&named, b"secret") && {
        let text = squeeze(around(bytes, name, 240, 240));
        has(&text, b"secretkey") || has(&text, b"secretaccesskey")
    }
}

/// True for a token that the lines around say to guard a form.
fn is_of_form(bytes: &[u8], name: &Range<usize>) -> bool {
    let named = bytes.get(name.clone()).unwrap_or_default().to_ascii_lowercase();
    named.ends_with(b"token") && {
        let text = around(bytes, name, 160, 80).to_ascii_lowercase();
        has(&text, b"csrf") || has(&text, b"xsrf")
    }
}

/// True where a token is named beside the time and the signature of a message: it is what was
/// signed, known to who reads the message. <https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks>
fn is_signed(bytes: &[u8], name: &Range<usize>) -> bool {
    let text = around(bytes, name, 240, 240);
    bytes.get(name.clone()) == Some(b"token")
        && (has(text, b"\"timestamp\"") && has(text, b"\"signature\"")
            // A stamp of Livebook, whose signature stands behind it.
            || has(around(bytes, name, 0, 1200), b"\"token_signature\""))
}

/// How far around a value its neighbours are looked at, in bytes.
const REACH: usize = 400;

/// True in a table whose other values look the same and have names that promise no secret: identifiers,
/// constants, random test data.
fn is_one_of_many(bytes: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    let (Some(text), Some(joint)) = (bytes.get(value.clone()), bytes.get(name.end..value.start))
    else {
        return false;
    };
    let end = bytes.get(value.end).copied().unwrap_or(b'\n');
    if !(2..=24).contains(&joint.len()) || joint.contains(&b'\n') {
        return false;
    }
    let window = around(bytes, &(name.start..value.end), REACH, REACH);
    let first = name.start.saturating_sub(REACH);
    let (mut alike, mut others) = (0, 0);
    for at in memchr::memmem::find_iter(window, joint) {
        let start = at + joint.len();
        if first + start == value.start {
            continue;
        }
        let rest = window.get(start..).unwrap_or_default();
        let Some(length) = memchr::memchr2(end, b'\n', rest) else { continue };
        let named = window.get(..at).unwrap_or_default();
        let letters =
            named.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b));
        let sibling = named.get(named.len() - letters.count()..).unwrap_or_default();
        if promise(sibling).is_some() {
            return false;
        }
        if is_alike(text, rest.get(..length).unwrap_or_default()) {
            alike += 1;
        } else {
            others += 1;
        }
    }
    alike >= 3 && alike >= 2 * others
}

/// True for two texts of the same length and kinds of characters, or with the same beginning up to a sign.
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let kind = |b: &u8| match b {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => b'a',
        sign => *sign,
    };
    let same_form = one.len() == other.len() && one.iter().map(kind).eq(other.iter().map(kind));
    let common = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let begins = one.get(..common).unwrap_or_default();
    same_form || begins.iter().rposition(|b| b.is_ascii_punctuation()).is_some_and(|sign| sign >= 2)
}
