//! Whether a value that a secret's name is given is a credential, and how sure that is.
//!
//! No single measure decides. The name says what may be expected (a password may be a word, a key may
//! not), the file how likely a word is meant, the letters whether they are words, the shape whether
//! it is something else: a reference, a path, a digest, an identifier, a sentence.

use super::{
    super::{codec, confirm::entropy, lower, validators::is_public_nkey},
    file::FileKind,
    name::Promise,
    notation::{is_access_key_id, is_notation, is_snake_name},
    random::is_built_up,
    reference::{echoes_name, is_expression, is_nothing, is_pasted, is_poor, is_translated},
    shape::{
        Shape, contains, is_address, is_algorithm, is_base64_digest, is_ciphertext, is_constant,
        is_digest, is_dotted_number, is_ending, is_file, is_hash, is_identifier, is_migration,
        is_name_of_secret, is_numbered_name, is_package, is_pattern, is_public_ssh_key,
        is_public_token, is_sentence, is_signature, is_small_path, is_structure, is_time,
    },
    style::Style,
    trial::{is_name_of_token, is_token_header, is_trial, names_itself, names_uuid, says_words},
    words::{letter_bits, reads_like_words},
};
use crate::evidence::Confidence;
use std::borrow::Cow;

/// What a value is worth. `lowered` says why not more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) confidence: Confidence,
    pub(super) lowered: Option<&'static str>,
}

/// What is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) promise: Promise,
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) delimited: bool,
    pub(super) file: FileKind,
    /// A host or user is given beside it.
    pub(super) connected: bool,
}

/// The longest password that is believed; longer ones are data.
const LONGEST: usize = 256;

/// The judgement; `None` for what is certainly no credential.
pub(super) fn judge(candidate: &Candidate) -> Option<Judgement> {
    let plain = without_escapes(candidate.value);
    let candidate = &Candidate { value: &plain, ..*candidate };
    let value = candidate.value;
    if value.len() > LONGEST || !value.iter().all(|b| (b' '..=b'~').contains(b)) {
        return None;
    }
    let store = candidate.file.style == Style::Store;
    if (is_nothing(value) && !(store && is_poor(value)))
        || is_pasted(value)
        || is_expression(value, candidate)
        || echoes_name(value, candidate.name)
        || is_something_else(value)
        || is_translated(value)
    {
        return None;
    }
    let short = match (candidate.promise, candidate.file.style) {
        (Promise::Basic, _) => value.len() < 16,
        (Promise::Secret, Style::Prose) => value.len() < 12,
        _ => false,
    };
    if short {
        return None;
    }
    let anything = store && candidate.promise == Promise::Password;
    if !anything && is_built_up(value) {
        return None;
    }
    let judgement = match candidate.promise {
        Promise::Password => password(candidate),
        Promise::Secret | Promise::Basic => secret(candidate),
    }?;
    let most = if candidate.file.test { Confidence::Medium } else { Confidence::High };
    Some(Judgement { confidence: judgement.confidence.min(most), ..judgement })
}

/// A text that is written like something that is no credential.
fn is_something_else(value: &[u8]) -> bool {
    is_notation(value)
        || is_ciphertext(value)
        || is_time(value)
        || is_ending(value)
        || is_migration(value)
        || is_signature(value)
        || value.starts_with(b"urn:")
        || is_public_ssh_key(value)
        || is_public_token(value)
        || is_dotted_number(value)
        || is_package(value)
        || is_structure(value)
        || is_pattern(value)
        || is_name_of_secret(value)
        || [&b"://"[..], b":\\/\\/"].iter().any(|address| contains(value, address))
}

