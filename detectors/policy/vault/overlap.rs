//! How patterns lie over each other: denies that lose, rules that never decide.

use super::{Acl, Capabilities, Capability, Operation, Permissions};

/// A stand-in for a segment that a wildcard matches.
const ANY: &str = "<any>";
/// Stand-ins for what a final `*` matches.
const MORE: &str = "<more>";
const DEEPER: &str = "<more>/<deeper>";

/// A deny that does not hold where it seems to.
#[derive(Clone, Debug)]
pub struct IneffectiveDeny<'a> {
    /// The pattern that denies.
    pub deny: &'a Permissions,
    /// The pattern that decides instead.
    pub by: &'a Permissions,
    /// A path that seems denied and is not.
    pub path: String,
    /// What is allowed there.
    pub capabilities: Capabilities,
    /// True when the deny misses the `data/` that every read of KV version 2 goes through.
    pub misses_data: bool,
}

/// The denies that a wider allow beats. A narrower allow inside a wider deny is an exception that
/// somebody wrote on purpose and is left alone.
pub fn ineffective_denies(acl: &Acl) -> Vec<IneffectiveDeny<'_>> {
    let mut allows: Vec<&Permissions> =
        acl.patterns().filter(|p| !p.capabilities.is_denied()).collect();
    allows.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    let mut denies: Vec<&Permissions> =
        acl.patterns().filter(|p| p.capabilities.has(Capability::Deny)).collect();
    denies.sort_by(|a, b| a.pattern.cmp(&b.pattern));
    denies.into_iter().filter_map(|deny| beaten(acl, deny, &allows)).collect()
}

fn beaten<'a>(
    acl: &'a Acl,
    deny: &'a Permissions,
    allows: &[&'a Permissions],
) -> Option<IneffectiveDeny<'a>> {
    let wider = allows.iter().filter(|allow| !covers(&deny.pattern, &allow.pattern));
    let met = wider.flat_map(|allow| meet(&deny.pattern, &allow.pattern));
    let lost = |path: String, misses_data: bool| {
        let by = acl.decides(Operation::Read, &path)?;
        let capabilities = by.capabilities;
        (!capabilities.is_denied() && !covers(&deny.pattern, &by.pattern))
            .then_some(IneffectiveDeny { deny, by, path, capabilities, misses_data })
    };
    let by_priority = met.into_iter().find_map(|path| lost(path, false));
    by_priority.or_else(|| {
        let path = under_data(&deny.pattern)?;
        let uses_data = |allow: &&Permissions| {
            let mount = deny.pattern.split('/').next().unwrap_or_default();
            allow.pattern.strip_prefix(mount).is_some_and(|rest| rest.starts_with("/data/"))
        };
        allows.iter().any(uses_data).then_some(())?;
        lost(path, true)
    })
}

/// The path that a KV version 2 read of a denied `mount/name` goes to: `mount/data/name`.
fn under_data(pattern: &str) -> Option<String> {
    const API: &[&str] = &[
        "data",
        "metadata",
        "delete",
        "undelete",
        "destroy",
        "subkeys",
        "config",
        "detailed-metadata",
        "",
    ];
    let (mount, rest) = pattern.split_once('/')?;
    let first = rest.split(['/', '*']).next().unwrap_or_default();
    if mount.contains(['+', '*']) || rest.starts_with('+') || API.contains(&first) {
        return None;
    }
    samples(&format!("{mount}/data/{rest}")).pop()
}

/// Why a rule never does what it says.
#[derive(Clone, Debug)]
pub enum Dead<'a> {
    /// A `*` that is not the last character is a letter.
    StarInside,
    /// A `+` that is not a whole segment is a letter.
    PlusInside(String),
    /// The pattern begins with the API version, which is no part of a path.
    ApiPrefix,
    /// The template names nothing that exists.
    BadTemplate(String),
    /// Another pattern decides wherever this one matches, and does not give this.
    Shadowed {
        /// The pattern that decides.
        by: &'a Permissions,
        /// What is lost.
        lost: Capabilities,
    },
    /// A list request ends in a slash, where another pattern decides, which does not list.
    ListShadowed {
        /// The pattern that decides.
        by: &'a Permissions,
    },
}

/// Why a pattern that allows something never does, if so.
pub fn dead<'a>(acl: &'a Acl, permissions: &Permissions) -> Option<Dead<'a>> {
    let pattern = permissions.pattern.as_str();
    let body = pattern.strip_suffix('*').unwrap_or(pattern);
    if body.contains('*') {
        return Some(Dead::StarInside);
    }
    let literal_plus = |s: &&str| s.contains('+') && *s != "+" && !s.contains("{{");
    if let Some(segment) = body.split('/').find(literal_plus) {
        return Some(Dead::PlusInside(segment.to_owned()));
    }
    if ["v1/", "v2/"].iter().any(|version| pattern.starts_with(version)) {
        return Some(Dead::ApiPrefix);
    }
    if let Some(directive) = super::directives(pattern).find(|d| !is_directive(d)) {
        return Some(Dead::BadTemplate(directive.to_owned()));
    }
    if permissions.capabilities.is_denied() {
        return None;
    }
    shadowed(acl, permissions).or_else(|| list_shadowed(acl, permissions))
}

