//! Every request that the Vault source may make. Nothing else leaves: the client refuses a path that
//! no template allows, so a data, creds, issue, sign or export path cannot be asked for even by
//! mistake. `overstay permissions vault` generates its policy from the same table.
//!
//! Sources: the Vault and OpenBao HTTP API references; which lists need `sudo` was read off a running
//! OpenBao 2.7.2.

/// What a request does, in the words of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    /// GET.
    Read,
    /// LIST.
    List,
    /// POST to a path that only looks something up, or hashes an accessor as an audit device does.
    Lookup,
}

impl Verb {
    /// The capability that a policy must give.
    pub(crate) fn capability(self) -> &'static str {
        match self {
            Verb::Read => "read",
            Verb::List => "list",
            Verb::Lookup => "update",
        }
    }
}

/// One request that may be made. `{}` stands for one path segment, `{*}` at the end for any number; a
/// query is part of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// What it does.
    pub(crate) verb: Verb,
    /// The path below the mount, or the whole path of a fixed request.
    pub(crate) path: &'static str,
    /// 1: definitions. 2: live tokens, audit devices and leases.
    pub(crate) tier: u8,
    /// Whether the path is root-protected.
    pub(crate) sudo: bool,
}

const fn read(path: &'static str) -> Template {
    Template { verb: Verb::Read, path, tier: 1, sudo: false }
}

const fn list(path: &'static str) -> Template {
    Template { verb: Verb::List, path, tier: 1, sudo: false }
}

const fn lookup(path: &'static str) -> Template {
    Template { verb: Verb::Lookup, path, tier: 1, sudo: false }
}

const fn tier2(template: Template, sudo: bool) -> Template {
    Template { tier: 2, sudo, ..template }
}

/// Requests of every namespace.
pub(crate) const NAMESPACE: &[Template] = &[
    read("sys/auth"),
    read("sys/mounts"),
    list("sys/policies/acl"),
    read("sys/policies/acl/{}"),
    list("sys/policies/detailed/acl"),
    list("sys/namespaces"),
    list("auth/token/roles"),
    read("auth/token/roles/{}"),
    list("identity/entity/id"),
    read("identity/entity/id/{}"),
    list("identity/group/id"),
    read("identity/group/id/{}"),
    tier2(list("auth/token/accessors"), true),
    tier2(lookup("auth/token/lookup-accessor"), false),
    tier2(list("sys/leases/lookup/{*}"), true),
    tier2(lookup("sys/leases/lookup"), false),
    tier2(read("sys/leases?type=irrevocable"), true),
];

/// Requests of the root namespace only.
pub(crate) const SERVER: &[Template] = &[
    read("sys/health"),
    read("sys/seal-status"),
    read("sys/config/state/sanitized"),
    tier2(read("sys/audit"), true),
    tier2(lookup("sys/audit-hash/{*}"), false),
];

/// Requests below an auth mount, by its type.
pub(crate) fn auth(kind: &str) -> &'static [Template] {
    match kind {
        "approle" => {
            const {
                &[
                    list("role"),
                    read("role/{}"),
                    list("role/{}/secret-id"),
                    lookup("role/{}/secret-id-accessor/lookup"),
                ]
            }
        }
        "jwt" | "oidc" => const { &[read("config"), list("role"), read("role/{}")] },
        "kubernetes" => const { &[read("config"), list("role"), read("role/{}")] },
        "cert" => const { &[list("certs"), read("certs/{}")] },
        "userpass" => const { &[list("users"), read("users/{}")] },
        "ldap" => const { &[list("users"), read("users/{}"), list("groups"), read("groups/{}")] },
        "aws" => const { &[list("roles"), read("role/{}")] },
        "azure" => const { &[list("role"), read("role/{}")] },
        "gcp" => const { &[list("roles"), read("role/{}")] },
        "github" => {
            const { &[list("map/teams"), read("map/teams/{}"), list("map/users"), read("map/users/{}")] }
        }
        _ => const { &[] },
    }
}

