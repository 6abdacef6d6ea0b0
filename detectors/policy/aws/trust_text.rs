//! What the rules on trust share: the words and the commands.

use crate::evidence::{Estate, Trust};

use super::principal::name_of;

/// The role's name.
pub(crate) fn target_name(trust: &Trust) -> &str {
    name_of(&trust.target)
}

/// The keys of all conditions, as written.
pub(crate) fn condition_keys(trust: &Trust) -> Vec<String> {
    let mut keys: Vec<String> = conditions(trust).map(|(_, key, _)| key.to_owned()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// True when a condition admits our own organisation, accounts, principals or networks only, by a
/// key that a caller cannot choose.
pub(crate) fn names_outsiders_out(trust: &Trust) -> bool {
    const KEYS: [&str; 10] = [
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceip",
        "aws:userid",
        "saml:sub",
        "aws:sourceaccount",
    ];
    conditions(trust).any(|(operator, key, values)| {
        let operator = operator.to_ascii_lowercase();
        let narrows = !operator.contains("not")
            && !operator.contains("ifexists")
            && !operator.contains("forallvalues")
            && operator != "null";
        let open = values.iter().any(|v| matches!(v.as_str(), "*" | "0.0.0.0/0" | "::/0"));
        narrows && !open && KEYS.contains(&key.to_ascii_lowercase().as_str())
    })
}

/// Operator, key and values of every condition, as written.
pub(crate) fn conditions(trust: &Trust) -> impl Iterator<Item = (&str, &str, Vec<String>)> {
    let list = trust.attrs.get("conditions").and_then(|v| v.as_array());
    list.into_iter().flatten().filter_map(|c| {
        let values = c.get("values")?.as_array()?;
        let values = values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        Some((c.get("operator")?.as_str()?, c.get("key")?.as_str()?, values))
    })
}

/// Trusts of AWS roles in token issuers.
pub(crate) fn oidc(estate: &Estate) -> impl Iterator<Item = &Trust> {
    estate.trusts.iter().filter(|t| t.target.starts_with("aws:") && t.mechanism == "oidc")
}

/// How to add conditions to a trust document, in JSON, with the command, and in Terraform.
pub(crate) fn require(trust: &Trust, wanted: &[(String, Vec<String>)]) -> String {
    let keys: serde_json::Map<String, serde_json::Value> = wanted
        .iter()
        .map(|(key, values)| match values.as_slice() {
            [one] => (key.clone(), one.as_str().into()),
            many => (key.clone(), many.into()),
        })
        .collect();
    let condition = serde_json::json!({"StringEquals": keys});
    let blocks: Vec<String> = wanted
        .iter()
        .map(|(key, values)| {
            format!("condition {{\n  test     = \"StringEquals\"\n  variable = \"{key}\"\n  values   = {values:?}\n}}")
        })
        .collect();
    let add = format!("add to the statement: {condition}");
    format!(
        "{}\nTerraform, in the statement of its aws_iam_policy_document:\n{}",
        update_trust(trust, &add),
        blocks.join("\n"),
    )
}

/// How to change a trust document, with what to change in it.
pub(crate) fn update_trust(trust: &Trust, change: &str) -> String {
    format!(
        "In the trust policy, {change}\naws iam update-assume-role-policy --role-name {} --policy-document file://trust.json",
        target_name(trust),
    )
}
