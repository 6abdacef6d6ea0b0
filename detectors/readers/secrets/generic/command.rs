//! Credentials on command lines and in HTTP headers, where no name precedes the value.

use super::{
    super::{codec, validators::user_and_password},
    cursor::Cursor,
};
use std::ops::Range;

/// A user, if given, and a password or token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) user: Option<Range<usize>>,
    pub(super) secret: Range<usize>,
}

/// How a command is handed its password.
#[derive(Clone, Copy)]
enum Takes {
    /// `user:password` after one of the flags.
    Pair(&'static [&'static [u8]]),
    /// The password after one of the flags and a space.
    Word(&'static [&'static [u8]]),
    /// The password right after the flag: a space means that it is asked for.
    Joined(&'static [u8]),
    /// `user%password` after the flag.
    Percent(&'static [u8]),
    /// `user/password@` as the first argument.
    Login,
    /// The first argument that is neither a flag nor a path nor a drive.
    Argument,
    /// What is printed to the command: `echo user:password | command`, `echo password | command`.
    Printed,
}

/// Every command, and how it takes a password.
const COMMANDS: &[(&str, Takes)] = &[
    ("--password-stdin", Takes::Printed),
    ("ConvertTo-SecureString", Takes::Word(&[b"-String ", b" "])),
    ("IDENTIFIED BY", Takes::Word(&[b"PASSWORD ", b" "])),
    ("az login", Takes::Word(&[b" -p ", b" -p"])),
    ("chpasswd", Takes::Printed),
    ("curl", Takes::Pair(&[b" -u ", b" --user ", b" -u", b" --user="])),
    ("docker login", Takes::Word(&[b" -p ", b" -p"])),
    ("httpie", Takes::Pair(&[b" -a ", b" --auth ", b" --auth="])),
    ("identified by", Takes::Word(&[b"password ", b" "])),
    ("ldapadd", Takes::Word(&[b" -w "])),
    ("ldapmodify", Takes::Word(&[b" -w "])),
    ("ldapsearch", Takes::Word(&[b" -w "])),
    ("mariadb", Takes::Joined(b" -p")),
    ("mongodump", Takes::Word(&[b" -p "])),
    ("mongorestore", Takes::Word(&[b" -p "])),
    ("mysql", Takes::Joined(b" -p")),
    ("mysqladmin", Takes::Joined(b" -p")),
    ("mysqldump", Takes::Joined(b" -p")),
    ("net use", Takes::Argument),
    ("plink", Takes::Word(&[b" -pw "])),
    ("podman login", Takes::Word(&[b" -p ", b" -p"])),
    ("pscp", Takes::Word(&[b" -pw "])),
    ("redis-cli", Takes::Word(&[b" -a "])),
    ("smbclient", Takes::Percent(b" -U ")),
    ("sqlplus", Takes::Login),
    ("sshpass", Takes::Word(&[b" -p ", b" -p"])),
    ("wget", Takes::Pair(&[b" -u ", b" --user "])),
];

/// The names of all commands.
pub(super) fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(name, _)| *name)
}

/// The password that is handed to a command whose name stands at `command`.
pub(super) fn after_command(bytes: &[u8], command: &Range<usize>) -> Option<Given> {
    let before = command.start.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    if before.is_ascii_alphanumeric() || b"_-.".contains(&before) {
        return None;
    }
    let name = bytes.get(command.clone())?;
    let (_, takes) = COMMANDS.iter().find(|(known, _)| known.as_bytes() == name)?;
    if name.eq_ignore_ascii_case(b"identified by") && !in_statement(bytes, command) {
        return None;
    }
    let line = Cursor::new(bytes, command.end, 400).until(|b| b == b'\n')?;
    let text = bytes.get(line.clone())?;
    let place = |flag: &[u8]| memchr::memmem::find(text, flag).map(|i| line.start + i + flag.len());
    match takes {
        Takes::Pair(flags) => divided(bytes, flags.iter().find_map(|flag| place(flag))?, b':'),
        Takes::Percent(flag) => divided(bytes, place(flag)?, b'%'),
        Takes::Word(flags) => word(bytes, flags.iter().find_map(|flag| place(flag))?),
        Takes::Joined(flag) => {
            let at = place(flag)?;
            bytes.get(at).filter(|b| !b.is_ascii_whitespace() && **b != b'-')?;
            // `-print`, `-printf` of find(1) behind a folder of that name.
            let rest = bytes.get(at..).unwrap_or_default();
            (!rest.starts_with(b"rint")).then(|| word(bytes, at))?
        }
        Takes::Login => login(bytes, command.end),
        Takes::Argument => bare_argument(bytes, line),
        Takes::Printed => printed(bytes, command.start),
    }
}

/// True in a statement of SQL that makes or changes a user; prose says `identified by` too.
fn in_statement(bytes: &[u8], command: &Range<usize>) -> bool {
    const VERBS: &[&[u8]] =
        &[b"create user", b"alter user", b"create role", b"alter role", b"grant ", b"set password"];
    let rest = bytes.get(command.end..command.end.saturating_add(12).min(bytes.len()));
    let quoted = rest.is_some_and(|rest| rest.iter().any(|b| matches!(b, b'\'' | b'"')));
    let shouted = bytes.get(command.clone()) == Some(b"IDENTIFIED BY");
    let before = bytes.get(command.start.saturating_sub(240)..command.start).unwrap_or_default();
    let before = before.to_ascii_lowercase();
    (quoted && shouted) || VERBS.iter().any(|verb| memchr::memmem::find(&before, verb).is_some())
}

