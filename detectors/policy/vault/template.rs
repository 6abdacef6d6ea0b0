//! `{{identity.…}}` in patterns.

use super::document::VaultPolicy;
use std::collections::BTreeMap;

/// What stands for a template when the identity is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// The entity's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
    /// Its aliases.
    pub aliases: Vec<Alias>,
    /// The groups it belongs to, also through other groups.
    pub groups: Vec<Group>,
}

/// The entity's name at one auth mount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alias {
    /// The accessor of the mount.
    pub mount_accessor: String,
    /// The alias's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What the auth method says of it.
    pub metadata: BTreeMap<String, String>,
    /// What an operator says of it.
    pub custom_metadata: BTreeMap<String, String>,
}

/// A group of the entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The group's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// True when the pattern holds a template. The error says that its braces do not match.
pub(super) fn is_templated(pattern: &str) -> Result<bool, &'static str> {
    let mut parts = pattern.split("{{");
    let unbalanced = "the template's `{{` and `}}` do not match";
    if parts.next().is_some_and(|first| first.contains("}}")) {
        return Err(unbalanced);
    }
    let mut any = false;
    for part in parts {
        any = true;
        if part.matches("}}").count() != 1 {
            return Err(unbalanced);
        }
    }
    Ok(any)
}

/// The directives of a pattern: `identity.entity.metadata.team`, …
pub fn directives(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split("{{")
        .skip(1)
        .filter_map(|part| part.split_once("}}"))
        .map(|(inner, _)| inner.trim())
}

/// The policy as the server sees it for one identity: each template replaced by its value, each
/// rule whose template has no value, or one with `/`, `*` or `+` in it, left out.
pub fn resolve(policy: &VaultPolicy, entity: Option<&Entity>) -> VaultPolicy {
    let mut resolved = policy.clone();
    resolved.rules.retain_mut(|rule| {
        if !rule.templated {
            return true;
        }
        let Some(pattern) = entity.and_then(|entity| substitute(&rule.pattern, entity)) else {
            return false;
        };
        rule.pattern = pattern;
        true
    });
    resolved
}

fn substitute(pattern: &str, entity: &Entity) -> Option<String> {
    let mut parts = pattern.split("{{");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (directive, rest) = part.split_once("}}")?;
        let value = lookup(directive.trim(), entity)
            .filter(|v| !v.is_empty() && !v.contains(['/', '*', '+']))?;
        out.push_str(value);
        out.push_str(rest);
    }
    Some(out)
}

fn lookup<'a>(directive: &str, entity: &'a Entity) -> Option<&'a str> {
    if let Some(rest) = directive.strip_prefix("identity.groups.") {
        let (how, rest) = rest.split_once('.')?;
        let (wanted, field) = rest.split_once('.')?;
        let group = entity.groups.iter().find(|group| match how {
            "ids" => group.id == wanted,
            "names" => group.name == wanted,
            _ => false,
        })?;
        return match field {
            "id" => Some(&group.id),
            "name" => Some(&group.name),
            _ => group.metadata.get(field.strip_prefix("metadata.")?).map(String::as_str),
        };
    }
    let field = directive.strip_prefix("identity.entity.")?;
    if let Some(rest) = field.strip_prefix("aliases.") {
        let (accessor, field) = rest.split_once('.')?;
        let alias = entity.aliases.iter().find(|alias| alias.mount_accessor == accessor)?;
        return match field {
            "id" => Some(&alias.id),
            "name" => Some(&alias.name),
            _ => match field.strip_prefix("metadata.") {
                Some(key) => alias.metadata.get(key),
                None => alias.custom_metadata.get(field.strip_prefix("custom_metadata.")?),
            }
            .map(String::as_str),
        };
    }
    match field {
        "id" => Some(&entity.id),
        "name" => Some(&entity.name),
        _ => entity.metadata.get(field.strip_prefix("metadata.")?).map(String::as_str),
    }
}