fn shadowed<'a>(acl: &'a Acl, permissions: &Permissions) -> Option<Dead<'a>> {
    let mut by = None;
    for path in samples(&permissions.pattern) {
        let decides = acl.decides(Operation::Read, &path)?;
        if decides.pattern == permissions.pattern {
            return None;
        }
        by = Some(decides);
    }
    let by = by?;
    let lost: Capabilities =
        permissions.capabilities.iter().filter(|c| !by.capabilities.has(*c)).collect();
    (lost != Capabilities::NONE).then_some(Dead::Shadowed { by, lost })
}

/// `auth/+/role` may list, `auth/+/role/+` may read: the list request for `auth/x/role/` is decided
/// by the second, because `+` also matches nothing.
fn list_shadowed<'a>(acl: &'a Acl, permissions: &Permissions) -> Option<Dead<'a>> {
    let pattern = permissions.pattern.as_str();
    if !permissions.capabilities.has(Capability::List) || pattern.ends_with(['*', '/']) {
        return None;
    }
    let path = format!("{}/", samples(pattern).pop()?);
    let by = acl.decides(Operation::List, &path)?;
    (by.pattern != permissions.pattern && !by.capabilities.has(Capability::List))
        .then_some(Dead::ListShadowed { by })
}

/// True for a directive that the server knows, whatever its value.
fn is_directive(directive: &str) -> bool {
    let keyed =
        |rest: &str, prefix: &str| rest.strip_prefix(prefix).is_some_and(|key| !key.is_empty());
    if let Some(rest) = directive.strip_prefix("identity.groups.") {
        let rest = rest.strip_prefix("ids.").or_else(|| rest.strip_prefix("names."));
        return rest.and_then(|r| r.split_once('.')).is_some_and(|(_, field)| {
            field == "id" || field == "name" || keyed(field, "metadata.")
        });
    }
    let Some(field) = directive.strip_prefix("identity.entity.") else {
        return directive.starts_with("time.now");
    };
    match field.strip_prefix("aliases.").map(|rest| rest.split_once('.')) {
        Some(Some((_, field))) => {
            field == "id"
                || field == "name"
                || keyed(field, "metadata.")
                || keyed(field, "custom_metadata.")
        }
        Some(None) => false,
        None => field == "id" || field == "name" || keyed(field, "metadata."),
    }
}

/// Paths that a pattern matches, from the most general to the deepest.
pub(super) fn samples(pattern: &str) -> Vec<String> {
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    let filled: Vec<&str> = text.split('/').map(|s| if s == "+" { ANY } else { s }).collect();
    let path = filled.join("/");
    if prefix { vec![format!("{path}{MORE}"), format!("{path}{DEEPER}")] } else { vec![path] }
}

/// True when every path of the second pattern also matches the first.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    samples(narrow).iter().all(|path| matches(wide, path))
}

/// True when a pattern matches a path.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let (text, prefix) = match pattern.strip_suffix('*') {
        Some(text) => (text, true),
        None => (pattern, false),
    };
    if !text.split('/').any(|segment| segment == "+") {
        return if prefix { path.starts_with(text) } else { path == text };
    }
    let (wanted, got): (Vec<&str>, Vec<&str>) =
        (text.split('/').collect(), path.split('/').collect());
    let long_enough = if prefix { got.len() >= wanted.len() } else { got.len() == wanted.len() };
    let last = wanted.len() - 1;
    long_enough
        && wanted
            .iter()
            .zip(&got)
            .enumerate()
            .all(|(i, (w, g))| *w == "+" || w == g || (prefix && i == last && g.starts_with(w)))
}

/// Paths that both patterns match.
fn meet(left: &str, right: &str) -> Vec<String> {
    let split = |pattern: &str| {
        let (text, open) = match pattern.strip_suffix('*') {
            Some(text) => (text.to_owned(), true),
            None => (pattern.to_owned(), false),
        };
        (text.split('/').map(str::to_owned).collect::<Vec<_>>(), open)
    };
    let ((a, a_open), (b, b_open)) = (split(left), split(right));
    let count = a.len().max(b.len());
    if (a.len() < count && !a_open) || (b.len() < count && !b_open) {
        return Vec::new();
    }
    let mut path = Vec::with_capacity(count);
    for i in 0..count {
        let side = |segments: &[String], open: bool| {
            let segment = segments.get(i).cloned();
            let partial = open && i + 1 >= segments.len();
            (segment, partial)
        };
        let Some(segment) = meet_segment(side(&a, a_open), side(&b, b_open)) else {
            return Vec::new();
        };
        path.push(segment);
    }
    let path = path.join("/");
    if a_open && b_open { vec![path.clone(), format!("{path}/{MORE}")] } else { vec![path] }
}