fn password(candidate: &Candidate) -> Option<Judgement> {
    let value = candidate.value;
    let store = candidate.file.style == Style::Store;
    if value.len() < 4 || is_sentence(value) || (!store && is_identifier(value)) {
        return None;
    }
    // `("user", "password", "ROLE_A")`
    let letters_only = value.iter().all(|b| !b.is_ascii_digit());
    if !store && letters_only && is_constant(value) {
        return None;
    }
    // `password : LPWSTR`: a type.
    let bare = !candidate.delimited && value.iter().all(u8::is_ascii_uppercase);
    if candidate.file.style == Style::Code && bare {
        return None;
    }
    if store {
        return Some(sure(Confidence::High));
    }
    if let Some(why) = lower::reason(value) {
        return Some(doubtful(why));
    }
    if is_trial(value) {
        return Some(doubtful("a test value"));
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 && value.len() < 6 {
        return Some(doubtful("a short number"));
    }
    // Tests of what hashes passwords are full of digests; a made-up password is none.
    let name = candidate.name.to_ascii_lowercase();
    let encoded = contains(&name, b"encoded") && value.len() >= 40;
    if contains(&name, b"encrypted") && value.len() >= 24 && value.ends_with(b"=") {
        return Some(doubtful("encrypted"));
    }
    // The answer to a challenge (RFC 2865 §5.3).
    if name.starts_with(b"chap") && value.starts_with(b"0x") {
        return Some(doubtful("a hash, not a value"));
    }
    let read = matches!(candidate.file.style, Style::Code | Style::Prose);
    if is_hash(value) || encoded || ((candidate.file.test || read) && is_digest(value)) {
        return Some(doubtful("a hash, not a value"));
    }
    if candidate.file.style == Style::Code && Shape::of(value).uuid {
        return Some(doubtful("a UUID"));
    }
    if candidate.file.test && is_base64_digest(value) {
        return Some(doubtful("a hash, not a value"));
    }
    let words = reads_like_words(value);
    let spiced = value.iter().any(|b| !b.is_ascii_alphabetic() && !b"_-. ".contains(b));
    let code = matches!(candidate.file.style, Style::Code | Style::Prose);
    if !words {
        return Some(sure(if code { Confidence::Medium } else { Confidence::High }));
    }
    let trusted = !candidate.file.test && !code;
    if trusted && (spiced || candidate.connected) {
        return Some(sure(Confidence::Medium));
    }
    if spiced && !candidate.file.test && value.len() >= 7 && candidate.file.style == Style::Code {
        return Some(sure(Confidence::Medium));
    }
    Some(doubtful("a dictionary word"))
}

fn secret(candidate: &Candidate) -> Option<Judgement> {
    let value = candidate.value;
    let store = candidate.file.style == Style::Store;
    let salt = candidate.name.to_ascii_lowercase().ends_with(b"salt");
    if value.len() < if store { 8 } else { 6 } || (salt && value.len() < 32) {
        return None;
    }
    // Beside a hash stands its salt, known to all; that of a whole application has a longer name.
    if salt && (candidate.file.test || candidate.name.len() == b"salt".len()) {
        return None;
    }
    if is_token_header(value) || contains(value, b"; ") {
        return None;
    }
    let dense =
        !value.contains(&b' ') || (candidate.delimited && value.len() >= 40 && !is_sentence(value));
    if !dense || is_identifier(value) || is_constant(value) || is_address(value) {
        return None;
    }
    if is_small_path(value)
        || is_file(value)
        || is_algorithm(value)
        || is_snake_name(value)
        || is_access_key_id(candidate.name, value)
        || is_public_nkey(value)
    {
        return None;
    }
    if is_hash(value) {
        return Some(doubtful("a hash, not a value"));
    }
    if let Some(why) = lower::reason(value) {
        return Some(doubtful(why));
    }
    if is_trial(value) || is_numbered_name(value) || is_name_of_token(value) {
        return Some(doubtful("a test value"));
    }
    if names_itself(value, store) {
        return Some(doubtful("it names itself"));
    }
    if says_words(value) {
        return Some(doubtful("words in base64"));
    }
    let shape = Shape::of(value);
    let token = candidate.name.to_ascii_lowercase().ends_with(b"token") && !candidate.file.test;
    if (shape.uuid && !token && !store) || names_uuid(value) {
        return Some(doubtful("a UUID"));
    }
    let (bits, letters) = letter_bits(value);
    let mixed = shape.digits >= 2 && letters >= 2;
    let scattered = entropy(value) >= if value.len() >= 20 { 3.0 } else { 2.5 };
    // `traefik`, `BYRADIUS`: one word, though of no language.
    let inner = value.get(1..).unwrap_or_default();
    let small = inner.iter().all(u8::is_ascii_lowercase) && bits < 6.0;
    let bare = letters == value.len() && (small || value.iter().all(u8::is_ascii_uppercase));
    if value.len() < 10 && (bare || reads_like_words(value) || bits < 5.0 || letters < 4) {
        return None;
    }
    let random =
        (mixed && scattered && (bits > 4.3 || letters < 6 || shape.switches * 5 >= value.len()))
            || (scattered && !reads_like_words(value) && (bits > 5.0));
    if random {
        let strong = value.len() >= 20 && mixed;
        let plain = !matches!(candidate.file.style, Style::Code | Style::Prose);
        return Some(sure(if strong && (plain || store) {
            Confidence::High
        } else {
            Confidence::Medium
        }));
    }
    if store && !(bare && reads_like_words(value)) {
        return Some(sure(Confidence::Medium));
    }
    Some(doubtful("reads like words"))
}

/// The value as it is meant: without the escapes at its end (`\n`, `\u0000`), percent signs decoded.
fn without_escapes(value: &[u8]) -> Cow<'_, [u8]> {
    let mut value = value;
    while let Some(rest) = [&b"\\n"[..], b"\\r", b"\\t", b"\\0", b"\\u0000"]
        .iter()
        .find_map(|escape| value.strip_suffix(*escape))
    {
        value = rest;
    }
    codec::percent(value).map_or(Cow::Borrowed(value), Cow::Owned)
}

