//! What a login must show: bound claims, subjects, service accounts, networks.

use super::values::{strings, text};
use crate::evidence::{ClaimCondition, MatchKind};
use serde_json::Value;

/// The lists of a role that bind a login, and the claim that each is about.
const BINDINGS: &[(&str, &str)] = &[
    ("bound_service_account_names", "service_account"),
    ("bound_service_account_namespaces", "namespace"),
    ("token_bound_cidrs", "address"),
    ("secret_id_bound_cidrs", "secret_id_address"),
    ("bound_iam_principal_arns", "iam_principal_arn"),
    ("bound_account_ids", "account_id"),
    ("bound_service_accounts", "service_account"),
    ("bound_projects", "project"),
    ("bound_service_principal_ids", "service_principal_id"),
    ("bound_subscription_ids", "subscription_id"),
    ("allowed_common_names", "common_name"),
    ("allowed_names", "name"),
];

/// The conditions of a role, all of which must hold.
pub(super) fn conditions(role: &Value) -> Vec<ClaimCondition> {
    let how = match role.get("bound_claims_type").and_then(Value::as_str) {
        Some("glob") => MatchKind::Glob,
        _ => MatchKind::Equals,
    };
    let mut conditions = Vec::new();
    for (claim, patterns) in
        role.get("bound_claims").and_then(Value::as_object).into_iter().flatten()
    {
        let patterns = match patterns {
            Value::Array(many) => many.iter().map(plain).collect(),
            one => vec![plain(one)],
        };
        // A JSON pointer to a claim at the top is that claim.
        let claim = claim.strip_prefix('/').filter(|c| !c.contains('/')).unwrap_or(claim);
        conditions.push(ClaimCondition { claim: claim.to_owned(), how, patterns });
    }
    if let Some(subject) = text(role, "bound_subject").filter(|s| !s.is_empty()) {
        let how = MatchKind::Equals;
        conditions.push(ClaimCondition { claim: "sub".into(), how, patterns: vec![subject] });
    }
    for (key, claim) in BINDINGS {
        let patterns = strings(role.get(*key));
        if !patterns.is_empty() {
            let claim = (*claim).to_owned();
            conditions.push(ClaimCondition { claim, how: MatchKind::Glob, patterns });
        }
    }
    conditions
}

/// A claim's value as text; claims can be numbers and booleans.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
