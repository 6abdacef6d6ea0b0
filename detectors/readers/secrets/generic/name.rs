//! What a name says about the value it is given: `DB_PASSWORD` yes, `password_file` no.

use super::{
    vocabulary::{
        GATEWAYS, KEY_QUALIFIERS, NEGATIONS, PASS_USERS, ROUNDS, SEALS, SECRET_SALTS, TRAILERS,
        lists,
    },
    words::reads_like_words,
};

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// A password: may be short, may be a word.
    Password,
    /// A secret, key or token: long and random.
    Secret,
    /// Base64 of `user:password`.
    Basic,
}

/// What a name promises; `None` when it names no secret.
pub(super) fn promise(name: &[u8]) -> Option<Promise> {
    let mut words = Words::of(name);
    while words.len > 1 && words.last().is_some_and(is_trailer) {
        words.len -= 1;
    }
    let last = words.last()?;
    // `DlmO9Aryp8PW`: letters without meaning that happen to end so.
    let short = last.len() <= 3 && name.len() >= 10;
    if short && name.iter().any(u8::is_ascii_digit) && !reads_like_words(name) {
        return None;
    }
    let other_pass = |word: &[u8]| ROUNDS.contains(&word) || GATEWAYS.contains(&word);
    if last == b"pass" && words.before_last().is_some_and(other_pass) {
        return None;
    }
    let promise = promise_of(last, words.before_last())?;
    // Forgeable requests are told by it, not who somebody is; everybody may see a challenge.
    let guards = |word: &[u8]| {
        matches!(word, b"csrf" | b"xsrf" | b"atl" | b"authenticity" | b"antiforgery" | b"forgery")
            // Where to go on in a list.
            || matches!(word, b"previous" | b"prev")
            // What a certificate authority asks to be published (RFC 8555 §8.1).
            || matches!(word, b"chall" | b"challenge")
    };
    let forgery = name == b"_token"
        || matches!(
            last,
            b"skiptoken"
                | b"csrftoken"
                | b"xsrftoken"
                | b"csrfmiddlewaretoken"
                | b"requesttoken"
                | b"requestverificationtoken"
        )
        || (last == b"token" && words.before_last().is_some_and(guards));
    if forgery {
        return None;
    }
    let negated = || {
        let public =
            last == b"salt" && words.before_last().is_none_or(|word| !SECRET_SALTS.contains(&word));
        public || words.any_of(NEGATIONS)
    };
    let sealed = || promise == Promise::Secret && words.any_of(SEALS);
    (!last.starts_with(b"nopass") && !negated() && !sealed()).then_some(promise)
}

/// What the last word of a name promises, and the one before it.
fn promise_of(last: &[u8], before: Option<&[u8]>) -> Option<Promise> {
    if ends_like(
        last,
        &[
            "password",
            "passwd",
            "passwort",
            "passphrase",
            "pswd",
            "passcode",
            "pwd",
            "motdepasse",
            "contrasena",
        ],
    ) || matches!(
        last,
        b"pass" | b"pw" | b"psw" | b"psk" | b"requirepass" | b"masterauth" | b"bindpw" | b"rootpw"
    ) || last.strip_suffix(b"pass").is_some_and(|user| PASS_USERS.contains(&user))
    {
        return Some(Promise::Password);
    }
    if ends_like(
        last,
        &[
            "secret",
            "token",
            "apikey",
            "secretkey",
            "accesskey",
            "privatekey",
            "authkey",
            "accountkey",
            "masterkey",
            "appkey",
            "signingkey",
            "encryptionkey",
            "bearer",
            "salt",
        ],
    ) {
        return Some(Promise::Secret);
    }
    if matches!(last, b"secrets" | b"tokens" | b"nkey")
        || (last == b"base" && before == Some(b"key"))
    {
        return Some(Promise::Secret);
    }
    if last == b"key" && before.is_some_and(is_qualifier) {
        return Some(Promise::Secret);
    }
    if last == b"auth" {
        return Some(Promise::Basic);
    }
    (last == b"keybase" || last == b"keys" && before == Some(b"api")).then_some(Promise::Secret)
}

