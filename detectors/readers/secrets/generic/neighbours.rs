//! What the lines around a value say against it.

use super::shape::contains;
use std::ops::Range;

/// True for a password beside its salt and the number of rounds: it is a hash.
fn is_hashed(bytes: &[u8], name: &Range<usize>) -> bool {
    let around = name.start.saturating_sub(240)..name.end.saturating_add(360).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default();
    [&b"salt\""[..], b"iterations\""].iter().all(|key| memchr::memmem::find(text, key).is_some())
}

/// True for `pass: …` beside `fail: …`: what a check lets through.
fn is_verdict(bytes: &[u8], name: &Range<usize>) -> bool {
    let around = name.start.saturating_sub(240)..name.end.saturating_add(240).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default();
    bytes.get(name.clone()) == Some(b"pass")
        && [&b"fail:"[..], b"fail\"", b"fail'"]
            .iter()
            .any(|key| memchr::memmem::find(text, key).is_some())
}

/// What the lines around say against a value, if anything.
pub(super) fn doubt_by_neighbours(
    bytes: &[u8],
    name: &Range<usize>,
    password: bool,
) -> Option<&'static str> {
    if is_signed(bytes, name) {
        return Some("known to who reads the message that it signs");
    }
    if !password && is_challenge(bytes, name) {
        return Some("a challenge, which is published");
    }
    if !password {
        return None;
    }
    if is_hashed(bytes, name) {
        return Some("a hash, not a value");
    }
    if is_verdict(bytes, name) {
        return Some("what a check lets through");
    }
    is_country(bytes, name).then_some("the name of a country")
}

/// True for `PW` among the codes of countries (ISO 3166-1): Palau.
fn is_country(bytes: &[u8], name: &Range<usize>) -> bool {
    let around = name.start.saturating_sub(120)..name.end.saturating_add(120).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default();
    bytes.get(name.clone()) == Some(b"PW")
        && [&b"PY"[..], b"PT", b"PS"].iter().any(|code| contains(text, code))
}

/// True for a token beside the words of ACME: a certificate authority asks for it to be published
/// (RFC 8555 §8).
fn is_challenge(bytes: &[u8], name: &Range<usize>) -> bool {
    const WORDS: &[&[u8]] = &[b"chall", b"keyauth", b"http-01", b"dns-01"];
    let text = bytes.get(name.clone()).unwrap_or_default().to_ascii_lowercase();
    let last = text.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let token = [&b"token"[..], b"tok", b"expectedtoken"].contains(&last);
    let around = name.start.saturating_sub(400)..name.end.saturating_add(400).min(bytes.len());
    let around = || bytes.get(around).unwrap_or_default().to_ascii_lowercase();
    token && {
        let around = around();
        WORDS.iter().any(|word| memchr::memmem::find(&around, word).is_some())
    }
}

/// True where a token is named beside the time and the signature of a message: it is what was
/// signed, known to who reads the message. <https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks>
fn is_signed(bytes: &[u8], name: &Range<usize>) -> bool {
    let around = name.start.saturating_sub(240)..name.end.saturating_add(240).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default();
    bytes.get(name.clone()) == Some(b"token")
        && [&b"\"timestamp\""[..], b"\"signature\""]
            .iter()
            .all(|key| memchr::memmem::find(text, key).is_some())
}
