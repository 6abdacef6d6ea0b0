//! What stands below a secrets mount, and the leases that it has given.

use super::{
    scene::Scene,
    values::{strings, text, time, when},
};
use crate::evidence::{Attrs, CredentialRef, Grant, Issuance, Record};
use serde_json::{Value, json};

/// Words in the path of a stored secret that say which engine could make it on demand.
const KINDS: &[(&str, &[&str])] = &[
    ("aws", &["aws"]),
    ("azure", &["azure"]),
    ("gcp", &["gcp", "gcloud"]),
    (
        "database",
        &[
            "database",
            "db",
            "postgres",
            "postgresql",
            "mysql",
            "mariadb",
            "mssql",
            "oracle",
            "mongodb",
        ],
    ),
    ("rabbitmq", &["rabbitmq", "amqp"]),
    ("kubernetes", &["kubernetes", "kubeconfig", "k8s"]),
    ("ssh", &["ssh"]),
    ("pki", &["tls", "cert", "certificate", "x509"]),
];

impl Scene<'_> {
    /// What stands below a secrets mount.
    pub(super) fn engine(&self, out: &mut Vec<Record>) {
        let Some(mount) = self.mount else { return };
        let rest = self.answer.path.strip_prefix(&mount.path).unwrap_or_default();
        let folder = rest.split('/').next().unwrap_or_default();
        let kind = match (mount.kind.as_str(), folder, self.answer.list) {
            ("database", "config", false) => "vault-database-connection",
            ("database", "roles", false) => "vault-database-role",
            ("database", "static-roles", false) => "vault-database-static-role",
            ("kv2", "config", false) => "vault-kv-config",
            ("kv2", "metadata", false) => "kv-secret",
            ("kv", _, true) if !strings(self.data().get("keys")).is_empty() => "vault-kv1-folder",
            ("pki", "roles", false) => "vault-pki-role",
            ("ssh", "roles", false) => "vault-ssh-role",
            ("transit", "keys", false) => "vault-transit-key",
            ("kubernetes" | "rabbitmq" | "aws" | "azure", "roles", false) => "vault-engine-role",
            _ => return,
        };
        let mut attrs = self.attrs();
        match kind {
            "kv-secret" => stored(rest, &mut attrs),
            "vault-database-role" => self.database(&mut attrs),
            "vault-pki-role" | "vault-ssh-role" => {
                let wanted = (self.seconds("ttl"), self.seconds("max_ttl"));
                let life = self.mounts.lifetime(Some(mount), wanted.0, wanted.1);
                let longest = self.mounts.longest_life(Some(mount), wanted.1);
                attrs.insert("effective_ttl".into(), json!(life.seconds));
                attrs.insert("effective_max_ttl".into(), json!(longest.seconds));
                attrs.insert("effective_max_ttl_origin".into(), json!(longest.origin));
            }
            _ => {}
        }
        out.push(self.resource(kind, &self.answer.path, attrs));
    }

    /// What kind of database a role makes its accounts in.
    fn database(&self, attrs: &mut Attrs) {
        let Some(mount) = self.mount else { return };
        let name = self.text("db_name").unwrap_or_default();
        let path = format!("{}config/{name}", mount.path);
        let connection = self.directory.read_at(&self.answer.namespace, &path);
        if let Some(plugin) = connection.and_then(|c| text(c, "plugin_name")) {
            attrs.insert("plugin_name".into(), json!(plugin));
        }
        let longest = self.mounts.longest_life(Some(mount), self.seconds("max_ttl"));
        attrs.insert("effective_max_ttl".into(), json!(longest.seconds));
        attrs.insert("effective_max_ttl_origin".into(), json!(longest.origin));
    }

    /// One lease, looked up: a live issuance of the mount's role.
    pub(super) fn lease(&self, out: &mut Vec<Record>) {
        let Some(path) = self.text("id").filter(|id| !id.is_empty()) else { return };
        let Some(issued_at) = time(self.data().get("issue_time")) else { return };
        let role = path.rsplit_once('/').map_or(path.as_str(), |(role, _)| role);
        let mut attrs = self.placed(Attrs::new());
        if let Some(renewed) = self.text("last_renewal") {
            attrs.insert("last_renewal".into(), json!(renewed));
        }
        out.push(
            Issuance {
                expires_at: when(self.data().get("expire_time")),
                renewable: self.data().get("renewable").and_then(Value::as_bool),
                attrs,
                ..self.issuance(&path, role, issued_at)
            }
            .into(),
        );
    }

    /// The leases whose revocation the server has given up.
    pub(super) fn irrevocable(&self, out: &mut Vec<Record>) {
        let leases = self.data().get("leases").and_then(Value::as_array);
        for lease in leases.into_iter().flatten() {
            let Some(path) = text(lease, "lease_id").or_else(|| text(lease, "lease")) else {
                continue;
            };
            let role = path.rsplit_once('/').map_or(path.as_str(), |(role, _)| role);
            let mut attrs = self.placed(Attrs::new());
            attrs.insert("irrevocable".into(), json!(true));
            if let Some(why) = text(lease, "error") {
                attrs.insert("error".into(), json!(why));
            }
            let issued = time(lease.get("issue_time")).unwrap_or(self.as_of);
            let issuance = self.issuance(&path, role, issued);
            out.push(
                Issuance { id: format!("{}:irrevocable", issuance.id), attrs, ..issuance }.into(),
            );
        }
    }

    fn issuance(&self, lease: &str, role: &str, issued_at: jiff::Timestamp) -> Issuance {
        Issuance {
            id: self.id("issuance", &format!("lease:{lease}")),
            src: self.src.at(lease),
            as_of: self.as_of,
            subject: self.name("vault-lease", lease),
            grant: Grant {
                system: "vault".into(),
                resource: role.to_owned(),
                privilege: "lease".into(),
                ..Grant::default()
            },
            cred: Some(CredentialRef { kind: "vault-lease".into(), reference: lease.to_owned() }),
            issued_at,
            ..Issuance::default()
        }
    }
}