/// A segment that both sides match; a side is the segment, if it still has one, and whether more
/// may follow in it.
fn meet_segment(a: (Option<String>, bool), b: (Option<String>, bool)) -> Option<String> {
    let (a, b) = match (a, b) {
        ((None, _), (None, _)) => return Some(MORE.to_owned()),
        ((None, _), (Some(s), partial)) | ((Some(s), partial), (None, _)) => {
            return Some(fill(&s, partial));
        }
        ((Some(a), a_open), (Some(b), b_open)) => ((a, a_open), (b, b_open)),
    };
    match (a.0.as_str(), b.0.as_str()) {
        ("+", _) => Some(fill(&b.0, b.1)),
        (_, "+") => Some(fill(&a.0, a.1)),
        (left, right) if a.1 && b.1 => {
            let longer = if left.len() >= right.len() { left } else { right };
            (longer.starts_with(left) && longer.starts_with(right)).then(|| fill(longer, true))
        }
        (left, right) if a.1 => right.starts_with(left).then(|| right.to_owned()),
        (left, right) if b.1 => left.starts_with(right).then(|| left.to_owned()),
        (left, right) => (left == right).then(|| left.to_owned()),
    }
}

fn fill(segment: &str, partial: bool) -> String {
    match segment {
        "+" => ANY.to_owned(),
        _ if partial => format!("{segment}{MORE}"),
        _ => segment.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::VaultPolicy;
    use super::*;

    fn with<T>(text: &str, judge: impl Fn(&Acl) -> T) -> T {
        let policy = VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap();
        judge(&Acl::new([&policy]))
    }

    fn rules(pairs: &[(&str, &str)]) -> String {
        pairs
            .iter()
            .map(|(path, caps)| {
                let caps: Vec<_> = caps.split(' ').map(|c| format!("\"{c}\"")).collect();
                format!("path \"{path}\" {{ capabilities = [{}] }}\n", caps.join(", "))
            })
            .collect()
    }

    #[test]
    fn a_deny_loses_to_a_wider_allow_with_a_later_wildcard() {
        for (pairs, path) in [
            (
                &[("secret/data/team/*", "read"), ("secret/+/team/prod", "deny")][..],
                "secret/data/team/prod",
            ),
            (&[("secret/data/*", "read"), ("+/data/prod/*", "deny")], "secret/data/prod/<more>"),
            (
                &[("secret/data/*", "read"), ("secret/prod/*", "deny")],
                "secret/data/prod/<more>/<deeper>",
            ),
        ] {
            let found = with(&rules(pairs), |acl| {
                ineffective_denies(acl).into_iter().map(|d| d.path).collect::<Vec<_>>()
            });
            assert_eq!(found, [path], "{pairs:?}");
        }
    }

    #[test]
    fn a_deny_that_holds_or_has_exceptions_is_fine() {
        for pairs in [
            &[("secret/data/*", "read"), ("secret/data/prod/*", "deny")][..],
            &[("secret/data/prod/*", "deny"), ("secret/data/prod/app", "read")],
            &[("secret/*", "deny"), ("secret/data/+/app", "read")],
            &[("secret/data/prod/*", "deny")],
            &[("kv/*", "read"), ("kv/prod/*", "deny")],
        ] {
            assert_eq!(with(&rules(pairs), |acl| ineffective_denies(acl).len()), 0, "{pairs:?}");
        }
    }

    #[test]
    fn rules_that_never_decide_are_found() {
        let reason = |pairs: &[(&str, &str)], pattern: &str| {
            with(&rules(pairs), |acl| {
                let permissions = acl.patterns().find(|p| p.pattern == pattern).unwrap();
                dead(acl, permissions)
                    .map(|dead| format!("{dead:?}").split([' ', '(']).next().unwrap().to_owned())
            })
        };
        let is = |pairs: &[(&str, &str)], pattern: &str, wanted: Option<&str>| {
            assert_eq!(reason(pairs, pattern).as_deref(), wanted, "{pairs:?}");
        };
        is(&[("a/*/b", "read")], "a/*/b", Some("StarInside"));
        is(&[("a/+b/c", "read")], "a/+b/c", Some("PlusInside"));
        is(&[("v1/secret/data/a", "read")], "v1/secret/data/a", Some("ApiPrefix"));
        is(
            &[("a/{{identity.entity.metadata}}/b", "read")],
            "a/{{identity.entity.metadata}}/b",
            Some("BadTemplate"),
        );
        is(&[("a/{{identity.entity.name}}/b", "read")], "a/{{identity.entity.name}}/b", None);
        is(&[("secret/+/*", "read list"), ("secret/*", "list")], "secret/+/*", Some("Shadowed"));
        is(&[("secret/+/*", "list"), ("secret/*", "list")], "secret/+/*", None);
        is(&[("secret/+/a", "read"), ("secret/*", "list")], "secret/+/a", None);
        is(
            &[("auth/+/role", "list"), ("auth/+/role/+", "read")],
            "auth/+/role",
            Some("ListShadowed"),
        );
        is(
            &[("auth/approle/role", "list"), ("auth/approle/role/+", "read")],
            "auth/approle/role",
            None,
        );
        is(&[("auth/+/role/", "list"), ("auth/+/role/+", "read")], "auth/+/role/", None);
    }
}
