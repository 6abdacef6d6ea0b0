//! A database role whose accounts only Vault can end.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{duration, list, namespace_flag, number, path, place, text, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in resources(estate, "vault-database-role").filter(|role| can_end_accounts(role)) {
        let sql = list_of_statements(role, "creation_statements").to_ascii_uppercase();
        if !sql.contains("CREATE ") || sql.contains("VALID UNTIL") {
            continue;
        }
        let superuser = sql.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == "SUPERUSER");
        let what = if superuser { "superusers" } else { "accounts" };
        let message = format!(
            "Database role '{}' makes {what} without VALID UNTIL: when a revocation fails they stay for ever.",
            path(&role.subject)
        );
        let finding = findings.report(role, &role.subject, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao write{} {at} creation_statements=\"CREATE ROLE \\\"{{{{name}}}}\\\" LOGIN PASSWORD '{{{{password}}}}' VALID UNTIL '{{{{expiration}}}}'; GRANT …\" max_ttl=24h; a lease may live {} now. Accounts that are there already: SELECT rolname FROM pg_roles WHERE rolname LIKE 'v-%' AND rolvaliduntil IS NULL;",
            namespace_flag(&role.attrs),
            duration(number(&role.attrs, "effective_max_ttl")),
        ));
        finding.at(place(&role.src, &role.attrs));
        let (privilege, why) = if superuser {
            (4, "its accounts are superusers of the database")
        } else {
            (3, "its accounts work in the database")
        };
        let least = if superuser { 4 } else { 2 };
        finding
            .weigh(Component::Privilege, Level::between(least, privilege, why).citing(role))
            .weigh(Component::Exposure, Level::between(0, 2, "no leak of it is known").citing(role))
            .weigh(Component::Liveness, Level::between(1, 3, "its leases are not known").citing(role))
            .weigh(
                Component::Governance,
                Level::between(2, 3, "nothing at the database ends what it makes").citing(role),
            )
            .weigh(Component::Reach, Level::between(0, 1, "one database").citing(role));
    }
}

/// Databases whose accounts can carry an end: PostgreSQL and what speaks its language.
fn can_end_accounts(role: &Resource) -> bool {
    let plugin = text(&role.attrs, "plugin_name").unwrap_or_default();
    let password = text(&role.attrs, "credential_type").is_none_or(|kind| kind == "password");
    let sql = list_of_statements(role, "creation_statements").to_ascii_uppercase();
    let known = ["postgres", "redshift", "cockroach"].iter().any(|name| plugin.contains(name));
    password && (known || (plugin.is_empty() && sql.contains("CREATE ROLE")))
}

fn list_of_statements(role: &Resource, name: &str) -> String {
    match role.attrs.get(name) {
        Some(serde_json::Value::String(text)) => text.clone(),
        _ => list(&role.attrs, name).join("; "),
    }
}