fn word(bytes: &[u8], at: usize) -> Option<Given> {
    let mut secret = argument(bytes, at)?;
    let start = bytes.get(secret.start)?;
    // `identified by context, if …`: the comma is the sentence's.
    if bytes.get(secret.end - 1) == Some(&b',') {
        secret.end -= 1;
    }
    (*start != b'-').then_some(Given { user: None, secret })
}

/// A user and a password in one word, with a sign between.
fn divided(bytes: &[u8], at: usize, sign: u8) -> Option<Given> {
    let whole = argument(bytes, at)?;
    let middle = bytes.get(whole.clone())?.iter().position(|b| *b == sign)? + whole.start;
    (middle > whole.start && middle + 1 < whole.end)
        .then_some(Given { user: Some(whole.start..middle), secret: middle + 1..whole.end })
}

/// `user/password@database`.
fn login(bytes: &[u8], at: usize) -> Option<Given> {
    let found = divided(bytes, at, b'/')?;
    let secret = bytes.get(found.secret.clone())?;
    let end = found.secret.start + secret.iter().position(|b| *b == b'@')?;
    (end > found.secret.start).then_some(Given { secret: found.secret.start..end, ..found })
}

/// `net use Z: \\server\share password /user:name`.
fn bare_argument(bytes: &[u8], line: Range<usize>) -> Option<Given> {
    let text = bytes.get(line.clone())?;
    memchr::memmem::find(text, b"/user:")?;
    let mut at = line.start;
    for part in text.split(|b| *b == b' ') {
        let plain = !part.is_empty() && !part.starts_with(b"/") && !part.contains(&b'\\');
        if plain && part.last() != Some(&b':') && part != b"*" {
            return Some(Given { user: None, secret: at..at + part.len() });
        }
        at += part.len() + 1;
    }
    None
}

/// What the `echo` or `printf` before the last pipe of the line prints.
fn printed(bytes: &[u8], command: usize) -> Option<Given> {
    let least = command.saturating_sub(256);
    let before = bytes.get(least..command)?;
    let before_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let line = before.get(before_start..)?;
    let pipe = line.iter().rposition(|b| *b == b'|')?;
    let line = line.get(..pipe)?;
    let echo = [&b"echo "[..], b"printf "]
        .into_iter()
        .find_map(|word| memchr::memmem::rfind(line, word).map(|i| i + word.len()))?;
    let mut at = least + before_start + echo;
    while bytes.get(at..at + 2).is_some_and(|flag| matches!(flag, [b'-', b'a'..=b'z'])) {
        at += 3;
    }
    let whole = argument(bytes, at)?;
    if whole.end > least + before_start + pipe {
        return None;
    }
    match divided(bytes, at, b':') {
        Some(pair) => Some(pair),
        None => Some(Given { user: None, secret: whole }),
    }
}

/// One shell word, perhaps in quotes.
fn argument(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut cursor = Cursor::new(bytes, at, 256);
    cursor.spaces();
    let quote = cursor.peek().filter(|b| matches!(b, b'"' | b'\''));
    cursor.at += usize::from(quote.is_some());
    let range = cursor.until(|b| match quote {
        Some(quote) => b == quote || b == b'\n',
        None => b.is_ascii_whitespace() || b"\"'`;|&)<>\\".contains(&b),
    })?;
    (!range.is_empty()).then_some(range)
}

/// The token after `Bearer ` or `Basic `, whose end is at `at`.
pub(super) fn after_scheme(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let cursor = Cursor::new(bytes, at, 1024);
    let range = cursor.until(|b| !(b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)))?;
    let next = bytes.get(range.end).copied().unwrap_or(b'\n');
    (range.len() >= 8 && (next.is_ascii_whitespace() || b"\"'`\\,;)<&]}|".contains(&next)))
        .then_some(range)
}

/// User and password of a Basic credential.
pub(super) fn basic(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let decoded = codec::base64(value)?;
    let (user, password) = user_and_password(&decoded)?;
    Some((user.to_vec(), password.trim_ascii_end().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<'a>(text: &'a str, command: &str) -> Option<&'a str> {
        let start = text.find(command)?;
        let given = after_command(text.as_bytes(), &(start..start + command.len()))?;
        text.get(given.secret)
    }

    #[test]
    fn passwords_on_command_lines() {
        for (text, command) in [
            ("curl -s -u bob:q7w8e9 https://x", "curl"),
            ("mysql -u root -pq7w8e9 db", "mysql"),
            ("sshpass -p 'q7w8e9' ssh h", "sshpass"),
            ("sqlplus app/q7w8e9@shop", "sqlplus"),
            ("net use Z: \\\\files\\share q7w8e9 /user:app", "net use"),
            ("smbclient -U app%q7w8e9 //files/share", "smbclient"),
            ("echo -n app:q7w8e9 | chpasswd", "chpasswd"),
            ("echo q7w8e9 | docker login --password-stdin", "--password-stdin"),
        ] {
            assert_eq!(given(text, command), Some("q7w8e9"), "{text}");
        }
        for (text, command) in [
            ("mysql -u root -p db", "mysql"),
            ("curl https://x", "curl"),
            ("sqlplus /nolog", "sqlplus"),
            ("net use Z: /delete", "net use"),
            ("cat pw | docker login --password-stdin", "--password-stdin"),
            ("docker login -u app -p", "docker login"),
        ] {
            assert_eq!(given(text, command), None, "{text}");
        }
    }
}