/// Requests below a secrets mount, by its type; a KV mount of version 2 is `kv2`.
pub(crate) fn secrets(kind: &str) -> &'static [Template] {
    match kind {
        "database" => {
            const {
                &[
                    list("config"),
                    read("config/{}"),
                    list("roles"),
                    read("roles/{}"),
                    list("static-roles"),
                    read("static-roles/{}"),
                ]
            }
        }
        "kv" => const { &[list("{*}")] },
        "kv2" => const { &[read("config"), list("metadata/{*}"), read("metadata/{*}")] },
        "pki" => const { &[list("roles"), read("roles/{}")] },
        "ssh" => const { &[list("roles"), read("roles/{}")] },
        "transit" => const { &[list("keys"), read("keys/{}")] },
        "kubernetes" | "rabbitmq" | "aws" | "azure" => const { &[list("roles"), read("roles/{}")] },
        _ => const { &[] },
    }
}

/// A collection below a mount: what to list, and what to read of each name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Collection {
    /// The path to list.
    pub(crate) list: &'static str,
    /// The path to read, `{}` the name.
    pub(crate) read: &'static str,
}

/// The plain collections among templates: a `read` with one `{}` at its end, and the `list` that
/// names its members.
pub(crate) fn collections(templates: &'static [Template]) -> impl Iterator<Item = Collection> {
    templates.iter().filter(|t| t.verb == Verb::Read).filter_map(move |t| {
        let folder = t.path.strip_suffix("/{}")?;
        let lists = templates.iter().filter(|t| t.verb == Verb::List).map(|t| t.path);
        let list = lists.clone().find(|path| *path == folder);
        // The AWS and GCP auth methods list `roles` and read `role/NAME`.
        let list =
            list.or_else(|| lists.clone().find(|path| path.strip_suffix('s') == Some(folder)))?;
        Some(Collection { list, read: t.path })
    })
}

/// True when a template allows the path.
pub(crate) fn allows(template: &Template, path: &str) -> bool {
    let mut wanted = template.path.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (Some("{*}"), _) => return true,
            (Some("{}"), Some(segment)) if !segment.is_empty() => {}
            (Some(literal), Some(segment)) if literal == segment => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every template there is, for mounts of every known type.
    fn everything() -> Vec<Template> {
        let auths = [
            "approle",
            "jwt",
            "oidc",
            "kubernetes",
            "cert",
            "userpass",
            "ldap",
            "aws",
            "azure",
            "gcp",
            "github",
        ];
        let engines = [
            "database",
            "kv",
            "kv2",
            "pki",
            "ssh",
            "transit",
            "kubernetes",
            "rabbitmq",
            "aws",
            "azure",
        ];
        let fixed = NAMESPACE.iter().chain(SERVER);
        fixed
            .chain(auths.iter().flat_map(|kind| auth(kind)))
            .chain(engines.iter().flat_map(|kind| secrets(kind)))
            .copied()
            .collect()
    }

    #[test]
    fn no_template_hands_out_a_secret() {
        let forbidden = [
            "data/app",
            "creds/app",
            "static-creds/app",
            "issue/web",
            "sign/web",
            "export/key/k",
            "backup/k",
            "role/ci/role-id",
            "role/ci/secret-id-accessor/destroy",
            "code/x",
            "identity/oidc/client/x",
            "sys/storage/raft/snapshot",
            "sys/raw/core",
            "cubbyhole/x",
            "auth/token/create",
            "auth/token/revoke-accessor",
            "auth/token/lookup-self",
        ];
        for template in everything() {
            for path in forbidden {
                let kv1 = template.path == "{*}" && template.verb == Verb::List;
                assert!(kv1 || !allows(&template, path), "{template:?} allows {path}");
            }
        }
    }

    #[test]
    fn only_lookups_are_posted() {
        for template in everything().iter().filter(|t| t.verb == Verb::Lookup) {
            let hashes = template.path == "sys/audit-hash/{*}";
            assert!(hashes || template.path.contains("lookup"), "{template:?}");
        }
    }

    #[test]
    fn a_collection_is_a_list_and_a_read() {
        let found: Vec<_> = collections(auth("aws")).collect();
        assert_eq!(found, [Collection { list: "roles", read: "role/{}" }]);
        assert_eq!(collections(secrets("database")).count(), 3);
        assert_eq!(collections(auth("approle")).count(), 1);
        assert_eq!(collections(secrets("kv2")).count(), 0);
    }
}
