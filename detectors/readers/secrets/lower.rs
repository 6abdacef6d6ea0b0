//! Why a match is worth less than its form suggests: placeholders, examples, references.

/// What a value is, when it is no credential or only the picture of one.
pub(super) fn reason(value: &[u8]) -> Option<&'static str> {
    if is_reference(value) {
        return Some("a reference, not a value");
    }
    if is_uniform(value) {
        return Some("placeholder: one character repeated or a sequence");
    }
    if has_filler(value) {
        return Some("placeholder");
    }
    let text = value.to_ascii_lowercase();
    let text = String::from_utf8_lossy(&text);
    PLACEHOLDER_WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, why)| *why)
}

const PLACEHOLDER_WORDS: &[(&str, &str)] = &[
    // The keys that the emulators of Azure Storage and Cosmos DB have everywhere.
    // <https://learn.microsoft.com/azure/storage/common/storage-use-azurite>
    // <https://learn.microsoft.com/azure/cosmos-db/emulator>
    ("eby8vdm02xnocqflquwjpll", "published key of an emulator"),
    ("c2y6ydjf5/r+ob0n8a7cgv30v", "published key of an emulator"),
    // The secret of the examples of TOTP.
    ("jbswy3dpehpk3pxp", "documentation example"),
    ("example", "documentation example"),
    ("your_", "placeholder"),
    ("your-", "placeholder"),
    ("xxxx", "placeholder"),
    ("yourpassword", "placeholder"),
    ("yoursecret", "placeholder"),
    ("yourtoken", "placeholder"),
    ("mypassword", "placeholder"),
    ("mysecret", "placeholder"),
    ("please-replace", "placeholder"),
    ("replace-with", "placeholder"),
    ("replace_with", "placeholder"),
    ("replaceme", "placeholder"),
    ("replace-me", "placeholder"),
    ("replace_me", "placeholder"),
    ("placeholder", "placeholder"),
    ("changeme", "placeholder"),
    ("change_me", "placeholder"),
    ("dummy", "placeholder"),
    ("randomchars", "placeholder"),
    ("redacted", "placeholder"),
    ("fake-", "placeholder"),
    ("-fake", "placeholder"),
    ("0123456789", "placeholder: one character repeated or a sequence"),
    ("0987654321", "placeholder: one character repeated or a sequence"),
    ("1234567890", "placeholder: one character repeated or a sequence"),
    ("abcdefghij", "placeholder: one character repeated or a sequence"),
];

/// `${X}`, `{{ x }}`, `<x>`, `%(x)s`, `$(x)`: something that is filled in elsewhere.
pub(super) fn is_reference(value: &[u8]) -> bool {
    const OPENERS: &[&[u8]] = &[b"${", b"{{", b"$(", b"%(", b"#{", b"<%", b"@{"];
    let bracketed = value.first() == Some(&b'<') && value.last() == Some(&b'>');
    bracketed || OPENERS.iter().any(|opener| value.windows(2).any(|w| w == *opener))
}

/// `xoxb-1-yyy`: a part that is three or more times the same letter.
fn has_filler(value: &[u8]) -> bool {
    let filler = |part: &[u8]| {
        part.len() >= 3
            && part.first().is_some_and(u8::is_ascii_alphabetic)
            && part.iter().all(|b| Some(b) == part.first())
    };
    value.contains(&b'-') && value.split(|b| b"-_.".contains(b)).any(filler)
}

/// Few distinct characters, or each the successor of the one before.
fn is_uniform(value: &[u8]) -> bool {
    if value.len() < 8 {
        return false;
    }
    let repeats = value.windows(2).filter(|w| w[0] == w[1]).count();
    let steps = value.windows(2).filter(|w| w[0].wrapping_add(1) == w[1]).count();
    let pairs = value.len() - 1;
    repeats * 4 >= pairs * 3 || steps * 4 >= pairs * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_credentials_are_recognised() {
        for value in [
            "amqp://myuser:mypassword@host",
            "yoursecret",
            "${TOKEN}",
            "{{ token }}",
            "<token>",
            "xxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert!(reason(value.as_bytes()).is_some(), "{value}");
        }
        assert_eq!(reason(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"), None);
    }
}
