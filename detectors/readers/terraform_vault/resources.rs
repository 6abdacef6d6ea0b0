//! Which resource of the provider is which thing of the server: its path, and what the provider
//! fills in. Most arguments are called as the field of the API is.

/// What a resource defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A role, user or group of an auth method.
    Login,
    /// A role, connection or key of a secrets engine.
    Engine,
    /// A role of the token store.
    TokenRole,
    /// A token.
    Token,
    /// A secret id of an AppRole.
    SecretId,
    /// An entity.
    Entity,
    /// A group.
    Group,
}

/// One resource type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// `vault_approle_auth_backend_role`.
    pub(super) resource: &'static str,
    /// What it defines.
    pub(super) shape: Shape,
    /// The type of its mount.
    pub(super) mount_type: &'static str,
    /// The argument that names the mount; empty: the mount is fixed.
    pub(super) mount: &'static str,
    /// The mount without that argument.
    pub(super) default_mount: &'static str,
    /// The folder below the mount.
    pub(super) folder: &'static str,
    /// The argument that names the thing.
    pub(super) name: &'static str,
    /// What the server takes where an argument is not given: field and JSON value.
    pub(super) defaults: &'static [(&'static str, &'static str)],
}

/// What every token role of an auth method takes where nothing is written.
const TOKEN: &[(&str, &str)] = &[
    ("token_ttl", "0"),
    ("token_max_ttl", "0"),
    ("token_explicit_max_ttl", "0"),
    ("token_period", "0"),
    ("token_num_uses", "0"),
    ("token_no_default_policy", "false"),
];
const APPROLE: &[(&str, &str)] = &[
    ("token_ttl", "0"),
    ("token_max_ttl", "0"),
    ("token_explicit_max_ttl", "0"),
    ("token_period", "0"),
    ("token_num_uses", "0"),
    ("bind_secret_id", "true"),
    ("secret_id_ttl", "0"),
    ("secret_id_num_uses", "0"),
];
const JWT: &[(&str, &str)] = &[
    ("token_ttl", "0"),
    ("token_max_ttl", "0"),
    ("token_explicit_max_ttl", "0"),
    ("token_period", "0"),
    ("role_type", "\"oidc\""),
    ("bound_claims_type", "\"string\""),
];
const PKI: &[(&str, &str)] = &[
    ("allow_localhost", "true"),
    ("enforce_hostnames", "true"),
    ("allow_any_name", "false"),
    ("allow_glob_domains", "false"),
    ("allow_subdomains", "false"),
    ("allow_bare_domains", "false"),
];
const TRANSIT: &[(&str, &str)] = &[
    ("exportable", "false"),
    ("allow_plaintext_backup", "false"),
    ("deletion_allowed", "false"),
    ("auto_rotate_period", "0"),
    ("derived", "false"),
];
const SSH: &[(&str, &str)] = &[
    ("allow_user_certificates", "false"),
    ("allow_host_certificates", "false"),
    ("allow_empty_principals", "false"),
];

const fn login(
    resource: &'static str,
    mount_type: &'static str,
    folder: &'static str,
    name: &'static str,
    defaults: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind {
        resource,
        shape: Shape::Login,
        mount_type,
        mount: "backend",
        default_mount: mount_type,
        folder,
        name,
        defaults,
    }
}

const fn engine(
    resource: &'static str,
    mount_type: &'static str,
    folder: &'static str,
    defaults: &'static [(&'static str, &'static str)],
) -> Kind {
    Kind {
        resource,
        shape: Shape::Engine,
        mount_type,
        mount: "backend",
        default_mount: mount_type,
        folder,
        name: "name",
        defaults,
    }
}

/// Every resource that is read, sorted.
#[rustfmt::skip]
pub(super) const KINDS: &[Kind] = &[
    login("vault_approle_auth_backend_role", "approle", "role", "role_name", APPROLE),
    Kind { resource: "vault_approle_auth_backend_role_secret_id", shape: Shape::SecretId, mount_type: "approle", mount: "backend", default_mount: "approle", folder: "role", name: "role_name", defaults: &[] },
    login("vault_aws_auth_backend_role", "aws", "role", "role", TOKEN),
    engine("vault_aws_secret_backend_role", "aws", "roles", &[]),
    login("vault_azure_auth_backend_role", "azure", "role", "role", TOKEN),
    Kind { name: "role", ..engine("vault_azure_secret_backend_role", "azure", "roles", &[]) },
    login("vault_cert_auth_backend_role", "cert", "certs", "name", TOKEN),
    engine("vault_database_secret_backend_connection", "database", "config", &[]),
    engine("vault_database_secret_backend_role", "database", "roles", &[("default_ttl", "0"), ("max_ttl", "0")]),
    engine("vault_database_secret_backend_static_role", "database", "static-roles", &[]),
    login("vault_gcp_auth_backend_role", "gcp", "role", "role", TOKEN),
    login("vault_github_team", "github", "map/teams", "team", &[]),
    login("vault_github_user", "github", "map/users", "user", &[]),
    Kind { resource: "vault_identity_entity", shape: Shape::Entity, mount_type: "identity", mount: "", default_mount: "identity", folder: "entity/id", name: "name", defaults: &[("disabled", "false")] },
    Kind { resource: "vault_identity_group", shape: Shape::Group, mount_type: "identity", mount: "", default_mount: "identity", folder: "group/id", name: "name", defaults: &[("type", "\"internal\"")] },
    login("vault_jwt_auth_backend_role", "jwt", "role", "role_name", JWT),
    login("vault_kubernetes_auth_backend_role", "kubernetes", "role", "role_name", TOKEN),
    engine("vault_kubernetes_secret_backend_role", "kubernetes", "roles", &[]),
    login("vault_ldap_auth_backend_group", "ldap", "groups", "groupname", &[]),
    login("vault_ldap_auth_backend_user", "ldap", "users", "username", &[]),
    engine("vault_pki_secret_backend_role", "pki", "roles", PKI),
    engine("vault_rabbitmq_secret_backend_role", "rabbitmq", "roles", &[]),
    engine("vault_ssh_secret_backend_role", "ssh", "roles", SSH),
    Kind { resource: "vault_token", shape: Shape::Token, mount_type: "token", mount: "", default_mount: "token", folder: "", name: "display_name", defaults: &[] },
    Kind { resource: "vault_token_auth_backend_role", shape: Shape::TokenRole, mount_type: "token", mount: "", default_mount: "token", folder: "roles", name: "role_name", defaults: &[] },
    engine("vault_transit_secret_backend_key", "transit", "keys", TRANSIT),
];

/// Arguments that decide who may log in or for whom something is issued. Where the file does not say
/// one of them, nothing is said about the login at all.
pub(super) fn binds(argument: &str) -> bool {
    argument.starts_with("bound_")
        || argument.starts_with("allowed_")
        || argument.ends_with("_bound_cidrs")
        || matches!(argument, "audience" | "auth_type" | "role_type" | "bind_secret_id")
}

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn the_kinds_are_sorted_and_their_defaults_are_json() {
        assert!(KINDS.is_sorted_by_key(|kind| kind.resource));
        for (field, value) in KINDS.iter().flat_map(|kind| kind.defaults) {
            assert!(serde_json::from_str::<serde_json::Value>(value).is_ok(), "{field}: {value}");
        }
    }
}
