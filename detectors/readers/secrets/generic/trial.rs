//! Values that say of themselves that they are none: placeholders, names, words in base64.

use super::{
    super::codec,
    shape::{Shape, contains, is_shortened},
    words::reads_like_words,
};

/// `auth-key`, `mysecret1`, `not!valid!base64`: a text that is called what it stands for, or invalid. In a file
/// `kept` for credentials such a text may be the secret of a careless owner.
pub(super) fn names_itself(value: &[u8], kept: bool) -> bool {
    const ENDS: &[&[u8]] = &[b"-key", b"_key", b"-token", b"_token", b"-secret", b"_secret"];
    const WORDS: &[&[u8]] = &[b"secret", b"token", b"password", b"base64", b"foobar", b"barfoo"];
    let lower = value.to_ascii_lowercase();
    let ends = ENDS.iter().any(|end| lower.ends_with(end)) || contains(&lower, b"invalid");
    let named = WORDS.iter().any(|word| contains(&lower, word));
    (ends && !kept && value.len() < 24) || (named && value.len() < if kept { 16 } else { 20 })
}

/// `test1`, `foo`, `fake_token`, `a1b2c3d4...`: a value that says that it is none.
pub(super) fn is_trial(value: &[u8]) -> bool {
    if is_asked_for(value) {
        return true;
    }
    const TRIALS: &[&[u8]] =
        &[b"test", b"foo", b"bar", b"baz", b"sample", b"fake", b"mock", b"invalid", b"bogus"];
    let lower = value.to_ascii_lowercase();
    let digits = lower.iter().rev().take_while(|b| b.is_ascii_digit()).count().min(3);
    let stem = lower.get(..lower.len() - digits).unwrap_or_default();
    let named = |text: &[u8]| TRIALS.contains(&text);
    named(stem)
        || is_shortened(value)
        || stem
            .split(|b| b"_-. ".contains(b))
            .next()
            .is_some_and(|head| named(head) && head != stem)
}

/// `YourStrong!Passw0rd`: a text that says what to put here.
fn is_asked_for(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.starts_with(b"your")
        && [&b"pass"[..], b"secret", b"token", b"key"].iter().any(|word| contains(&lower, word))
}

/// `RefreshToken-5f93c2e4`: the name of a kind of token and a few digits more, as cookies are named.
pub(super) fn is_name_of_token(value: &[u8]) -> bool {
    let Some(dash) = value.iter().position(|b| *b == b'-') else { return false };
    let (name, rest) = value.split_at(dash);
    let kinds = [&b"Token"[..], b"HMAC", b"Secret", b"Key", b"Nonce", b"token"];
    rest.len() <= 9 && name.len() > 5 && kinds.iter().any(|kind| name.ends_with(kind))
}

/// `eW91ciBzZWNyZXQgaGVyZQ==`: base64 of words, `your secret here`.
pub(super) fn says_words(value: &[u8]) -> bool {
    codec::base64(value).is_some_and(|text| {
        let text = text.trim_ascii();
        text.len() >= 6
            && text.iter().all(|b| b.is_ascii_alphabetic() || b" _-.".contains(b))
            && reads_like_words(text)
    })
}

/// `idtoken-b6c69a37-df96-4db0-9088-2ab96e1d8215`: words and UUIDs, the key of a cache.
pub(super) fn names_uuid(value: &[u8]) -> bool {
    let Some(dash) = value.iter().position(|b| *b == b'-') else { return false };
    let (word, rest) = value.split_at(dash);
    word.len() >= 5
        && word.iter().all(u8::is_ascii_alphabetic)
        && reads_like_words(word)
        && rest.get(1..37).is_some_and(|uuid| Shape::of(uuid).uuid)
}

/// The first part of a JWT alone, which names the algorithm (RFC 7515 §4.1), or one without a signature.
pub(super) fn is_token_header(value: &[u8]) -> bool {
    if value.starts_with(b"eyJ") && value.ends_with(b".") {
        return true;
    }
    value.starts_with(b"eyJ")
        && !value.contains(&b'.')
        && codec::base64(value).is_some_and(|header| contains(&header, b"\"alg\""))
}
