//! How the things of a live server are called in messages.

use crate::evidence::{Attrs, Credential, Estate, Location, Src};
use crate::readers::vault_api::NAMESPACE;
use jiff::Timestamp;
use serde_json::Value;

/// A date, UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The text of an attribute, when there is some.
pub(crate) fn text<'a>(attrs: &'a Attrs, name: &str) -> Option<&'a str> {
    attrs.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A whole number; Vault writes durations as seconds.
pub(crate) fn number(attrs: &Attrs, name: &str) -> u64 {
    attrs.get(name).and_then(Value::as_u64).unwrap_or(0)
}

/// True for a setting that is on.
pub(crate) fn is_on(attrs: &Attrs, name: &str) -> bool {
    attrs.get(name).and_then(Value::as_bool) == Some(true)
}

/// A list of words, also where Vault writes them as one text with commas.
pub(crate) fn list<'a>(attrs: &'a Attrs, name: &str) -> Vec<&'a str> {
    match attrs.get(name) {
        Some(Value::String(text)) => {
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
        }
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The server, as it is addressed.
pub(crate) fn server(src: &Src) -> &str {
    src.tenant.as_deref().unwrap_or("the server")
}

/// The path of a thing with its namespace, from a canonical name such as `vault-role:auth/ci/deploy`.
pub(crate) fn path(subject: &str) -> &str {
    subject.split_once(':').map_or(subject, |(_, path)| path)
}

/// ` -namespace=team-a`, or nothing for the root namespace: what a command needs beside its path.
pub(crate) fn namespace_flag(attrs: &Attrs) -> String {
    match text(attrs, NAMESPACE) {
        Some(namespace) => format!(" -namespace={}", namespace.trim_end_matches('/')),
        None => String::new(),
    }
}

/// The path where a role is written, below its namespace.
pub(crate) fn written_at(src: &Src) -> &str {
    src.reference.as_deref().unwrap_or_default()
}

/// Where a thing of a server is found: its path with its namespace.
pub(crate) fn place(src: &Src, attrs: &Attrs) -> Location {
    Location::logical(format!("{}{}", text(attrs, NAMESPACE).unwrap_or_default(), written_at(src)))
}

/// A duration in the unit that reads best.
pub(crate) fn duration(seconds: u64) -> String {
    let (value, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{value} {unit}{}", if value == 1 { "" } else { "s" })
}

/// Who a token belongs to: the role or user that logged in, the entity, the name it was given, or its
/// accessor.
pub(crate) fn holder(estate: &Estate, token: &Credential) -> String {
    if let Some(principal) = text(&token.attrs, "principal") {
        return path(principal).to_owned();
    }
    let entity = estate.who(&token.subject).filter(|who| estate.is_known(*who));
    let named = entity.and_then(|who| estate.identities_of(who).find_map(|i| i.name.clone()));
    if let Some(name) = named {
        return name;
    }
    match text(&token.attrs, "display_name") {
        None | Some("token") => accessor(token).to_owned(),
        Some(given) => given.strip_prefix("token-").unwrap_or(given).to_owned(),
    }
}

/// The accessor: what looks a token up and revokes it, and cannot use it.
pub(crate) fn accessor(token: &Credential) -> &str {
    token.key_id.as_deref().unwrap_or_default()
}
