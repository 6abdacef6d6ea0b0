//! What is mounted where, as far as evidence says.

use super::{Acl, sink::Sink, sinks::SINKS};
use crate::evidence::{Estate, Policy, Src};

/// The kind of the resource records that describe a mount.
pub const MOUNT: &str = "vault-mount";

/// The mounts of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts {
    /// Login methods: path without `auth/` and without slashes at its ends, and type.
    pub auth: Vec<(String, String)>,
    /// Engines: path without slashes at its ends, and type; `kv2` for version 2 of `kv`.
    pub engines: Vec<(String, String)>,
    /// The namespaces below, with their last slashes.
    pub namespaces: Vec<String>,
    /// True when these are all mounts of the server.
    pub known: bool,
}

impl Mounts {
    /// Nothing is known: policies are judged by the shape of their paths.
    pub fn unknown() -> Mounts {
        Mounts::default()
    }

    /// The mounts of the server and namespace that a policy was read from. For a policy in a file, those
    /// that its repository defines, which need not be all.
    pub fn of(estate: &Estate, policy: &Policy) -> Mounts {
        let mut mounts = Mounts::unknown();
        let home = namespace(&policy.subject, &policy.src);
        for resource in estate.resources.iter().filter(|r| r.kind == MOUNT) {
            let same_server = resource.src.system == policy.src.system
                && resource.src.tenant == policy.src.tenant;
            let path = resource.src.reference.as_deref().unwrap_or_default();
            if !same_server {
                continue;
            }
            let its = namespace(&resource.subject, &resource.src);
            if its != home {
                let below = its.strip_prefix(home).filter(|name| name.ends_with('/'));
                // Every namespace has a mount for `sys`; one record is enough.
                mounts.namespaces.extend(below.filter(|_| path == "sys/").map(str::to_owned));
                continue;
            }
            let text = |pointer: &str| {
                let (name, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
                let value = resource.attrs.get(name)?;
                let inner = if rest.is_empty() { Some(value) } else { value.get(rest) };
                inner.and_then(serde_json::Value::as_str)
            };
            let Some(kind) = text("type") else { continue };
            let path = path.trim_matches('/');
            match path.strip_prefix("auth/") {
                Some(path) => mounts.auth.push((path.to_owned(), kind.to_owned())),
                None if kind == "kv" && text("options/version") == Some("2") => {
                    mounts.engines.push((path.to_owned(), "kv2".into()));
                }
                None => mounts.engines.push((path.to_owned(), kind.to_owned())),
            }
        }
        let some = !mounts.auth.is_empty() || !mounts.engines.is_empty();
        mounts.known = some && policy.src.system == "vault";
        mounts
    }

    /// The type of a mount, where it is told.
    pub(super) fn type_of(&self, auth: bool, path: &str) -> Option<&str> {
        let list = if auth { &self.auth } else { &self.engines };
        list.iter().find(|(mount, _)| mount == path).map(|(_, kind)| kind.as_str())
    }

    /// The paths of the mounts of some types.
    pub(super) fn of_types(&self, auth: bool, types: &[&str]) -> Vec<String> {
        let list = if auth { &self.auth } else { &self.engines };
        list.iter()
            .filter(|(_, kind)| types.contains(&kind.as_str()))
            .map(|(p, _)| p.clone())
            .collect()
    }
}

/// The namespace in a live record's subject, `kind:namespace/object`, whose object is the end of the
/// path that it was read from.
fn namespace<'s>(subject: &'s str, src: &Src) -> &'s str {
    let name = subject.split_once(':').map_or(subject, |(_, name)| name);
    let path = src.reference.as_deref().unwrap_or_default();
    let object = path.strip_prefix("sys/policies/acl/").unwrap_or(path);
    name.strip_suffix(object).unwrap_or_default()
}

/// Mounts that exist on every server and are none of the engines that sinks speak of, and the usual
/// names of key-value stores, below which any path may be a secret.
const NOT_ENGINES: &[&str] =
    &["sys", "auth", "identity", "cubbyhole", "secret", "secrets", "kv", "kv-v1", "kv-v2"];

