//! How much of its issuer a JWT role accepts.

use super::words::{namespace_flag, text, written_at};
use crate::evidence::{MatchKind, Trust};
use serde_json::{Value, json};

pub(crate) use crate::policy::aws::oidc::Breadth;

/// What a role accepts beyond one project of one tenant; `None` when it is narrow, or when its issuer
/// serves nobody but us. The judgement is the same for every relying party, AWS or Vault.
pub(crate) fn breadth(role: &Trust) -> Option<Breadth> {
    let found = crate::policy::aws::oidc::breadth(role)?;
    let bound_to_tenant = role.conditions.iter().any(|c| {
        TENANT_CLAIMS.contains(&c.claim.as_str())
            && (c.how == MatchKind::Equals || c.patterns.iter().all(|p| !p.contains('*')))
    });
    Some(if bound_to_tenant && found.exposure == 4 {
        Breadth { accepts: "every project of one tenant".to_owned(), exposure: 3, ..found }
    } else {
        found
    })
}

/// Claims that name the tenant of a shared issuer and nothing below it.
const TENANT_CLAIMS: &[&str] =
    &["repository_owner", "namespace_path", "organization", "terraform_organization_name"];

/// True for a role of the browser flow, which people use: the provider decides who they are.
pub(crate) fn is_for_browsers(role: &Trust) -> bool {
    text(&role.attrs, "role_type").unwrap_or("oidc") == "oidc" && role.mechanism != "kubernetes"
}

/// The command that binds a role to exact subjects. The server keeps every field that is not named, but
/// takes a role without `role_type` for one of the browser flow.
pub(crate) fn bind(role: &Trust, subjects: impl Into<Value>) -> String {
    let body = json!({
        "role_type": "jwt",
        "bound_claims_type": "string",
        "bound_claims": { "sub": subjects.into() },
    });
    format!("bao write{} {} - <<< '{body}'", namespace_flag(&role.attrs), written_at(&role.src))
}
