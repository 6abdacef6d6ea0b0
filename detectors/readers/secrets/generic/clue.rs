//! What makes the generic detector look.

use super::{call::calls, command::commands};

/// What a literal of the prefilter hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Clue {
    /// Part of a name that may promise a secret.
    Name,
    /// `://`.
    Url,
    /// A command that takes a password as an argument.
    Command,
    /// A call that takes user and password by position.
    Call,
    /// `@tcp(`, before which user and password stand.
    Dsn,
    /// `Bearer `.
    Bearer,
    /// `Basic `.
    Basic,
    /// The scheme of a password hash.
    Hash,
}

/// Every clue: its text, whether case does not matter, what it hints at. Every name that promises a
/// secret holds one of the first.
pub(in super::super) fn clues() -> impl Iterator<Item = (&'static str, bool, Clue)> {
    const NAMES: &[&str] = &[
        "pass",
        "pwd",
        "pw =",
        "pw=",
        "pw:",
        "pw\"",
        "pswd",
        "bindpw ",
        "rootpw ",
        "psk=",
        "secret",
        "token",
        "bearer",
        "salt",
        "motdepasse",
        "contrasena",
        "auth\"",
        "auth'",
        "auth ",
        "auth=",
        "auth:",
        "key=",
        "key:",
        "key\"",
        "key'",
        "key ",
        "key>",
        "key]",
        "key\\",
        "key,",
        "key_",
        "key(",
        "keys",
        "key1",
        "key2",
        "nkey",
        "key.",
        "key-",
    ];
    const HASHES: &[&str] = &[
        "$1$", "$5$", "$6$", "$apr1$", "$2a$", "$2b$", "$2y$", "$y$", "$argon2", "{SSHA", "$7$",
        "$sha1$",
    ];
    let names = NAMES.iter().map(|word| (*word, true, Clue::Name));
    let hashes = HASHES.iter().map(|word| (*word, false, Clue::Hash));
    let commands = commands().map(|word| (word, false, Clue::Command));
    let calls = calls().map(|word| (word, false, Clue::Call));
    let others = [
        ("://", false, Clue::Url),
        (":\\/\\/", false, Clue::Url),
        ("@tcp(", false, Clue::Dsn),
        ("bearer ", true, Clue::Bearer),
        ("basic ", true, Clue::Basic),
    ];
    names.chain(hashes).chain(commands).chain(calls).chain(others)
}
