//! Names that hold credentials, and values that are one.

/// How a secret came into a script that Groovy completed before the shell saw it (`SecretUse::via`).
pub(crate) const GROOVY: &str = "groovy";

/// True for a label of the machine that runs Jenkins itself.
pub(crate) fn is_controller_label(label: &str) -> bool {
    matches!(label, "built-in" | "master" | "(built-in)" | "controller")
}

/// Words that make a name a credential's, when they stand at its end: the name is cut at `_`, `-`, `.`
/// and at a change from lower to upper case.
const ENDS: &[&[&str]] = &[
    &["password"],
    &["passwd"],
    &["pwd"],
    &["pass"],
    &["passphrase"],
    &["secret"],
    &["token"],
    &["pat"],
    &["apikey"],
    &["api", "key"],
    &["access", "key"],
    &["secret", "key"],
    &["auth", "key"],
    &["account", "key"],
    &["storage", "key"],
    &["private", "key"],
    &["signing", "key"],
    &["encryption", "key"],
    &["ssh", "key"],
    &["deploy", "key"],
    &["credential"],
    &["credentials"],
    &["creds"],
    &["auth"],
    &["connection", "string"],
    &["publish", "profile"],
    &["kubeconfig"],
    &["webhook", "url"],
    &["credentials", "json"],
    &["key", "json"],
    &["service", "account", "key"],
    &["key", "file"],
];

/// Words that make a name a credential's only for a stored secret, not for a literal: their literal
/// values are too often something else.
const WEAK_ENDS: &[&str] =
    &["auth", "credential", "credentials", "creds", "kubeconfig", "url", "json", "pat", "file"];

/// True for a name such as `AWS_SECRET_ACCESS_KEY`, `npmToken`, `db-password`.
pub(crate) fn is_credential_name(name: &str) -> bool {
    is_named(&words(name))
}

/// True for a name that says user or host, such as `DB_USER`: what it holds is no secret, though it may be
/// kept with the secrets.
pub(crate) fn is_public_name(name: &str) -> bool {
    let last = words(name).pop().unwrap_or_default();
    const LAST: &[&str] =
        &["user", "username", "login", "host", "hostname", "email", "region", "usr", "namespace"];
    LAST.contains(&last.as_str())
}

fn is_named(words: &[String]) -> bool {
    let glued = ["password", "passwd", "token", "apikey"];
    ENDS.iter().any(|end| ends_with(words, end))
        || words.last().is_some_and(|last| glued.iter().any(|end| last.ends_with(end)))
}

/// True when a value under a name is a credential written out: the name says so and the value can be
/// one. Paths, addresses, references to variables, booleans and prose cannot.
pub(crate) fn is_literal_credential(name: &str, value: &str) -> bool {
    let words = words(name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    let named = is_named(&words) && !WEAK_ENDS.contains(&last);
    named && can_be_a_credential(value) && !(last == "secret" && names_an_object(value))
}

/// A value such as `registry-pull` or `team/ci/registry`, which under a name that ends in "secret" says
/// which Secret of the cluster or of a store is meant.
fn names_an_object(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'/' | b'.'))
}

/// True for a literal value that opens nothing: known to everybody, or its own name said again, as in
/// `apiKey: 'my-api-key'` and `password: 'password_1'`.
pub(crate) fn is_throwaway(name: &str, value: &str) -> bool {
    const FILLERS: &[&str] = &["a", "the", "my", "our", "some", "user", "default", "service"];
    let own = words(name);
    let repeats = |word: &String| {
        own.contains(word)
            || FILLERS.contains(&word.as_str())
            || word.bytes().all(|b| b.is_ascii_digit())
    };
    let mut said = words(value);
    is_placeholder(value) || (!said.is_empty() && said.drain(..).all(|word| repeats(&word)))
}

fn can_be_a_credential(value: &str) -> bool {
    let value = value.trim();
    let not_a_value = value.len() < 4
        || value.contains(char::is_whitespace)
        || value.contains(['$', '{', '<', '%'])
        || value.starts_with(['/', '.', '~', '!', '@'])
        || value.contains("://")
        || is_path(value)
        || is_word(
            value,
            &["true", "false", "none", "null", "auto", "default", "inherit", "write", "read"],
        )
        || names_a_variable(value);
    !not_a_value
}

