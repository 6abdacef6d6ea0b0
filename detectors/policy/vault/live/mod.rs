//! What the rules about a live server share: its tokens, what a holder may do, how things are called.

pub(crate) mod catalogue;
pub(crate) mod holders;
mod jwt;
mod power;
mod weigh;
pub(crate) mod words;

pub(crate) use jwt::{Breadth, bind, breadth, is_for_browsers};
pub use power::Powers;
pub(crate) use power::{Power, policies_of};
pub(crate) use weigh::{INTERNAL, LIVE, weigh};

use crate::evidence::{
    Attrs, Coverage, Credential, Estate, Identity, Resource, Src, Status, Trust,
};
use crate::readers::vault_api::NAMESPACE;
use serde_json::Value;

/// Tokens that the server honours now. A token of a disabled entity is not one.
pub(crate) fn tokens(estate: &Estate) -> impl Iterator<Item = &Credential> {
    let tokens = estate.credentials.iter().filter(|c| c.kind == "vault-token");
    tokens.filter(|c| c.status == Status::Active && !c.expires_at.is_past(estate.now))
}

/// True for a token of the server itself or of the scan: made without any login.
pub(crate) fn is_handmade(token: &Credential) -> bool {
    words::text(&token.attrs, "path").is_some_and(|path| path.starts_with("auth/token/"))
}

/// Everything of a kind on live servers and in files that describe one.
pub(crate) fn resources<'e>(
    estate: &'e Estate,
    kind: &'e str,
) -> impl Iterator<Item = &'e Resource> {
    estate.resources.iter().filter(move |r| r.kind == kind)
}

/// The roles of login methods of some types.
pub(crate) fn roles<'e>(
    estate: &'e Estate,
    mechanisms: &'e [&'e str],
) -> impl Iterator<Item = &'e Trust> {
    let roles = estate.trusts.iter().filter(|t| t.target.starts_with("vault-role:"));
    roles.filter(move |t| mechanisms.contains(&t.mechanism.as_str()))
}

/// The identity record of a role, which holds how long its tokens live.
pub(crate) fn login_roles(estate: &Estate) -> impl Iterator<Item = &Identity> {
    let first = |i: &&Identity| i.aliases.first().is_some_and(|a| a.starts_with("vault-role:"));
    estate.identities.iter().filter(first)
}

/// The record that says that an area of a server was read whole; an area is a list, such as
/// `auth/userpass/users`, or one of the names that the source gives (`entities`, `audit-devices`).
pub(crate) fn listed<'e>(estate: &'e Estate, src: &Src, area: &str) -> Option<&'e Coverage> {
    let same = |c: &&Coverage| c.src.system == src.system && c.src.tenant == src.tenant;
    let whole = estate.coverage.iter().filter(same).filter(|c| c.complete);
    whole.into_iter().find(|c| c.part.as_deref() == Some(area))
}

/// The namespace of a server that a record belongs to.
pub(crate) fn home<'a>(src: &'a Src, attrs: &'a Attrs) -> catalogue::Home<'a> {
    let tenant = src.tenant.as_deref().unwrap_or_default();
    catalogue::Home { tenant, module: None, namespace: namespace(attrs) }
}

/// The namespace of a record, with its last slash; empty for the root.
pub(crate) fn namespace(attrs: &Attrs) -> &str {
    attrs.get(NAMESPACE).and_then(Value::as_str).unwrap_or_default()
}
