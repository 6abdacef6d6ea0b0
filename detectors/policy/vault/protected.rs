//! Paths where the server asks for root privileges.

use super::{Acl, Capability, Operation, Permissions};

/// Root-protected paths, with names for what may vary, sorted.
///
/// Facts: `x-vault-sudo` in the OpenAPI document of OpenBao 2.7.2, and the documentation of
/// HashiCorp Vault for replication and snapshots.
const PROTECTED: &[&str] = &[
    "auth/token/accessors",
    "auth/token/revoke-orphan",
    "sys/audit/<device>",
    "sys/auth/<mount>",
    "sys/config/auditing/request-headers/<header>",
    "sys/config/cors",
    "sys/config/ui/headers/<header>",
    "sys/internal/inspect/router/<tag>",
    "sys/leases/lookup/<prefix>",
    "sys/leases/revoke-force/<prefix>",
    "sys/leases/revoke-prefix/<prefix>",
    "sys/plugins/catalog/<type>/<name>",
    "sys/raw/<path>",
    "sys/remount",
    "sys/replication/<kind>/<side>/<action>",
    "sys/rotate",
    "sys/seal",
    "sys/step-down",
    "sys/storage/raft/snapshot-auto/config/<name>",
];

/// `sys/leases/lookup/…` and `sys/leases/revoke-force/…` are one area.
fn area(path: &str) -> &str {
    path.match_indices('/').nth(1).map_or(path, |(end, _)| &path[..end])
}

/// One root-protected path of each area that a pattern with a wildcard gives sudo on.
pub fn protected_areas(acl: &Acl, permissions: &Permissions) -> Vec<&'static str> {
    let pattern = permissions.pattern.as_str();
    let wildcard = pattern.ends_with('*') || pattern.split('/').any(|segment| segment == "+");
    if !wildcard || !permissions.capabilities.has(Capability::Sudo) {
        return Vec::new();
    }
    let decided = |path: &&&'static str| {
        acl.decides(Operation::Update, path).is_some_and(|decides| decides.pattern == pattern)
    };
    let mut areas: Vec<&'static str> = PROTECTED.iter().filter(decided).copied().collect();
    areas.dedup_by_key(|path| area(path));
    areas
}
