//! The generic detector: a value that is given to a name that promises a secret, in any notation;
//! and user and password in a URL.

mod assign;
mod command;
mod cursor;
mod file;
mod judge;
mod name;
mod url;
mod words;

use super::format::Kind;
use crate::evidence::Confidence;
use assign::value_of;
use file::Style;
use judge::{Candidate, Judgement, judge};
use name::{Promise, promise};
use std::ops::Range;
use words::reads_like_words;

pub(super) use file::{FileKind, kind_of};

/// What a literal of the prefilter hints at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clue {
    /// Part of a name that may promise a secret.
    Name,
    /// `://`.
    Url,
    /// A command that takes a password as an argument.
    Command,
    /// `Bearer `.
    Bearer,
    /// `Basic `.
    Basic,
    /// The scheme of a password hash.
    Hash,
}

/// Every clue: its text, whether case does not matter, what it hints at. Every name that promises a
/// secret holds one of the first.
pub(super) fn clues() -> impl Iterator<Item = (&'static str, bool, Clue)> {
    const NAMES: &[&str] = &[
        "pass",
        "pwd",
        "pw =",
        "pw=",
        "pw:",
        "pw\"",
        "pswd",
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
    let commands = ["curl", "mysql", "mysqldump", "mysqladmin", "sshpass", "wget", "mariadb"];
    let commands = commands.into_iter().map(|word| (word, false, Clue::Command));
    let others =
        [("://", false, Clue::Url), ("bearer ", true, Clue::Bearer), ("basic ", true, Clue::Basic)];
    names.chain(hashes).chain(commands).chain(others)
}

/// A generic credential, not yet fingerprinted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) label: &'static Label,
    /// Where the value, or its encoded form, stands.
    pub(super) range: Range<usize>,
    pub(super) confidence: Confidence,
    pub(super) lowered: Option<&'static str>,
    pub(super) user: Option<Range<usize>>,
    pub(super) host: Option<Range<usize>>,
    /// A user that was decoded.
    pub(super) user_name: Option<String>,
    /// The value, when it was written in base64.
    pub(super) decoded: Option<Vec<u8>>,
    /// The value, when it was written in two pieces.
    pub(super) joined: Option<Vec<u8>>,
}