/// When a stored secret was last written, and what it seems to be. `updated_time` also moves when
/// somebody edits the metadata, so the age is that of the present version.
fn stored(rest: &str, attrs: &mut Attrs) {
    let version = attrs.get("current_version").and_then(Value::as_u64).unwrap_or(0);
    let written = attrs
        .get("versions")
        .and_then(|versions| versions.get(version.to_string()))
        .filter(|version| version.get("destroyed").and_then(Value::as_bool) != Some(true))
        .filter(|version| text(version, "deletion_time").is_none_or(|at| at.is_empty()))
        .and_then(|version| text(version, "created_time"));
    if let Some(written) = written {
        attrs.insert("version_created_at".into(), json!(written));
    }
    let told = attrs.get("custom_metadata").and_then(|m| text(m, "secret_type"));
    let path = rest.strip_prefix("metadata/").unwrap_or(rest).to_ascii_lowercase();
    let named = || {
        let words: Vec<&str> = path.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let kind = KINDS.iter().find(|(_, names)| words.iter().any(|word| names.contains(word)));
        kind.map(|(kind, _)| (*kind).to_owned())
    };
    if let Some(kind) = told.or_else(named) {
        attrs.insert("secret_type".into(), json!(kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_that_of_the_present_version_and_a_deleted_one_has_none() {
        let versions = json!({
            "1": { "created_time": "2025-01-01T00:00:00Z", "deletion_time": "", "destroyed": false },
            "2": { "created_time": "2026-01-01T00:00:00Z", "deletion_time": "2026-02-01T00:00:00Z" },
        });
        let age = |current: u64| {
            let mut attrs: Attrs = [
                ("current_version".to_owned(), json!(current)),
                ("versions".to_owned(), versions.clone()),
                ("updated_time".to_owned(), json!("2026-11-01T00:00:00Z")),
            ]
            .into();
            stored("metadata/shop/postgres-main", &mut attrs);
            assert_eq!(attrs["secret_type"], "database");
            attrs.get("version_created_at").cloned()
        };
        assert_eq!(age(1), Some(json!("2025-01-01T00:00:00Z")));
        assert_eq!(age(2), None);
    }

    #[test]
    fn a_lease_that_the_server_has_given_up_is_marked() {
        let lease = "database/creds/forever/abc";
        let answers = super::super::Answers {
            address: "https://vault.example:8200".into(),
            answers: vec![super::super::Answer {
                path: "sys/leases?type=irrevocable".into(),
                body: json!({ "data": { "lease_count": 1, "leases": [
                    { "lease_id": lease, "error": "role cannot be dropped" },
                ] } }),
                ..super::super::Answer::default()
            }],
            refused: Vec::new(),
        };
        let records = answers.records(jiff::Timestamp::UNIX_EPOCH);
        let [Record::Issuance(issuance)] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(issuance.attrs["irrevocable"], true);
        assert_eq!(issuance.grant.resource, "database/creds/forever");
        assert_eq!(issuance.cred.as_ref().map(|c| c.reference.as_str()), Some(lease));
    }
}