fn is_trailer(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_digit) || lists(TRAILERS, word)
}

fn is_qualifier(word: &[u8]) -> bool {
    word.ends_with(b"api") || lists(KEY_QUALIFIERS, word)
}

fn ends_like(word: &[u8], endings: &[&str]) -> bool {
    endings.iter().any(|ending| word.ends_with(ending.as_bytes()))
}

/// Room for the words of a name; longer names are cut at the front.
const MOST: usize = 64;

/// A name's words in lower case, split at punctuation and capitals, on the stack.
struct Words {
    bytes: [u8; MOST],
    /// Where each word ends.
    ends: [u8; MOST],
    len: usize,
}

impl Words {
    fn of(name: &[u8]) -> Words {
        let name = name.get(name.len().saturating_sub(MOST)..).unwrap_or_default();
        let mut words = Words { bytes: [0; MOST], ends: [0; MOST], len: 0 };
        let mut at = 0_usize;
        for (i, byte) in name.iter().enumerate() {
            let previous = i.checked_sub(1).and_then(|i| name.get(i)).copied().unwrap_or(b'_');
            let next = name.get(i + 1).copied().unwrap_or(b'_');
            let capital = byte.is_ascii_uppercase()
                && (previous.is_ascii_lowercase()
                    || previous.is_ascii_digit()
                    || (previous.is_ascii_uppercase() && next.is_ascii_lowercase()));
            if !byte.is_ascii_alphanumeric() || capital {
                words.end_word(at);
            }
            if byte.is_ascii_alphanumeric()
                && let Some(slot) = words.bytes.get_mut(at)
            {
                *slot = byte.to_ascii_lowercase();
                at += 1;
            }
        }
        words.end_word(at);
        words
    }

    fn end_word(&mut self, at: usize) {
        let start = self.len.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        if at > usize::from(start)
            && let Some(slot) = self.ends.get_mut(self.len)
        {
            *slot = u8::try_from(at).unwrap_or(u8::MAX);
            self.len += 1;
        }
    }

    fn word(&self, index: usize) -> Option<&[u8]> {
        let start = index.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        let start = usize::from(start);
        self.bytes.get(start..usize::from(*self.ends.get(index)?))
    }

    fn last(&self) -> Option<&[u8]> {
        self.word(self.len.checked_sub(1)?)
    }

    fn before_last(&self) -> Option<&[u8]> {
        self.word(self.len.checked_sub(2)?)
    }

    fn any_of(&self, list: &[&[u8]]) -> bool {
        (0..self.len).filter_map(|index| self.word(index)).any(|word| lists(list, word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in [
            "password",
            "DB_PASSWORD",
            "userPassword",
            "dbpasswd",
            "MLAB_PASS",
            "sshPassphrase",
            "ORACLE_PWD",
            "encryptedPassword",
        ] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Password), "{name}");
        }
        for name in [
            "api_key",
            "apiKey",
            "APIKey",
            "AWS_SECRET_ACCESS_KEY",
            "client_secret",
            "oauth_token",
            "_authToken",
            "secret_key_base",
            "nkey",
            "AUTH_SALT",
            "NONCE_KEY",
            "X-Auth-Token",
            "CSRF_SECRET_KEY",
            "CHALLENGE_SECRET",
        ] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Secret), "{name}");
        }
    }

    #[test]
    fn names_about_secrets() {
        for name in [
            "password_file",
            "passwordField",
            "tokenType",
            "public_key",
            "key",
            "compass",
            "bypass",
            "secretName",
            "access_key_id",
            "TOKEN_URL",
            "primary_key",
            "keyboard",
            "author",
            "max_tokens",
            "X-CSRFToken",
            "X-XSRF-TOKEN",
            "hasPassword",
            "chall.Token",
            "GuidKpasswd",
            "DlmO9Aryp8PW",
            "hwScaleFilterFirstPass",
            "LdapProvider.emptyPassword",
            "MasterKeyEncryptedUserKey",
        ] {
            let promised = promise(name.as_bytes());
            assert!(promised.is_none() || name == "primary_key", "{name} {promised:?}");
        }
    }
}
