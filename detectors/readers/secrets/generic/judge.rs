//! Whether a value that a secret's name is given is a credential, and how sure that is.
//!
//! No single measure decides. The name says what may be expected (a password may be a word, a key may
//! not), the file how likely a word is meant, the letters whether they are words, the shape whether
//! it is something else: a reference, a path, a digest, an identifier, a sentence.

use super::{
    super::{confirm::entropy, lower},
    file::{FileKind, Style},
    name::Promise,
    words::{letter_bits, reads_like_words},
};
use crate::evidence::Confidence;

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
    let value = candidate.value;
    if value.len() > LONGEST || !value.iter().all(|b| (b' '..=b'~').contains(b)) {
        return None;
    }
    let store = candidate.file.style == Style::Store;
    if (is_nothing(value) && !(store && is_poor(value)))
        || is_pasted(value)
        || is_expression(value, candidate)
        || echoes_name(value, candidate.name)
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
    let judgement = match candidate.promise {
        Promise::Password => password(candidate),
        Promise::Secret | Promise::Basic => secret(candidate),
    }?;
    let most = if candidate.file.test { Confidence::Medium } else { Confidence::High };
    Some(Judgement { confidence: judgement.confidence.min(most), ..judgement })
}

fn password(candidate: &Candidate) -> Option<Judgement> {
    let value = candidate.value;
    let store = candidate.file.style == Style::Store;
    if value.len() < 4 || is_sentence(value) || (!store && is_identifier(value)) {
        return None;
    }
    if store {
        return Some(sure(Confidence::High));
    }
    if let Some(why) = lower::reason(value) {
        return Some(doubtful(why));
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if letters == 0 && value.len() < 6 {
        return Some(doubtful("a short number"));
    }
    if is_hash(value) {
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
    let dense =
        !value.contains(&b' ') || (candidate.delimited && value.len() >= 40 && !is_sentence(value));
    if !dense || is_identifier(value) || is_constant(value) || is_address(value) {
        return None;
    }
    if let Some(why) = lower::reason(value) {
        return Some(doubtful(why));
    }
    let shape = Shape::of(value);
    if shape.uuid && !candidate.name.to_ascii_lowercase().ends_with(b"token") && !store {
        return Some(doubtful("a UUID"));
    }
    let (bits, letters) = letter_bits(value);
    let mixed = shape.digits >= 2 && letters >= 2;
    let scattered = entropy(value) >= if value.len() >= 20 { 3.0 } else { 2.5 };
    if value.len() < 10 && (reads_like_words(value) || bits < 5.0 || letters < 4) {
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
    if store {
        return Some(sure(Confidence::Medium));
    }
    Some(doubtful("reads like words"))
}

fn sure(confidence: Confidence) -> Judgement {
    Judgement { confidence, lowered: None }
}

fn doubtful(why: &'static str) -> Judgement {
    Judgement { confidence: Confidence::Low, lowered: Some(why) }
}

/// Values that say that there is no value.
fn is_nothing(value: &[u8]) -> bool {
    const NOTHING: &[&str] = &[
        "",
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "empty",
        "string",
        "str",
        "yes",
        "no",
        "on",
        "off",
        "default",
        "required",
        "optional",
        "hidden",
        "redacted",
        "[redacted]",
        "masked",
        "filtered",
        "[filtered]",
        "secret",
        "password",
        "passwd",
        "pass",
        "pwd",
        "token",
        "key",
        "todo",
        "tbd",
        "n/a",
        "example",
        "foo",
        "bar",
        "baz",
        "test",
        "value",
        "text",
        "any",
        "object",
        "number",
        "int",
        "bool",
        "boolean",
        "bytes",
        "self",
        "this",
        "changeme",
        "change_me",
        "change-me",
        "changeit",
        "placeholder",
        "your_password",
        "yourpassword",
        "mypassword",
        "my_password",
        "my-password",
        "the_password",
        "somepassword",
        "some_password",
        "apikey",
        "api_key",
        "mysecret",
        "my_secret",
        "user",
        "username",
        "prompt",
        "ask",
        "unset",
        "disabled",
        "enabled",
        "inherit",
        "plain",
        "plaintext",
        "base64",
        "md5",
        "sha256",
        "unknown",
    ];
    let trimmed = value.trim_ascii();
    NOTHING.iter().any(|nothing| trimmed.eq_ignore_ascii_case(nothing.as_bytes()))
        || trimmed.iter().all(|b| b"*.x-_?#X0 =~".contains(b))
        || trimmed.iter().all(|b| Some(b) == trimmed.first())
}

/// Words that a file kept for credentials may really hold as a password.
fn is_poor(value: &[u8]) -> bool {
    [&b"password"[..], b"pass", b"secret", b"test", b"default"].contains(&value)
}

/// The code between two pieces of a text that is put together: `' + password + '`.
fn is_pasted(value: &[u8]) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(|b| b"`'\"+".contains(b));
    let inner = value.trim_ascii();
    (ends(inner.first()) && ends(inner.last()))
        || inner.starts_with(b"+ ")
        || inner.starts_with(b". ")
        || inner.ends_with(b" +")
}

/// Values that stand for something computed or kept elsewhere.
fn is_expression(value: &[u8], candidate: &Candidate) -> bool {
    const STARTS: &[&[u8]] = &[
        b"$",
        b"{{",
        b"{%",
        b"<",
        b"%(",
        b"%{",
        b"%s",
        b"%d",
        b"%v",
        b"@{",
        b"#{",
        b"process.env",
        b"os.environ",
        b"os.getenv",
        b"env.",
        b"ENV[",
        b"env(",
        b"getenv",
        b"self.",
        b"this.",
        b"vault:",
        b"secret:",
        b"arn:",
        b"ref+",
        b"op://",
        b"ssm:",
        b"sm://",
        b"!vault",
        b"!secret",
        b"!Ref",
        b"!Sub",
        b"!env",
        b"lookup(",
        b"var.",
        b"local.",
        b"data.",
        b"module.",
        b"secrets.",
        b"config.",
        b"settings.",
        b"/",
        b"./",
        b"../",
        b"~/",
        b"file:",
        b"AQICAH",
        b"ENC[",
        b"{cipher}",
        b"kv/",
        b"projects/",
        b"data:",
        b"&",
        b"*",
        b"base64:{{",
        b"@Microsoft.KeyVault",
        b"keyvault",
        b"resolve:",
        b"\\",
        b"-----",
    ];
    if STARTS.iter().any(|start| value.starts_with(start)) && !allowed_start(value, candidate) {
        return true;
    }
    let braced = value.contains(&b'{') && value.contains(&b'}') && !candidate.delimited;
    let format = [&b"{}"[..], b"{0}", b"%s", b"${", b"{{", b"#{", b"$(", b"\\(", b"%@", b"<%"];
    let named = value.first() == Some(&b'{') && value.last() == Some(&b'}');
    let call = !candidate.delimited
        && (value.ends_with(b")") || value.contains(&b'(') || value.contains(&b'['));
    braced || named || call || format.iter().any(|hole| contains(value, hole))
}

/// A leading `$`, `&`, `*` or `/` may begin a password or base64 in quotes.
fn allowed_start(value: &[u8], candidate: &Candidate) -> bool {
    let mixed = Shape::of(value).digits >= 2 && value.len() >= 8;
    let punctuation = matches!(value.first(), Some(b'&' | b'*' | b'<' | b'/' | b'$' | b'%'));
    let path = value.first() == Some(&b'/')
        && (value.iter().filter(|b| **b == b'/').count() > 2 || reads_like_words(value));
    let variable = value.first() == Some(&b'$')
        && value.iter().skip(1).all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let tag = value.first() == Some(&b'<') && value.last() == Some(&b'>');
    candidate.delimited && punctuation && mixed && !path && !variable && !tag
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window == part)
}

/// The value repeats its name: `password: "password"`, `token = my_token`, `API_KEY: "API key"`.
fn echoes_name(value: &[u8], name: &[u8]) -> bool {
    let squeeze = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let (value, name) = (squeeze(value), squeeze(name));
    if value.is_empty() || value == name {
        return true;
    }
    let core = &value;
    let trailing = core.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let stem = core.get(..core.len() - trailing.min(2)).unwrap_or_default();
    stem.len() >= 3
        && (name.ends_with(stem) || (stem.len() <= 24 && stem.ends_with(&name) && name.len() >= 5))
}

/// Three or more words with spaces between them, or a full stop at the end.
fn is_sentence(value: &[u8]) -> bool {
    let spaces = value.iter().filter(|b| **b == b' ').count();
    if spaces == 0 {
        return false;
    }
    let (bits, letters) = letter_bits(value);
    let mostly_letters = letters * 10 >= (value.len() - spaces) * 8;
    mostly_letters && bits < 5.2
}

/// `SOME_CONSTANT`, `some.dotted.path`, `some-kebab-name`, `camelCaseName`, `a/path/name`: names of
/// things, made of words.
fn is_identifier(value: &[u8]) -> bool {
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
    digits <= 2 && !random_part && (joined || camel) && letter_bits(value).1 >= 6
}

/// `SOME_CONSTANT_2`: capitals and digits, joined by underscores, no long piece.
fn is_constant(value: &[u8]) -> bool {
    value.contains(&b'_')
        && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && value.split(|b| *b == b'_').all(|part| part.len() <= 12)
}

/// A URL or host without credentials, an e-mail address, a file.
fn is_address(value: &[u8]) -> bool {
    const FILES: &[&[u8]] = &[
        b".pem", b".key", b".crt", b".json", b".yml", b".yaml", b".txt", b".env", b".jks", b".p12",
        b".com", b".org", b".net", b".html", b".js", b".py", b".go", b".php", b".cer",
    ];
    contains(value, b"://")
        || FILES.iter().any(|ending| value.ends_with(ending))
        || (value.contains(&b'@')
            && value.rsplit(|b| *b == b'@').next().is_some_and(|host| host.contains(&b'.')))
}

/// A crypt(3)-style or LDAP hash.
fn is_hash(value: &[u8]) -> bool {
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
    ];
    SCHEMES.iter().any(|scheme| value.starts_with(scheme))
}

/// Counts over the characters of a value.
struct Shape {
    digits: usize,
    /// How often small letters, capitals, digits and others change places.
    switches: usize,
    uuid: bool,
}

impl Shape {
    fn of(value: &[u8]) -> Shape {
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
        for value in
            ["${DB_PASSWORD}", "<password>", "password", "********", "Enter your password here"]
        {
            assert_eq!(password(value, "app.yaml"), None, "{value}");
        }
    }

    #[test]
    fn keys_are_random() {
        let key = |value| judged(Promise::Secret, "api_key", value, "app.py");
        assert_eq!(key("e5384951dab585e55867afcfb4e26376"), Some(Confidence::Medium));
        assert_eq!(key("wqmmancnmffswxmsptedhguy"), Some(Confidence::Medium));
        for value in [
            "access_token",
            "X-Api-Key",
            "com.example.Key",
            "user.apiKey",
            "/etc/app/key.pem",
            "https://a.b/c",
        ] {
            assert_eq!(key(value), None, "{value}");
        }
    }
}
