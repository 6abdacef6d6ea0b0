//! One answer to records. Which answer says what: the Vault and OpenBao HTTP API references, checked
//! against a running OpenBao 2.7.2.

use super::{
    Answer,
    mounts::{Mount, Mounts, seconds},
};
use crate::evidence::{
    Attrs, ClaimCondition, Credential, Grant, Identity, IdentityType, Issuance, MatchKind,
    Observed, Origin, Policy, Record, Resource, Src, Status, Trust, When,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What one conversion needs.
struct Scene<'a> {
    answer: &'a Answer,
    mounts: &'a Mounts,
    mount: Option<&'a Mount>,
    src: &'a Src,
    as_of: Timestamp,
}

/// Turns one answer into records; an answer that says nothing about access gives none.
pub(super) fn convert(
    answer: &Answer,
    mounts: &Mounts,
    src: &Src,
    as_of: Timestamp,
    out: &mut Vec<Record>,
) {
    let mount = mounts.of(&answer.namespace, &answer.path);
    let scene = Scene { answer, mounts, mount, src, as_of };
    let segments: Vec<&str> = answer.path.split('/').collect();
    match (answer.list, segments.as_slice()) {
        (false, ["sys", "auth" | "mounts"]) => scene.mounts(out),
        (false, ["sys", "audit"]) => scene.audit(out),
        (false, ["sys", "config", "state", "sanitized"]) => out.push(scene.server("config")),
        (false, ["sys", "health"]) => out.push(scene.server("health")),
        (true, ["sys", "policies", "detailed", "acl"]) => scene.policies(out),
        (false, ["sys", "policies", "acl", name]) => {
            out.extend(scene.policy(name, scene.answer.data()));
        }
        (false, ["auth", "token", "lookup-accessor"]) => scene.token(out),
        (false, ["auth", "token", "roles", name]) => {
            out.push(scene.resource("vault-token-role", &format!("auth/token/roles/{name}")));
        }
        (false, ["identity", "entity", "id", _]) => scene.entity(out),
        (false, ["identity", "group", "id", _]) => scene.group(out),
        (true, ["sys", "leases", "lookup", ..]) => scene.leases(out),
        (false, ["auth", .., "secret-id-accessor", "lookup"]) => scene.secret_id(out),
        (false, ["auth", ..]) => scene.auth(out),
        (_, _) => scene.engine(out),
    }
}

