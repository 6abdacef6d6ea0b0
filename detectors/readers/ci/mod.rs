//! What the readers of all CI platforms share: names that hold credentials, inputs worth keeping,
//! login actions, references to images and code.

mod file;
pub(crate) mod gather;
pub(crate) mod kubernetes;
pub(crate) mod manifests;
mod record;
mod roles;
mod tables;
mod take;

pub(crate) use crate::evidence::names::{
    GROOVY, is_controller_label, is_credential_name, is_literal_credential, is_throwaway,
};
pub(crate) use file::CiFile;
pub(crate) use record::{blank, parse, place, unique, unreadable};
pub(crate) use roles::roles_in;
pub(crate) use tables::{is_hosted_label, is_setting, kept_inputs, logins};
pub(crate) use take::{Dialect, Taker, Way};

use super::fetched::Fetched;
use crate::evidence::{
    Location,
    pipeline::{Component, ComponentKind, Pin},
};

/// A program that a script fetches and runs.
pub(crate) fn tool(found: &Fetched, step: Option<u32>, location: Location) -> Component {
    Component {
        kind: ComponentKind::Tool,
        name: found.name.to_owned(),
        reference: found.reference.map(str::to_owned),
        pin: found.pin,
        step,
        location,
        ..Component::default()
    }
}

/// `registry/name:tag@digest` as name, reference and firmness.
pub(crate) fn image_reference(text: &str, dynamic: bool) -> (String, Option<String>, Pin) {
    if dynamic {
        return (text.to_owned(), None, Pin::Dynamic);
    }
    if let Some((name, digest)) = text.split_once('@') {
        return (name.to_owned(), Some(digest.to_owned()), Pin::Digest);
    }
    let last = text.rfind('/').map_or(0, |at| at + 1);
    match text[last..].find(':').map(|at| last + at) {
        Some(colon) => {
            let tag = &text[colon + 1..];
            let pin = if tag == "latest" { Pin::Floating } else { Pin::Tag };
            (text[..colon].to_owned(), Some(tag.to_owned()), pin)
        }
        None => (text.to_owned(), None, Pin::Floating),
    }
}

/// How firmly a git reference fixes what it names: a commit, a version, a branch.
pub(crate) fn git_pin(reference: &str) -> Pin {
    if is_commit(reference) {
        return Pin::Digest;
    }
    let digits = reference.strip_prefix('v').unwrap_or(reference);
    if digits.starts_with(|c: char| c.is_ascii_digit()) { Pin::Tag } else { Pin::Floating }
}

/// As [`git_pin`]; a variable is chosen at run time.
pub(crate) fn pin_of(reference: &str) -> Pin {
    if reference.contains('$') { Pin::Dynamic } else { git_pin(reference) }
}

/// Whether a reference is a full commit id.
pub(crate) fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|b| b.is_ascii_hexdigit())
}

/// True for a value that stands for one kept elsewhere: `$X`, `${X}`, `{env:X}`, `%X%`, `<X>`, nothing.
pub(crate) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value.starts_with(['$', '{', '%', '<']) || value.contains("${")
}

/// A duration in seconds: `3600`, `3600s`, `1h`, `90m`. Anything else, such as an expression: unknown.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_split_into_name_and_reference() {
        assert_eq!(image_reference("a:5000/b", false), ("a:5000/b".into(), None, Pin::Floating));
        assert_eq!(
            image_reference("a:5000/b:1", false),
            ("a:5000/b".into(), Some("1".into()), Pin::Tag)
        );
        assert_eq!(image_reference("b:latest", false).2, Pin::Floating);
        assert_eq!(image_reference("b:1@sha256:00", false).2, Pin::Digest);
    }

    #[test]
    fn durations_in_all_spellings() {
        assert_eq!(["3600", "3600s", "1h", "60m"].map(seconds), [Some(3600); 4]);
        assert_eq!(seconds("${{ vars.D }}"), None);
        assert_eq!(seconds("99999999999999999999h"), None);
    }
}