/// What a generic credential is called.
#[derive(Debug, PartialEq)]
pub(super) struct Label {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

static PASSWORD: Label = Label { id: "generic-password", name: "Password", kind: Kind::Password };
static SECRET: Label =
    Label { id: "generic-secret", name: "Secret, key or token", kind: Kind::ApiKey };
static URL: Label =
    Label { id: "url-credentials", name: "Password in a URL", kind: Kind::ConnectionString };
static HEADER: Label = Label { id: "bearer-token", name: "Bearer token", kind: Kind::Token };
static BASIC: Label =
    Label { id: "basic-auth", name: "HTTP Basic credentials", kind: Kind::Password };
static HASH: Label = Label { id: "password-hash", name: "Password hash", kind: Kind::Password };
static RAILS: Label =
    Label { id: "rails-master-key", name: "Rails master key", kind: Kind::PrivateKey };

/// The name and kind of a generic format.
pub(super) fn describe(id: &str) -> Option<(&'static str, Kind)> {
    let labels = [&PASSWORD, &SECRET, &URL, &HEADER, &BASIC, &HASH, &RAILS];
    labels.into_iter().find(|label| label.id == id).map(|label| (label.name, label.kind))
}

/// Names longer than this are no names.
const LONGEST_NAME: usize = 80;

impl Found {
    fn new(label: &'static Label, range: Range<usize>, judgement: Judgement) -> Found {
        Found {
            label,
            range,
            confidence: judgement.confidence,
            lowered: judgement.lowered,
            user: None,
            host: None,
            user_name: None,
            decoded: None,
            joined: None,
        }
    }
}

/// The credential that a clue leads to.
pub(super) fn at_clue(
    bytes: &[u8],
    clue_at: Range<usize>,
    clue: Clue,
    file: impl Fn() -> FileKind,
) -> Option<Found> {
    match clue {
        Clue::Name => at_name(bytes, clue_at, file),
        Clue::Url => at_url(bytes, clue_at.start, file),
        Clue::Command => at_command(bytes, &clue_at, file()),
        Clue::Bearer => at_bearer(bytes, clue_at.end, file()),
        Clue::Basic => at_basic(bytes, clue_at.end, file()),
        Clue::Hash => at_hash(bytes, clue_at.start, file()),
    }
}

/// A credential that the name around `word` is given.
fn at_name(bytes: &[u8], word: Range<usize>, file: impl Fn() -> FileKind) -> Option<Found> {
    let name = name_around(bytes, word)?;
    let text = bytes.get(name.clone())?;
    if !may_assign(bytes, name.end) {
        return None;
    }
    let promise = promise(text)?;
    let file = file();
    if file.barren {
        return None;
    }
    let value = value_of(bytes, &name, file.style)?;
    let written = bytes.get(value.range.clone())?;
    if promise == Promise::Basic
        && let Some(found) = basic_value(written, value.range.clone(), file)
    {
        return Some(found);
    }
    let joined =
        value.continued.and_then(|more| bytes.get(more)).map(|more| [written, more].concat());
    let decoded = is_manifest(bytes, file).then(|| manifest_value(written)).flatten();
    let candidate = Candidate {
        promise,
        name: text,
        value: joined.as_deref().or(decoded.as_deref()).unwrap_or(written),
        delimited: value.delimited,
        file,
        connected: !file.test && is_connected(bytes, &name, file.style),
    };
    let judgement = judge(&candidate)?;
    let label = if promise == Promise::Password { &PASSWORD } else { &SECRET };
    Some(Found { joined, decoded, ..Found::new(label, value.range, judgement) })
}

/// User and password in the URL whose `://` stands at `at`.
fn at_url(bytes: &[u8], at: usize, file: impl Fn() -> FileKind) -> Option<Found> {
    let line = bytes.get(at..at.saturating_add(320).min(bytes.len()))?;
    memchr::memchr(b'@', line)?;
    let file = file();
    let url = url::parse(bytes, at, file.style == Style::Store)?;
    let plain = matches!(file.style, Style::Store | Style::Config | Style::Shell);
    let candidate = Candidate {
        promise: Promise::Password,
        name: bytes.get(url.user.clone())?,
        value: bytes.get(url.password.clone())?,
        delimited: true,
        file,
        connected: !file.test && plain && !url.local,
    };
    let judgement = judge(&candidate)?;
    let found = Found::new(&URL, url.password, judgement);
    Some(Found { user: Some(url.user), host: Some(url.host), ..found })
}

fn at_command(bytes: &[u8], command: &Range<usize>, file: FileKind) -> Option<Found> {
    let given = command::after_command(bytes, command)?;
    let value = bytes.get(given.secret.clone())?;
    let candidate = Candidate {
        promise: Promise::Password,
        name: b"",
        value,
        delimited: false,
        file,
        connected: !file.test && file.style == Style::Shell,
    };
    let judgement = judge(&candidate)?;
    Some(Found { user: given.user, ..Found::new(&PASSWORD, given.secret, judgement) })
}

fn at_bearer(bytes: &[u8], at: usize, file: FileKind) -> Option<Found> {
    let range = command::after_scheme(bytes, at)?;
    let candidate = Candidate {
        promise: Promise::Secret,
        name: b"bearer",
        value: bytes.get(range.clone())?,
        delimited: true,
        file,
        connected: false,
    };
    let judgement = judge(&candidate)?;
    Some(Found::new(&HEADER, range, judgement))
}

fn at_basic(bytes: &[u8], at: usize, file: FileKind) -> Option<Found> {
    let range = command::after_scheme(bytes, at)?;
    basic_value(bytes.get(range.clone())?, range, file)
}

/// Base64 of `user:password`.
fn basic_value(written: &[u8], range: Range<usize>, file: FileKind) -> Option<Found> {
    let (user, password) = command::basic(written)?;
    let candidate = Candidate {
        promise: Promise::Password,
        name: &user,
        value: &password,
        delimited: true,
        file,
        connected: !file.test,
    };
    let judgement = judge(&candidate)?;
    let user_name = Some(String::from_utf8_lossy(&user).into_owned());
    Some(Found { user_name, decoded: Some(password), ..Found::new(&BASIC, range, judgement) })
}

/// A password hash: nobody can log in with it, everybody can guess at it.
fn at_hash(bytes: &[u8], at: usize, file: FileKind) -> Option<Found> {
    let rest = bytes.get(at..at.saturating_add(256).min(bytes.len()))?;
    let part = |b: &u8| b.is_ascii_alphanumeric() || b"$./+=,-_*{}".contains(b);
    let length = rest.iter().position(|b| !part(b)).unwrap_or(rest.len());
    let hash = rest.get(..length)?;
    let least = if hash.starts_with(b"$1$") || hash.starts_with(b"$apr1$") { 28 } else { 40 };
    if length < least || reads_like_words(hash) || file.barren {
        return None;
    }
    let line = memchr::memrchr(b'\n', bytes.get(..at)?).map_or(0, |i| i + 1);
    let before = bytes.get(line..at)?;
    let kept = file.style == Style::Store || before.contains(&b'(') && !file.test;
    let judgement = if kept {
        Judgement { confidence: Confidence::Medium, lowered: None }
    } else {
        Judgement { confidence: Confidence::Low, lowered: Some("a hash, not a value") }
    };
    Some(Found::new(&HASH, at..at + length, judgement))
}

/// Files whose whole content is a credential, or whose lines have a fixed form.
pub(super) fn whole_file(path: &str, bytes: &[u8], mut report: impl FnMut(Found)) {
    let name = path.rsplit(['/', '!']).next().unwrap_or(path);
    let sure = Judgement { confidence: Confidence::High, lowered: None };
    match name {
        "master.key"
            if bytes.trim_ascii().len() == 32
                && bytes.trim_ascii().iter().all(u8::is_ascii_hexdigit) =>
        {
            report(Found::new(&RAILS, 0..32, sure));
        }
        ".pgpass" | "pgpass.conf" => pgpass(bytes, report),
        _ => {}
    }
}

/// `host:port:database:user:password`, a colon in a field escaped by a backslash.
fn pgpass(bytes: &[u8], mut report: impl FnMut(Found)) {
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii_end();
        let colons: Vec<usize> = text
            .iter()
            .enumerate()
            .filter(|(i, b)| **b == b':' && (*i == 0 || text.get(i - 1) != Some(&b'\\')))
            .map(|(i, _)| i)
            .collect();
        if let [host, _, database, user, ..] = colons.as_slice()
            && text.first() != Some(&b'#')
            && user + 1 < text.len()
        {
            let sure = Judgement { confidence: Confidence::High, lowered: None };
            let found = Found::new(&PASSWORD, start + user + 1..start + text.len(), sure);
            report(Found {
                user: Some(start + database + 1..start + user),
                host: Some(start..start + host),
                ..found
            });
        }
        start += line.len();
    }
}

