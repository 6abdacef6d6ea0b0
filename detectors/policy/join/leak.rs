//! From a leaked value to the credential it is, without using it: only facts that can be read off
//! the value offline are compared with what inventories say.

use crate::evidence::{Credential, Estate, Exposure, LinkClass};
use std::collections::BTreeMap;

/// What can be read off a value and names one credential and no other.
const EXACT: &[&str] = &[
    "accessor",
    "hashed_token",
    "key_id",
    "private_key_id",
    "public_key",
    "role_id",
    "thumbprint",
    "token_id",
];

/// A leaked value and the credential that it is.
pub(crate) struct Join<'a> {
    /// The credential of the inventory.
    pub credential: &'a Credential,
    /// How surely it is the same.
    pub class: LinkClass,
    /// The field that was compared.
    pub field: &'static str,
}

/// The credentials that a leaked value is, each once, by the surest field. Weak likenesses, such as
/// the account alone, join nothing.
pub(crate) fn credentials<'a>(estate: &'a Estate, leak: &Exposure) -> Vec<Join<'a>> {
    let mut joins: BTreeMap<&str, Join> = BTreeMap::new();
    let exact =
        EXACT.iter().filter_map(|field| Some((*field, leak.decoded.get(*field)?.as_str()?)));
    let by_value = std::iter::once(("fingerprint", leak.fingerprint.as_str()));
    for (field, value) in by_value.chain(exact).filter(|(_, value)| !value.is_empty()) {
        for credential in estate.credentials_with(value) {
            let join = Join { credential, class: LinkClass::Exact, field };
            joins.entry(&credential.id).or_insert(join);
        }
    }
    for credential in by_hint(estate, leak) {
        let join = Join { credential, class: LinkClass::Strong, field: "client_id and hint" };
        joins.entry(&credential.id).or_insert(join);
    }
    joins.into_values().collect()
}

/// Secrets of the application that stands beside the leak, whose public hint begins the value. The
/// hint alone would fit thousands.
fn by_hint<'a>(estate: &'a Estate, leak: &Exposure) -> Vec<&'a Credential> {
    let client = leak.decoded.get("client_id").and_then(serde_json::Value::as_str);
    let holder = client.and_then(|id| {
        ["entra-app", "entra", "gcp"].iter().find_map(|ns| estate.who(&format!("{ns}:{id}")))
    });
    let Some(who) = holder else { return Vec::new() };
    let fits = |c: &&Credential| {
        c.hint.as_deref().is_some_and(|hint| hint.len() >= 3 && leak.redacted.starts_with(hint))
    };
    estate.credentials_of(who).filter(fits).collect()
}
