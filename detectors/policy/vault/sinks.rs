//! The requests that make a token more than it was.
//!
//! Each was tried on OpenBao 2.7.2 with a token that held only the capabilities named here, or is
//! documented for HashiCorp Vault; `create` stands where the server asks whether the object exists.

use super::{
    Capability::{self, Create, Delete, Patch, Read, Update},
    sink::{Family, Sink, sink, step},
};

const WRITE: &[Capability] = &[Update, Create];
const CHANGE: &[Capability] = &[Update];

/// Auth methods whose roles stand at `auth/<mount>/role/`.
const ROLE_METHODS: &[&str] = &[
    "approle",
    "jwt",
    "oidc",
    "kubernetes",
    "aws",
    "azure",
    "gcp",
    "alicloud",
    "oci",
    "cf",
    "kerberos",
];
const ROLE_ENGINES: &[&str] = &[
    "database",
    "aws",
    "azure",
    "kubernetes",
    "rabbitmq",
    "consul",
    "nomad",
    "mongodbatlas",
    "alicloud",
];
const ROLE_POLICIES: &[&str] = &["token_policies", "policies"];
const MEMBERS: &[&str] = &["policies", "member_entity_ids", "member_group_ids"];

/// Every sink, the plainest first within a family.
pub const SINKS: &[Sink] = &[
    sink("policy-write", Family::Policies, "rewrite any policy, its own included", &[
        step("sys/policies/acl/{policy}", &[Update, Patch]).setting(&["policy"]),
    ]),
    sink("policy-write-old-path", Family::Policies, "rewrite any policy, its own included, by the old path", &[
        step("sys/policy/{policy}", CHANGE).setting(&["policy", "rules"]),
    ]),
    sink("sentinel-write", Family::Policies, "change or remove the Sentinel policies that bound it", &[
        step("sys/policies/rgp/{policy}", &[Update, Delete]),
    ])
    .gives(3),
    sink("sentinel-path-write", Family::Policies, "change or remove the Sentinel policies that bound it", &[
        step("sys/policies/egp/{policy}", &[Update, Delete]),
    ])
    .gives(3),
    sink("token-create-sudo", Family::Tokens, "create a token with any policy but root, because it has sudo there", &[
        step("auth/token/create", CHANGE).sudo().setting(&["policies"]),
    ]),
    sink("token-create-orphan-sudo", Family::Tokens, "create an orphan token with any policy but root, because it has sudo there", &[
        step("auth/token/create-orphan", CHANGE).sudo().setting(&["policies"]),
    ]),
    sink("token-role", Family::Tokens, "write a token role that allows every policy and create a token by it", &[
        step("auth/token/roles/{role}", WRITE).setting(&[
            "allowed_policies",
            "allowed_policies_glob",
            "disallowed_policies",
            "disallowed_policies_glob",
        ]),
        step("auth/token/create/{role}", CHANGE).setting(&["policies"]),
    ]),
    sink("token-any-role", Family::Tokens, "create a token by any token role, also one whose policies go beyond its own", &[
        step("auth/token/create/{role}", CHANGE),
    ])
    .gives(3)
    .any_name_only(),
    sink("login-role", Family::Logins, "write a login role with any policy and any binding", &[
        step("auth/{mount}/role/{role}", WRITE).setting(ROLE_POLICIES),
    ])
    .on(ROLE_METHODS),
    sink("approle-policies", Family::Logins, "give an AppRole any policy", &[
        step("auth/{mount}/role/{role}/policies", CHANGE),
    ])
    .on(&["approle"]),
    sink("approle-token-policies", Family::Logins, "give an AppRole any policy", &[
        step("auth/{mount}/role/{role}/token-policies", CHANGE),
    ])
    .on(&["approle"]),
    sink("approle-secret-id", Family::Logins, "read the role id and make a secret id, and so log in as the AppRole", &[
        step("auth/{mount}/role/{role}/role-id", &[Read, Update]),
        step("auth/{mount}/role/{role}/secret-id", CHANGE),
    ])
    .on(&["approle"])
    .gives(3)
    .own_is_fine(),
    sink("approle-custom-secret-id", Family::Logins, "set a secret id of its own choice for an AppRole", &[
        step("auth/{mount}/role/{role}/custom-secret-id", CHANGE),
    ])
    .on(&["approle"])
    .gives(3)
    .own_is_fine(),
    sink("userpass-user", Family::Logins, "write a user with any policy and a password of its own choice", &[
        step("auth/{mount}/users/{user}", WRITE).setting(&["token_policies", "policies", "groups"]),
    ])
    .on(&["userpass", "ldap", "okta", "radius"]),
    sink("userpass-user-password", Family::Logins, "set another user's password and log in as that user", &[
        step("auth/{mount}/users/{user}", CHANGE).setting(&["password"]),
    ])
    .on(&["userpass"])
    .gives(3)
    .own_is_fine(),
    sink("userpass-password", Family::Logins, "set another user's password and log in as that user", &[
        step("auth/{mount}/users/{user}/password", CHANGE),
    ])
    .on(&["userpass"])
    .gives(3)
    .own_is_fine(),
    sink("userpass-policies", Family::Logins, "give a user any policy", &[
        step("auth/{mount}/users/{user}/policies", CHANGE),
    ])
    .on(&["userpass"]),
    sink("group-map", Family::Logins, "map a directory group to any policy", &[
        step("auth/{mount}/groups/{group}", WRITE).setting(&["policies"]),
    ])
    .on(&["ldap", "okta"]),
    sink("team-map", Family::Logins, "map a GitHub team to any policy", &[
        step("auth/{mount}/map/teams/{team}", WRITE),
    ])
    .on(&["github"]),
    sink("user-map", Family::Logins, "map a GitHub user to any policy", &[
        step("auth/{mount}/map/users/{user}", WRITE),
    ])
    .on(&["github"]),
    sink("login-config", Family::Logins, "replace the keys or the server that the auth method trusts, and log in as any of its roles", &[
        step("auth/{mount}/config", WRITE),
    ])
    .on(&["jwt", "oidc", "kubernetes", "ldap", "github", "okta", "radius", "azure", "gcp", "kerberos", "cf"]),
    sink("login-config-client", Family::Logins, "replace the endpoint that the AWS auth method trusts, and log in as any of its roles", &[
        step("auth/{mount}/config/client", WRITE),
    ])
    .on(&["aws"]),
    sink("certificate-login", Family::Logins, "trust a certificate authority of its own for login with any policy", &[
        step("auth/{mount}/certs/{name}", WRITE),
    ])
    .on(&["cert"]),
    sink("entity", Family::Identity, "create or change an entity with any policy", &[
        step("identity/entity", CHANGE).setting(&["policies"]),
    ]),
    sink("entity-by-id", Family::Identity, "give any entity any policy; live tokens gain it at once", &[
        step("identity/entity/id/{entity}", CHANGE).setting(&["policies"]),
    ]),
    sink("entity-by-name", Family::Identity, "give any entity any policy; live tokens gain it at once", &[
        step("identity/entity/name/{entity}", CHANGE).setting(&["policies"]),
    ]),
    sink("entity-merge", Family::Identity, "merge its entity with a more powerful one", &[
        step("identity/entity/merge", CHANGE),
    ]),
    sink("entity-alias", Family::Identity, "tie its own login to any entity", &[
        step("identity/entity-alias", CHANGE),
    ]),
    sink("entity-alias-by-id", Family::Identity, "tie its own login to any entity", &[
        step("identity/entity-alias/id/{alias}", CHANGE),
    ]),
    sink("group", Family::Identity, "create or change a group with any policy and any member", &[
        step("identity/group", CHANGE).setting(MEMBERS),
    ]),
    sink("group-by-id", Family::Identity, "give any group any policy or any member", &[
        step("identity/group/id/{group}", CHANGE).setting(MEMBERS),
    ]),
    sink("group-by-name", Family::Identity, "give any group any policy or any member", &[
        step("identity/group/name/{group}", CHANGE).setting(MEMBERS),
    ]),
    sink("group-alias", Family::Identity, "tie an outside group to any group of the server", &[
        step("identity/group-alias", CHANGE),
    ]),
    sink("group-alias-by-id", Family::Identity, "tie an outside group to any group of the server", &[
        step("identity/group-alias/id/{alias}", CHANGE),
    ]),
    sink("entity-alias-old-path", Family::Identity, "tie its own login to any entity, by the old path", &[
        step("identity/alias", CHANGE),
    ]),
    sink("persona-old-path", Family::Identity, "tie its own login to any entity, by the old path", &[
        step("identity/persona", CHANGE),
    ]),
    sink("auth-enable", Family::Server, "enable a login method and fill it with roles of its own", &[
        step("sys/auth/{mount}", CHANGE).sudo(),
        step("auth/{mount}/{any}/{name}", WRITE),
    ]),
    sink("mount", Family::Server, "mount, move the settings of, or replace any secrets engine", &[
        step("sys/mounts/{mount}", CHANGE),
    ]),
    sink("remount", Family::Server, "move any mount to a path that it may read", &[
        step("sys/remount", CHANGE).sudo(),
    ]),
    sink("raw-storage", Family::Server, "read or write the storage below the server, where raw storage is on", &[
        step("sys/raw/{path}", &[Read, Update, Create]).sudo(),
    ]),
    sink("snapshot", Family::Server, "download the whole storage, encrypted under keys that it keeps for ever", &[
        step("sys/storage/raft/snapshot", &[Read]),
    ])
    .gives(3),
    sink("snapshot-restore", Family::Server, "restore the storage from a snapshot of its own", &[
        step("sys/storage/raft/snapshot-force", CHANGE),
    ]),
    sink("snapshot-replace", Family::Server, "restore the storage from a snapshot of its own", &[
        step("sys/storage/raft/snapshot", CHANGE),
    ]),
    sink("snapshot-schedule", Family::Server, "send regular snapshots of the storage to a place of its own", &[
        step("sys/storage/raft/snapshot-auto/config/{name}", CHANGE).sudo(),
    ]),
    sink("plugin", Family::Server, "register a plugin, which runs with the server's memory in reach", &[
        step("sys/plugins/catalog/{type}/{name}", CHANGE).sudo(),
    ]),
    sink("plugin-old-path", Family::Server, "register a plugin, which runs with the server's memory in reach", &[
        step("sys/plugins/catalog/{name}", CHANGE).sudo(),
    ]),
    sink("audit-off", Family::Server, "switch the audit log off", &[
        step("sys/audit/{device}", &[Delete]).sudo(),
    ])
    .gives(3),
    sink("audit-on", Family::Server, "enable an audit device that writes raw values to a place of its own", &[
        step("sys/audit/{device}", CHANGE).sudo(),
    ])
    .gives(3),
    sink("generate-root", Family::Server, "begin to generate a root token", &[
        step("sys/generate-root/attempt", CHANGE),
    ]),
    sink("rekey", Family::Server, "replace the unseal keys", &[
        step("sys/rekey/init", CHANGE),
    ]),
    sink("rekey-recovery", Family::Server, "replace the recovery keys", &[
        step("sys/rekey-recovery-key/init", CHANGE),
    ]),
    sink("rotate-root", Family::Server, "replace the unseal keys", &[
        step("sys/rotate/root/init", CHANGE),
    ]),
    sink("rotate-recovery", Family::Server, "replace the recovery keys", &[
        step("sys/rotate/recovery/init", CHANGE),
    ]),
    sink("replication", Family::Server, "turn the server into a secondary of its own primary, or hand its data to a secondary", &[
        step("sys/replication/{kind}/{side}/{action}", CHANGE).sudo(),
    ]),
    sink("seal", Family::Server, "seal the server", &[
        step("sys/seal", CHANGE).sudo(),
    ])
    .gives(3),
    sink("step-down", Family::Server, "make the active server step down", &[
        step("sys/step-down", WRITE),
    ])
    .gives(2),
    sink("raft-peer", Family::Server, "remove servers from the cluster", &[
        step("sys/storage/raft/remove-peer", CHANGE),
    ])
    .gives(3),
    sink("revoke-force", Family::Server, "forget every lease, so that credentials outlive it", &[
        step("sys/leases/revoke-force/{prefix}", CHANGE).sudo(),
    ])
    .gives(3)
    .any_name_only(),
    sink("revoke-prefix", Family::Server, "revoke every lease", &[
        step("sys/leases/revoke-prefix/{prefix}", CHANGE).sudo(),
    ])
    .gives(3)
    .any_name_only(),
    sink("namespace", Family::Server, "create or delete namespaces, with everything in them", &[
        step("sys/namespaces/{namespace}", &[Update, Delete]),
    ])
    .gives(3),
    sink("mfa-off", Family::Server, "remove or change the enforcement of a second factor", &[
        step("identity/mfa/login-enforcement/{name}", &[Update, Delete]),
    ])
    .gives(3),
    sink("engine-role", Family::Engines, "write a role with statements or rights of its own and take its credentials", &[
        step("{mount}/roles/{role}", &[Update, Create, Patch]),
        step("{mount}/creds/{role}", &[Read, Update]),
    ])
    .on(ROLE_ENGINES),
    sink("engine-static-role", Family::Engines, "write a static role for any account and take its password", &[
        step("{mount}/static-roles/{role}", WRITE),
        step("{mount}/static-creds/{role}", &[Read]),
    ])
    .on(&["database"]),
    sink("database-connection", Family::Engines, "point a database connection, root password included, at a server of its own", &[
        step("{mount}/config/{name}", WRITE).setting(&["connection_url", "hosts"]),
    ])
    .on(&["database"])
    .usual_name_only()
    .gives(3),
    sink("cloud-role-sts", Family::Engines, "write a role with rights of its own and take its session", &[
        step("{mount}/roles/{role}", WRITE),
        step("{mount}/sts/{role}", &[Read, Update]),
    ])
    .on(&["aws"]),
    sink("gcp-roleset", Family::Engines, "write a roleset with rights of its own and take its token", &[
        step("{mount}/roleset/{role}", WRITE),
        step("{mount}/roleset/{role}/token", &[Read, Update]),
    ])
    .on(&["gcp"]),
    sink("gcp-roleset-key", Family::Engines, "write a roleset with rights of its own and take its key", &[
        step("{mount}/roleset/{role}", WRITE),
        step("{mount}/roleset/{role}/key", &[Read, Update]),
    ])
    .on(&["gcp"]),
    sink("pki-role", Family::Engines, "write a role that allows every name and issue a certificate by it", &[
        step("{mount}/roles/{role}", &[Update, Patch]),
        step("{mount}/issue/{role}", CHANGE),
    ])
    .on(&["pki"]),
    sink("pki-role-sign", Family::Engines, "write a role that allows every name and sign a certificate by it", &[
        step("{mount}/roles/{role}", &[Update, Patch]),
        step("{mount}/sign/{role}", CHANGE),
    ])
    .on(&["pki", "ssh"]),
    sink("pki-verbatim", Family::Engines, "sign any certificate request as it stands", &[
        step("{mount}/sign-verbatim", CHANGE),
    ])
    .on(&["pki"]),
    sink("pki-verbatim-role", Family::Engines, "sign any certificate request as it stands", &[
        step("{mount}/sign-verbatim/{role}", CHANGE),
    ])
    .on(&["pki"]),
    sink("pki-intermediate", Family::Engines, "sign a certificate authority of its own", &[
        step("{mount}/root/sign-intermediate", CHANGE),
    ])
    .on(&["pki"]),
    sink("pki-issuer-intermediate", Family::Engines, "sign a certificate authority of its own", &[
        step("{mount}/issuer/{issuer}/sign-intermediate", CHANGE),
    ])
    .on(&["pki"]),
    sink("pki-import", Family::Engines, "replace the keys of the certificate authority", &[
        step("{mount}/config/ca", CHANGE),
    ])
    .on(&["pki"])
    .usual_name_only(),
    sink("transit-export", Family::Engines, "export keys that are meant to stay inside", &[
        step("{mount}/export/{type}/{key}", &[Read]),
    ])
    .on(&["transit"])
    .usual_name_only()
    .gives(3),
    sink("transit-export-version", Family::Engines, "export keys that are meant to stay inside", &[
        step("{mount}/export/{type}/{key}/{version}", &[Read]),
    ])
    .on(&["transit"])
    .usual_name_only()
    .gives(3),
    sink("transit-backup", Family::Engines, "back up keys in plain text", &[
        step("{mount}/backup/{key}", &[Read]),
    ])
    .on(&["transit"])
    .usual_name_only()
    .gives(3),
];