/// True where a name may be given a value: cheap, and right for nearly all that are not.
fn may_assign(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|b| {
        matches!(
            b,
            b'"' | b'\''
                | b'`'
                | b'\\'
                | b' '
                | b'\t'
                | b'='
                | b':'
                | b'>'
                | b'('
                | b','
                | b']'
                | b'\n'
                | b'\r'
                | b'?'
                | b'!'
                | b'|'
                | b'<'
                | b'+'
        )
    })
}

/// A Kubernetes Secret, whose values under `data` are base64.
fn is_manifest(bytes: &[u8], file: FileKind) -> bool {
    matches!(file.style, Style::Config | Style::Store)
        && [&b"kind: Secret"[..], b"\"kind\": \"Secret\""]
            .iter()
            .any(|kind| memchr::memmem::find(bytes.get(..65536).unwrap_or(bytes), kind).is_some())
}

fn manifest_value(written: &[u8]) -> Option<Vec<u8>> {
    let decoded = super::codec::base64(written)?;
    let text = decoded.trim_ascii_end();
    (written.len().is_multiple_of(4)
        && text.len() >= 4
        && text.iter().all(|b| (b' '..=b'~').contains(b)))
    .then(|| text.to_vec())
}

/// The whole name around a part of it.
fn name_around(bytes: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let least = word.start.saturating_sub(LONGEST_NAME);
    let before = bytes.get(least..word.start)?.iter().rev().take_while(|b| part(b)).count();
    let most = word.end.saturating_add(LONGEST_NAME).min(bytes.len());
    let inside = bytes.get(word.clone())?.iter().take_while(|b| part(b)).count();
    let mut end = word.start + inside;
    if end == word.end {
        end += bytes.get(end..most)?.iter().take_while(|b| part(b)).count();
    }
    let start = word.start - before;
    let dashes = bytes.get(start..end)?.iter().take_while(|b| matches!(b, b'-' | b'.')).count();
    let start = start + dashes;
    (end - start < LONGEST_NAME).then_some(start..end)
}

/// True when a host, user or address is given within the few lines around.
fn is_connected(bytes: &[u8], name: &Range<usize>, style: Style) -> bool {
    const NEIGHBOURS: &[&[u8]] =
        &[b"host", b"user", b"login", b"server", b"uri", b"url", b"email", b"account"];
    if matches!(style, Style::Code | Style::Prose) {
        return false;
    }
    let around = name.start.saturating_sub(240)..name.end.saturating_add(240).min(bytes.len());
    let text = bytes.get(around).unwrap_or_default().to_ascii_lowercase();
    NEIGHBOURS.iter().any(|word| memchr::memmem::find(&text, word).is_some())
}
