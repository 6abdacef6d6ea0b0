//! What makes a text look like a credential by itself.

use super::words::reads_like_words;

/// Kinds of characters: digits, small letters, capitals, signs.
fn kinds(text: &[u8]) -> usize {
    let any = |kind: fn(&u8) -> bool| usize::from(text.iter().any(kind));
    any(u8::is_ascii_digit)
        + any(u8::is_ascii_lowercase)
        + any(u8::is_ascii_uppercase)
        + any(u8::is_ascii_punctuation)
}

/// A text of at least that length with a digit and other characters, and no words.
pub(super) fn is_random(text: &[u8], least: usize) -> bool {
    let digit = text.iter().any(u8::is_ascii_digit);
    text.len() >= least && digit && kinds(text) >= 2 && !reads_like_words(text)
}

/// A short text of every kind of character, and no words.
pub(super) fn is_dense(text: &[u8]) -> bool {
    (8..=24).contains(&text.len())
        && kinds(text) == 4
        && !text.iter().any(|b| b" \\".contains(b))
        && !reads_like_words(text)
}

/// A text that would be taken for a credential anywhere.
pub(super) fn is_convincing(text: &[u8], least: usize) -> bool {
    let digit = text.iter().any(u8::is_ascii_digit);
    is_random(text, least) || (text.len() >= 8 && digit && kinds(text) >= 3)
}

/// Twelve or more letters that make no words.
fn is_random_letters(text: &[u8]) -> bool {
    text.len() >= 12 && text.iter().all(u8::is_ascii_alphabetic) && !reads_like_words(text)
}

/// True for parts with signs of code or markup between them, of which none looks like a credential.
pub(super) fn is_built_up(value: &[u8]) -> bool {
    let sign = |b: &u8| b" ()[]{}<>|'\"\\;,:?/=+`".contains(b);
    let random = |part: &[u8]| is_random(part, 6) || is_random_letters(part);
    // As `openssl` takes it; what base64 ends with.
    let value = value.strip_prefix(b"pass:").unwrap_or(value);
    let padding = value.iter().rev().take_while(|b| **b == b'=').count();
    let value = value.get(..value.len() - padding).unwrap_or_default();
    value.iter().any(sign) && !is_dense(value) && !value.split(sign).any(random)
}
