//! Wording that every governance message shares: absolute dates, plain names.

use crate::evidence::{Grant, When, is_immutable};
use jiff::Timestamp;

/// A date, UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// A date with the time, UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What a grant allows, fit after "has" or "to".
pub(crate) fn access(grant: &Grant) -> String {
    format!("{} on {} ({})", grant.privilege, grant.resource, grant.system)
}

/// When something ends, fit after a noun.
pub(crate) fn ends(end: When) -> String {
    match end {
        When::At(at) => format!("ends on {}", day(at)),
        When::Never => "never ends".to_owned(),
        When::Unknown => "has no known end".to_owned(),
    }
}

/// How a reader knows an identity: its canonical name, or the name that the record uses where the
/// canonical one is an id that says nothing.
pub(crate) fn shown<'a>(canonical: &'a str, used: &'a str) -> &'a str {
    if is_immutable(canonical) && !is_immutable(used) { used } else { canonical }
}

/// True for text that is absent or empty.
pub(crate) fn blank(text: Option<&str>) -> bool {
    text.is_none_or(|t| t.trim().is_empty())
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// "1 grant", "3 grants".
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// The text of a fact that only one plane reads.
pub(crate) fn attr<'a>(attrs: &'a crate::evidence::Attrs, name: &str) -> Option<&'a str> {
    attrs.get(name).and_then(serde_json::Value::as_str).filter(|t| !t.trim().is_empty())
}

/// True when a fact is asserted true.
pub(crate) fn flag(attrs: &crate::evidence::Attrs, name: &str) -> bool {
    attrs.get(name).and_then(serde_json::Value::as_bool) == Some(true)
}

/// True when one of the words stands in the text as a word, in any case.
pub(crate) fn says(text: Option<&str>, words: &[&str]) -> bool {
    let text = text.unwrap_or_default().to_ascii_lowercase();
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word))
}