impl Scene<'_> {
    fn data(&self) -> &Value {
        self.answer.data()
    }

    fn text(&self, key: &str) -> Option<String> {
        text(self.data(), key)
    }

    fn seconds(&self, key: &str) -> u64 {
        self.data().get(key).and_then(seconds).unwrap_or(0)
    }

    fn tenant(&self) -> &str {
        self.src.tenant.as_deref().unwrap_or_default()
    }

    /// `namespace:` and the path inside the namespace: the canonical name of a thing of this server.
    fn name(&self, kind: &str, path: &str) -> String {
        format!("{kind}:{}{path}", self.answer.namespace)
    }

    fn id(&self, kind: &str, name: &str) -> String {
        format!("{kind}:vault:{}:{}{name}", self.tenant(), self.answer.namespace)
    }

    /// What the server says, in full; it hides what is secret, and the rest of what could be one is
    /// taken out here.
    fn attrs(&self) -> Attrs {
        let mut attrs: Attrs = match self.data() {
            Value::Object(map) => map.clone().into_iter().collect(),
            _ => Attrs::new(),
        };
        attrs.remove("id");
        if let Some(url) =
            attrs.get_mut("connection_details").and_then(|d| d.get_mut("connection_url"))
        {
            *url = json!(url.as_str().map(without_user_info));
        }
        if let Some(mount) = self.mount {
            attrs.insert("mount".into(), json!(mount.path));
            attrs.insert("mount_type".into(), json!(mount.kind));
        }
        attrs
    }

    fn resource(&self, kind: &str, path: &str) -> Record {
        let subject = self.name("vault", path);
        Resource {
            id: self.id("resource", &format!("{kind}:{path}")),
            src: self.src.at(path),
            as_of: self.as_of,
            kind: kind.to_owned(),
            subject,
            attrs: self.attrs(),
            ..Resource::default()
        }
        .into()
    }

    fn server(&self, part: &str) -> Record {
        self.resource(&format!("vault-server-{part}"), &self.answer.path)
    }

    fn mounts(&self, out: &mut Vec<Record>) {
        let auth = self.answer.path == "sys/auth";
        for (path, mount) in self.data().as_object().into_iter().flatten() {
            if mount.get("type").is_none() {
                continue;
            }
            let path = format!("{}{path}", if auth { "auth/" } else { "" });
            let mut attrs: Attrs =
                mount.as_object().cloned().unwrap_or_default().into_iter().collect();
            attrs.insert("auth".into(), json!(auth));
            out.push(
                Resource {
                    id: self.id("resource", &format!("vault-mount:{path}")),
                    src: self.src.at(&path),
                    as_of: self.as_of,
                    kind: "vault-mount".into(),
                    subject: self.name("vault", &path),
                    attrs,
                    ..Resource::default()
                }
                .into(),
            );
        }
    }

    fn audit(&self, out: &mut Vec<Record>) {
        for (path, device) in self.data().as_object().into_iter().flatten() {
            if let Some(kind) = text(device, "type") {
                let mut attrs = Attrs::new();
                attrs.insert("type".into(), json!(kind));
                out.push(
                    Resource {
                        id: self.id("resource", &format!("vault-audit-device:{path}")),
                        src: self.src.at(&format!("sys/audit/{path}")),
                        as_of: self.as_of,
                        kind: "vault-audit-device".into(),
                        subject: self.name("vault", &format!("sys/audit/{path}")),
                        attrs,
                        ..Resource::default()
                    }
                    .into(),
                );
            }
        }
    }

    fn policies(&self, out: &mut Vec<Record>) {
        let policies = self.data().get("key_info").and_then(Value::as_object);
        for (name, policy) in policies.into_iter().flatten() {
            out.extend(self.policy(name, policy));
        }
    }

    fn policy(&self, name: &str, policy: &Value) -> Option<Record> {
        let document = text(policy, "policy").or_else(|| text(policy, "rules"))?;
        let mut attrs = Attrs::new();
        for key in ["modified", "version", "expiration", "cas_required"] {
            if let Some(value) = policy.get(key) {
                attrs.insert(key.into(), value.clone());
            }
        }
        let record = Policy {
            id: self.id("policy", name),
            src: self.src.at(&format!("sys/policies/acl/{name}")),
            as_of: self.as_of,
            language: "vault-acl".into(),
            subject: self.name("vault-policy", name),
            document,
            attrs,
            ..Policy::default()
        };
        Some(record.into())
    }

    /// A token: a credential, and a grant for each policy it carries.
    fn token(&self, out: &mut Vec<Record>) {
        let Some(accessor) = self.text("accessor") else { return };
        let holder = match self.text("entity_id").filter(|id| !id.is_empty()) {
            Some(entity) => self.name("vault-entity", &entity),
            None => self.name("vault-token", &accessor),
        };
        let created = self.data().get("creation_time").and_then(Value::as_i64);
        let created = created.and_then(|s| Timestamp::from_second(s).ok());
        out.push(
            Credential {
                id: self.id("credential", &format!("token:{accessor}")),
                src: self.src.at("auth/token/lookup-accessor"),
                as_of: self.as_of,
                subject: holder.clone(),
                kind: "vault-token".into(),
                status: Status::Active,
                created_at: created,
                expires_at: when(self.data().get("expire_time")),
                key_id: Some(accessor.clone()),
                attrs: self.attrs(),
                ..Credential::default()
            }
            .into(),
        );
        let own = strings(self.data().get("policies"));
        let inherited = strings(self.data().get("identity_policies"));
        let grants = own.iter().map(|p| (p, Origin::Direct));
        for (policy, origin) in grants.chain(inherited.iter().map(|p| (p, Origin::Group))) {
            out.push(
                Observed {
                    id: self.id("observed", &format!("token:{accessor}:{policy}")),
                    src: self.src.at("auth/token/lookup-accessor"),
                    as_of: self.as_of,
                    subject: holder.clone(),
                    grant: Grant {
                        system: "vault".into(),
                        resource: self.tenant().to_owned(),
                        privilege: policy.clone(),
                        ..Grant::default()
                    },
                    expires_at: when(self.data().get("expire_time")),
                    origin,
                    created_at: created,
                    ..Observed::default()
                }
                .into(),
            );
        }
    }

    /// An entity: an identity, its aliases the login names of the auth mounts.
    fn entity(&self, out: &mut Vec<Record>) {
        let Some(id) = self.text("id") else { return };
        let mut aliases = vec![self.name("vault-entity", &id)];
        for alias in self.data().get("aliases").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(accessor), Some(name)) =
                (text(alias, "mount_accessor"), text(alias, "name"))
            {
                aliases.push(self.name("vault-alias", &format!("{accessor}/{name}")));
            }
        }
        let disabled = self.data().get("disabled").and_then(Value::as_bool) == Some(true);
        out.push(
            Identity {
                id: self.id("identity", &format!("entity:{id}")),
                src: self.src.at(&self.answer.path),
                as_of: self.as_of,
                kind: IdentityType::Unknown,
                status: if disabled { Status::Disabled } else { Status::Active },
                aliases,
                name: self.text("name"),
                owner: self.data().pointer("/metadata/owner").and_then(owner),
                created_at: time(self.data().get("creation_time")),
                attrs: self.attrs(),
                ..Identity::default()
            }
            .into(),
        );
    }

    fn group(&self, out: &mut Vec<Record>) {
        let Some(id) = self.text("id") else { return };
        let members = strings(self.data().get("member_entity_ids")).len()
            + strings(self.data().get("member_group_ids")).len();
        let internal = self.text("type").as_deref() == Some("internal");
        out.push(
            Identity {
                id: self.id("identity", &format!("group:{id}")),
                src: self.src.at(&self.answer.path),
                as_of: self.as_of,
                kind: IdentityType::Group,
                status: Status::Active,
                aliases: vec![self.name("vault-group", &id)],
                name: self.text("name"),
                // The members of an external group are known only to its directory.
                members_active: internal.then(|| u64::try_from(members).unwrap_or(u64::MAX)),
                created_at: time(self.data().get("creation_time")),
                attrs: self.attrs(),
                ..Identity::default()
            }
            .into(),
        );
    }

    /// A secret id of an AppRole: a credential of the role.
    fn secret_id(&self, out: &mut Vec<Record>) {
        let (Some(accessor), Some(mount)) = (self.text("secret_id_accessor"), self.mount) else {
            return;
        };
        let rest = self.answer.path.strip_prefix(&mount.path).unwrap_or_default();
        let Some(role) = rest.strip_prefix("role/").and_then(|r| r.split('/').next()) else {
            return;
        };
        out.push(
            Credential {
                id: self.id("credential", &format!("{}secret-id:{accessor}", mount.path)),
                src: self.src.at(&self.answer.path),
                as_of: self.as_of,
                subject: self.name("vault-role", &format!("{}{role}", mount.path)),
                kind: "approle-secret-id".into(),
                status: Status::Active,
                created_at: time(self.data().get("creation_time")),
                expires_at: when(self.data().get("expiration_time")),
                key_id: Some(accessor),
                attrs: self.attrs(),
                ..Credential::default()
            }
            .into(),
        );
    }

    /// A role, user or certificate of an auth mount: an identity, and the trust that lets one in.
    fn auth(&self, out: &mut Vec<Record>) {
        let Some(mount) = self.mount else { return };
        let rest = self.answer.path.strip_prefix(&mount.path).unwrap_or_default();
        if rest == "config" {
            out.push(self.resource("vault-auth-config", &self.answer.path));
            return;
        }
        let Some((_, name)) = rest.rsplit_once('/').filter(|_| !self.answer.list) else { return };
        let subject = self.name("vault-role", &format!("{}{name}", mount.path));
        let mut attrs = self.attrs();
        let ttl = self.mounts.lifetime(
            Some(mount),
            self.seconds("token_ttl"),
            self.seconds("token_max_ttl"),
        );
        let longest = self.mounts.longest_life(Some(mount), self.seconds("token_max_ttl"));
        attrs.insert("effective_ttl".into(), json!(ttl.seconds));
        attrs.insert("effective_ttl_origin".into(), json!(ttl.origin));
        attrs.insert("effective_max_ttl".into(), json!(longest.seconds));
        attrs.insert("effective_max_ttl_origin".into(), json!(longest.origin));
        out.push(
            Identity {
                id: self.id("identity", &self.answer.path),
                src: self.src.at(&self.answer.path),
                as_of: self.as_of,
                kind: IdentityType::Workload,
                status: Status::Active,
                aliases: vec![subject.clone()],
                name: Some(name.to_owned()),
                attrs,
                ..Identity::default()
            }
            .into(),
        );
        out.push(
            Trust {
                id: self.id("trust", &self.answer.path),
                src: self.src.at(&self.answer.path),
                as_of: self.as_of,
                target: subject,
                mechanism: mount.kind.clone(),
                audiences: strings(self.data().get("bound_audiences")),
                conditions: conditions(self.data()),
                attrs: self.attrs(),
                ..Trust::default()
            }
            .into(),
        );
    }

    /// What stands below a secrets mount.
    fn engine(&self, out: &mut Vec<Record>) {
        let Some(mount) = self.mount else { return };
        let rest = self.answer.path.strip_prefix(&mount.path).unwrap_or_default();
        let folder = rest.split('/').next().unwrap_or_default();
        let kind = match (mount.kind.as_str(), folder, self.answer.list) {
            ("database", "config", false) => "vault-database-connection",
            ("database", "roles", false) => "vault-database-role",
            ("database", "static-roles", false) => "vault-database-static-role",
            ("kv2", "config", false) => "vault-kv-config",
            ("kv2", "metadata", false) => "vault-kv-secret",
            ("kv", _, true) if !strings(self.data().get("keys")).is_empty() => "vault-kv1-folder",
            ("pki", "roles", false) => "vault-pki-role",
            ("ssh", "roles", false) => "vault-ssh-role",
            ("transit", "keys", false) => "vault-transit-key",
            ("kubernetes" | "rabbitmq" | "aws" | "azure", "roles", false) => "vault-engine-role",
            _ => return,
        };
        out.push(self.resource(kind, &self.answer.path));
    }

    /// The leases under one prefix: names only, each a live issuance of the mount's role.
    fn leases(&self, out: &mut Vec<Record>) {
        let Some(prefix) = self.answer.path.strip_prefix("sys/leases/lookup/") else { return };
        let keys = strings(self.data().get("keys"));
        for lease in keys.iter().filter(|key| !key.ends_with('/')) {
            let path = format!("{prefix}{lease}");
            out.push(
                Issuance {
                    id: self.id("issuance", &format!("lease:{path}")),
                    src: self.src.at(&path),
                    as_of: self.as_of,
                    subject: self.name("vault-lease", &path),
                    grant: Grant {
                        system: "vault".into(),
                        resource: prefix.trim_end_matches('/').to_owned(),
                        privilege: "lease".into(),
                        ..Grant::default()
                    },
                    issued_at: self.as_of,
                    ..Issuance::default()
                }
                .into(),
            );
        }
    }
}