fn sure(confidence: Confidence) -> Judgement {
    Judgement { confidence, lowered: None }
}

fn doubtful(why: &'static str) -> Judgement {
    Judgement { confidence: Confidence::Low, lowered: Some(why) }
}

#[cfg(test)]
mod tests {
    use super::{super::file::kind_of, *};

    fn judged(promise: Promise, name: &str, value: &str, path: &str) -> Option<Confidence> {
        let candidate = Candidate {
            promise,
            name: name.as_bytes(),
            value: value.as_bytes(),
            delimited: true,
            file: kind_of(path),
            connected: false,
        };
        judge(&candidate).map(|judgement| judgement.confidence)
    }

    #[test]
    fn random_values_are_credentials_and_words_are_not() {
        let password = |value, path| judged(Promise::Password, "password", value, path);
        assert_eq!(password("zuaruyi", "a_test.go"), Some(Confidence::Medium));
        assert_eq!(password("websockettoken", "a_test.go"), Some(Confidence::Low));
        assert_eq!(password("swordfish!23", "app.yaml"), Some(Confidence::Medium));
        assert_eq!(password("hunter22", ".ftpconfig"), Some(Confidence::High));
        for value in [
            "EJ[1:qxwjzkvpfeaoxr=:zuaruyi]",
            "${DB_PASSWORD}",
            ") + bold(",
            "<password>",
            "password",
            "********",
            "Enter your password here",
        ] {
            assert_eq!(password(value, "app.yaml"), None, "{value}");
        }
    }

    #[test]
    fn keys_are_random() {
        let key = |value| judged(Promise::Secret, "api_key", value, "app.py");
        assert_eq!(key("e5384951dab585e55867afcfb4e26376"), Some(Confidence::Medium));
        assert_eq!(key("wqmmancnmffswxmsptedhguy"), Some(Confidence::Medium));
        assert_eq!(key("nmxios"), Some(Confidence::Medium));
        for value in [
            "access_token",
            "X-Api-Key",
            "com.example.Key",
            "user.apiKey",
            "/etc/app/key.pem",
            "https://a.b/c",
            "traefik",
        ] {
            assert_eq!(key(value), None, "{value}");
        }
    }
}
