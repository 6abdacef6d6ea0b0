//! What the values of an answer mean.

use crate::evidence::When;
use jiff::Timestamp;
use serde_json::Value;

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A list of words; Vault writes some of them as one text with commas.
pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => {
            one.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
        }
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn time(value: Option<&Value>) -> Option<Timestamp> {
    value.and_then(Value::as_str)?.parse().ok()
}

/// Vault writes "never" as null or as the zero time of Go.
pub(super) fn when(value: Option<&Value>) -> When {
    match value {
        None => When::Unknown,
        Some(Value::Null) => When::Never,
        Some(Value::String(text)) if text.starts_with("0001-01-01") => When::Never,
        Some(value) => time(Some(value)).map_or(When::Unknown, When::At),
    }
}

/// An owner in metadata; a bare word gets a namespace of its own.
pub(super) fn owner(value: &Value) -> Option<String> {
    let owner = value.as_str().filter(|owner| !owner.is_empty())?;
    Some(if owner.contains(':') { owner.to_owned() } else { format!("vault-meta:{owner}") })
}

/// A URL without `user:password@`.
pub(super) fn without_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.contains('@') { String::new() } else { url.to_owned() };
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}"),
        None => url.to_owned(),
    }
}

/// True for a connection URL that holds its password, where `{{password}}` should stand.
pub(super) fn holds_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let Some((user_info, _)) = rest.rsplit_once('@') else { return false };
    user_info.split_once(':').is_some_and(|(_, word)| !word.is_empty() && !word.contains("{{"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn go_writes_never_in_two_ways() {
        assert_eq!(when(Some(&Value::Null)), When::Never);
        assert_eq!(when(Some(&json!("0001-01-01T00:00:00Z"))), When::Never);
        assert_eq!(when(None), When::Unknown);
        assert!(when(Some(&json!("2026-11-22T00:53:22.61Z"))).at().is_some());
    }

    #[test]
    fn a_connection_url_keeps_its_password_to_itself() {
        let url = "postgresql://root:pa@ss@db.internal:5432/app?sslmode=disable";
        assert_eq!(without_user_info(url), "postgresql://db.internal:5432/app?sslmode=disable");
        assert_eq!(without_user_info("root:pw@tcp(db:3306)/app"), "");
        let templated = "postgresql://{{username}}:{{password}}@h/d";
        assert_eq!(without_user_info(templated), "postgresql://h/d");
        assert!(holds_password(url) && holds_password("root:pw@tcp(db:3306)/app"));
        assert!(!holds_password(templated) && !holds_password("postgresql://h:5432/d"));
    }
}