/// A value such as `secret/team/ci/registry-2`: where it is kept. Base64 has capitals.
fn is_path(value: &str) -> bool {
    let segment = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"/-_.".contains(&b);
    value.matches('/').count() > 1 && value.bytes().all(segment)
}

/// A value such as `GITHUB_TOKEN` or `npm_token` names where the credential is kept.
fn names_a_variable(value: &str) -> bool {
    let shaped = value.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
        && (value.bytes().all(|b| !b.is_ascii_lowercase())
            || value.bytes().all(|b| !b.is_ascii_uppercase()));
    shaped && value.contains('_') && is_credential_name(value)
}

/// True for a host that is this machine.
pub(crate) fn is_local_host(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name == "host.docker.internal"
        || name.starts_with("127.")
        || matches!(name, "[::1]" | "::1" | "0.0.0.0")
}

/// True for values that everybody knows to be no secret.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    const PARTS: &[&str] = &[
        "changeme",
        "change_me",
        "change-me",
        "dummy",
        "example",
        "fake",
        "not-a-real",
        "notreal",
        "placeholder",
        "redacted",
        "replace",
        "sample",
        "test",
        "todo",
        "xxxx",
        "your",
        "****",
        "1234",
        "mock",
        "invalid",
    ];
    const WHOLE: &[&str] = &[
        "admin",
        "my-password",
        "my-secret",
        "my-token",
        "mypassword",
        "password",
        "passw0rd",
        "postgres",
        "root",
        "secret",
        "minioadmin",
        "guest",
        "mysql",
        "user",
        "token",
        "pass",
        "toor",
        "redis",
        "mongo",
        "neo4j",
        "rabbitmq",
        "foobar",
        "empty",
        "unused",
        "local",
        "ci",
    ];
    PARTS.iter().any(|part| lower.contains(part))
        || WHOLE.contains(&lower.as_str())
        || is_uniform(&lower)
}

/// One character repeated.
fn is_uniform(value: &str) -> bool {
    let mut chars = value.chars();
    chars.next().is_some_and(|first| chars.all(|c| c == first))
}

fn is_word(value: &str, words: &[&str]) -> bool {
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn ends_with(words: &[String], end: &[&str]) -> bool {
    words.len() >= end.len()
        && words[words.len() - end.len()..].iter().zip(end).all(|(a, b)| a == b)
}

/// The words of a name, in lower case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let boundary = !c.is_alphanumeric() || (c.is_uppercase() && lower_before);
        if boundary && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credential_names() {
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "npmToken",
            "db-password",
            "PGPASSWORD",
            "GH_PAT",
            "apiKey",
            "SLACK_WEBHOOK_URL",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
        for name in [
            "cache-key",
            "token-file",
            "PASSWORD_LENGTH",
            "KEYBOARD",
            "secret-name",
            "id-token-ttl",
            "public-key",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn literal_credentials() {
        let literal = |value: &str| is_literal_credential("DB_PASSWORD", value);
        assert!(literal("correct-horse-battery"));
        for value in [
            "",
            "$DB",
            "${{ secrets.X }}",
            "/run/secrets/x",
            "true",
            "DB_PASSWORD",
            "two words",
            "https://x.example",
        ] {
            assert!(!literal(value), "{value}");
        }
        assert!(!is_literal_credential("AUTH", "basic"));
        assert!(!is_literal_credential("auth.existingSecret", "tekton-results-database"));
        assert!(!is_literal_credential("REGISTRY_PASSWORD", "secret/team/ci/registry-2"));
        assert!(is_literal_credential("CLIENT_SECRET", "hX7qrZ"));
        assert!(is_throwaway("apiKey", "my-api-key") && is_throwaway("password", "password_1"));
        assert!(!is_throwaway("apiKey", "my-api-key-x") && !is_throwaway("password", "Tr0ub"));
        assert!(
            is_placeholder("changeme123")
                && is_placeholder("aaaa")
                && !is_placeholder("correct-horse")
        );
    }
}