/// Words with which the paths below a mount begin: a mount's name ends before them.
const BELOW_MOUNTS: &[&str] = &[
    "role",
    "roles",
    "users",
    "groups",
    "map",
    "certs",
    "config",
    "login",
    "creds",
    "static-roles",
    "static-creds",
    "sts",
    "roleset",
    "issue",
    "sign",
    "sign-verbatim",
    "root",
    "issuer",
    "export",
    "backup",
    "keys",
    "encrypt",
    "decrypt",
    "data",
    "metadata",
];

/// The mounts to try: the server's own; or, when they are not all known, those that are defined, those
/// that the patterns name, and the usual ones. A mount that is known to be of another type is none.
pub(super) fn candidates(acl: &Acl, mounts: &Mounts, sink: &Sink) -> Vec<String> {
    let auth = sink.is_auth();
    let defined = mounts.of_types(auth, sink.mounts);
    if mounts.known {
        return defined;
    }
    let usual = sink.mounts.iter().map(|name| (*name).to_owned());
    let mut named: Vec<String> = Vec::new();
    if !sink.usual_name_only {
        let patterns = acl.patterns().map(|permissions| permissions.pattern.as_str());
        named.extend(patterns.flat_map(|pattern| mounts_in(pattern, auth)));
        named.retain(|name| !is_usual_name_of_another_type(name));
        named.sort_unstable();
        named.dedup();
    }
    let of_another =
        |name: &String| mounts.type_of(auth, name).is_some_and(|kind| !sink.mounts.contains(&kind));
    let all = defined.into_iter().chain(usual).chain(named);
    all.filter(|name| !of_another(name)).collect()
}

/// A mount that is called `approle` is one, and no database.
pub(super) fn is_usual_name_of_another_type(name: &str) -> bool {
    SINKS.iter().any(|sink| sink.mounts.contains(&name))
}

/// The first one to three segments of a pattern (after `auth/`), as far as they are literal and can
/// be a mount's name.
pub(super) fn mounts_in(pattern: &str, auth: bool) -> Vec<String> {
    let rest = if auth { pattern.strip_prefix("auth/") } else { Some(pattern) };
    let segments: Vec<&str> = rest.unwrap_or_default().split('/').collect();
    let reserved = segments
        .first()
        .is_some_and(|first| if auth { *first == "token" } else { NOT_ENGINES.contains(first) });
    if reserved {
        return Vec::new();
    }
    let name = |s: &&&str| !s.is_empty() && !s.contains('*') && !BELOW_MOUNTS.contains(s);
    let count = segments.iter().take(3).take_while(name).count();
    // The last segment of a pattern is never the mount: the sink's own words come after it.
    let last = count.min(segments.len().saturating_sub(1));
    let filled = segments.iter().map(|s| if *s == "+" { "<mount>" } else { s }).collect::<Vec<_>>();
    (1..=last).map(|n| filled[..n].join("/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Resource, Thresholds};
    use serde_json::json;

    #[test]
    fn mounts_belong_to_one_server_and_one_namespace() {
        let mount =
            |tenant: &str, namespace: &str, path: &str, attrs: serde_json::Value| Resource {
                id: format!("{tenant}{namespace}{path}"),
                src: Src::of("vault", tenant).at(path),
                kind: MOUNT.into(),
                subject: format!("vault:{namespace}{path}"),
                attrs: attrs.as_object().unwrap().clone().into_iter().collect(),
                ..Resource::default()
            };
        let records = vec![
            mount("a", "", "secret/", json!({"type": "kv", "options": {"version": "2"}})).into(),
            mount("a", "", "auth/ci/", json!({"type": "approle"})).into(),
            mount("a", "team/", "pg/", json!({"type": "database"})).into(),
            mount("b", "", "other/", json!({"type": "database"})).into(),
        ];
        let estate = Estate::build(records, jiff::Timestamp::UNIX_EPOCH, Thresholds::default());
        let policy = |namespace: &str| Policy {
            src: Src::of("vault", "a").at("sys/policies/acl/app"),
            subject: format!("vault-policy:{namespace}app"),
            ..Policy::default()
        };
        let root = Mounts::of(&estate, &policy(""));
        assert_eq!(root.engines, [("secret".into(), "kv2".into())]);
        assert_eq!(root.auth, [("ci".into(), "approle".into())]);
        assert_eq!(
            Mounts::of(&estate, &policy("team/")).engines,
            [("pg".into(), "database".into())]
        );
        assert!(!Mounts::of(&estate, &Policy { src: Src::new("git"), ..policy("") }).known);
    }
}
