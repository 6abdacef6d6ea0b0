//! What the rules on trust share: the words and the commands.

use crate::evidence::Trust;

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

fn conditions(trust: &Trust) -> impl Iterator<Item = (&str, &str, Vec<String>)> {
    let list = trust.attrs.get("conditions").and_then(|v| v.as_array());
    list.into_iter().flatten().filter_map(|c| {
        let values = c.get("values")?.as_array()?;
        let values = values.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        Some((c.get("operator")?.as_str()?, c.get("key")?.as_str()?, values))
    })
}

/// How to change a trust document, with what to change in it.
pub(crate) fn update_trust(trust: &Trust, change: &str) -> String {
    format!(
        "In the trust policy, {change}\naws iam update-assume-role-policy --role-name {} --policy-document file://trust.json",
        target_name(trust),
    )
}