/// What a login must show: bound claims, subjects, service accounts, networks.
fn conditions(role: &Value) -> Vec<ClaimCondition> {
    let how = match role.get("bound_claims_type").and_then(Value::as_str) {
        Some("glob") => MatchKind::Glob,
        _ => MatchKind::Equals,
    };
    let mut conditions = Vec::new();
    for (claim, patterns) in
        role.get("bound_claims").and_then(Value::as_object).into_iter().flatten()
    {
        let patterns = match patterns {
            Value::String(one) => vec![one.clone()],
            many => strings(Some(many)),
        };
        conditions.push(ClaimCondition { claim: claim.clone(), how, patterns });
    }
    if let Some(subject) = text(role, "bound_subject").filter(|s| !s.is_empty()) {
        let how = MatchKind::Equals;
        conditions.push(ClaimCondition { claim: "sub".into(), how, patterns: vec![subject] });
    }
    for (key, claim) in [
        ("bound_service_account_names", "service_account"),
        ("bound_service_account_namespaces", "namespace"),
        ("token_bound_cidrs", "address"),
        ("secret_id_bound_cidrs", "secret_id_address"),
        ("bound_iam_principal_arns", "iam_principal_arn"),
        ("bound_account_ids", "account_id"),
        ("bound_service_accounts", "service_account"),
        ("bound_projects", "project"),
        ("bound_service_principal_ids", "service_principal_id"),
        ("bound_subscription_ids", "subscription_id"),
        ("allowed_common_names", "common_name"),
        ("allowed_names", "name"),
    ] {
        let patterns = strings(role.get(key));
        if !patterns.is_empty() {
            conditions.push(ClaimCondition { claim: claim.into(), how: MatchKind::Glob, patterns });
        }
    }
    conditions
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn time(value: Option<&Value>) -> Option<Timestamp> {
    value.and_then(Value::as_str)?.parse().ok()
}

/// Vault writes "never" as null or as the zero time of Go.
fn when(value: Option<&Value>) -> When {
    match value {
        None => When::Unknown,
        Some(Value::Null) => When::Never,
        Some(Value::String(text)) if text.starts_with("0001-01-01") => When::Never,
        Some(value) => time(Some(value)).map_or(When::Unknown, When::At),
    }
}

/// An owner in metadata; a bare word gets a namespace of its own.
fn owner(value: &Value) -> Option<String> {
    let owner = value.as_str().filter(|owner| !owner.is_empty())?;
    Some(if owner.contains(':') { owner.to_owned() } else { format!("vault-meta:{owner}") })
}

/// A URL without `user:password@`.
fn without_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.contains('@') { String::new() } else { url.to_owned() };
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_writes_never_in_two_ways() {
        assert_eq!(when(Some(&Value::Null)), When::Never);
        assert_eq!(when(Some(&json!("0001-01-01T00:00:00Z"))), When::Never);
        assert_eq!(when(None), When::Unknown);
        assert!(when(Some(&json!("2026-11-22T00:53:22.61Z"))).at().is_some());
    }

    #[test]
    fn a_connection_url_keeps_its_password_to_itself() {
        let url = "postgresql://root:pa@ss@db.internal:5432/app?sslmode=disable";
        assert_eq!(without_user_info(url), "postgresql://db.internal:5432/app?sslmode=disable");
        assert_eq!(without_user_info("root:pw@tcp(db:3306)/app"), "");
        assert_eq!(
            without_user_info("postgresql://{{username}}:{{password}}@h/d"),
            "postgresql://h/d"
        );
    }
}
