//! One answer to records: which answer says what, by its path. The Vault and OpenBao HTTP API
//! references, checked against a running OpenBao 2.7.2.

use super::{Answer, directory::Directory, mounts::Mounts, scene::Scene, values::text};
use crate::evidence::{Attrs, Policy, Record, Resource, Src};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Turns one answer into records; an answer that says nothing about access gives none.
pub(super) fn convert(
    answer: &Answer,
    (mounts, directory): (&Mounts, &Directory),
    src: &Src,
    as_of: Timestamp,
    out: &mut Vec<Record>,
) {
    let mount = mounts.of(&answer.namespace, &answer.path);
    let scene = Scene { answer, mounts, directory, mount, src, as_of };
    let segments: Vec<&str> = answer.path.split('/').collect();
    match (answer.list, segments.as_slice()) {
        (false, ["sys", "auth" | "mounts"]) => scene.mount_list(out),
        (false, ["sys", "audit"]) => scene.audit(out),
        (false, ["sys", "config", "state", "sanitized"]) => scene.server(out),
        (false, ["sys", "health"]) => {
            out.push(scene.resource("vault-server-health", &answer.path, scene.attrs()));
        }
        (true, ["sys", "policies", "detailed", "acl"]) => scene.policies(out),
        (false, ["sys", "policies", "acl", name]) => {
            out.extend(scene.policy(name, scene.answer.data()));
        }
        // Belongs to the accessor that was hashed.
        (false, ["sys", "audit-hash", ..]) => {}
        (false, ["auth", "token", "lookup-accessor"]) => scene.token(out),
        (false, ["auth", "token", "roles", _]) => {
            out.push(scene.resource("vault-token-role", &answer.path, scene.attrs()));
        }
        (false, ["identity", "entity", "id", _]) => scene.entity(out),
        (false, ["identity", "group", "id", _]) => scene.group(out),
        (false, ["sys", "leases?type=irrevocable"]) => scene.irrevocable(out),
        (false, ["sys", "leases", "lookup"]) => scene.lease(out),
        (false, ["auth", .., "secret-id-accessor", "lookup"]) => scene.secret_id(out),
        (false, ["auth", ..]) => scene.login(out),
        (_, _) => scene.engine(out),
    }
}

impl Scene<'_> {
    /// The answer of `sys/auth` or `sys/mounts`: one record for each mount.
    fn mount_list(&self, out: &mut Vec<Record>) {
        let auth = self.answer.path == "sys/auth";
        for (path, mount) in self.data().as_object().into_iter().flatten() {
            if mount.get("type").is_none() {
                continue;
            }
            let path = format!("{}{path}", if auth { "auth/" } else { "" });
            let mut attrs: Attrs =
                mount.as_object().cloned().unwrap_or_default().into_iter().collect();
            attrs.insert("auth".into(), json!(auth));
            out.push(self.resource("vault-mount", &path, self.placed(attrs)));
        }
    }

    fn audit(&self, out: &mut Vec<Record>) {
        for (path, device) in self.data().as_object().into_iter().flatten() {
            if let Some(kind) = text(device, "type") {
                let attrs = [("type".to_owned(), json!(kind))].into();
                out.push(self.resource("vault-audit-device", &format!("sys/audit/{path}"), attrs));
            }
        }
    }

    /// The server's own settings, and each of its listeners under the name that a configuration file
    /// gives it.
    fn server(&self, out: &mut Vec<Record>) {
        out.push(self.resource("vault-server-config", &self.answer.path, self.attrs()));
        let listeners = self.data().get("listeners").and_then(Value::as_array);
        for listener in listeners.into_iter().flatten() {
            let Some(config) = listener.get("config") else { continue };
            let address = text(config, "address").unwrap_or_default();
            let mut attrs = Attrs::new();
            attrs.insert("address".into(), json!(address));
            attrs.insert("listener_type".into(), listener.get("type").cloned().unwrap_or_default());
            if let Some(off) = config.get("tls_disable") {
                attrs.insert("tls_disable".into(), off.clone());
            }
            let path = format!("{}#{address}", self.answer.path);
            out.push(
                Resource {
                    id: self.id("resource", &format!("vault-listener:{path}")),
                    src: self.src.at(self.tenant()),
                    as_of: self.as_of,
                    kind: crate::readers::vault_config::LISTENER.into(),
                    subject: self.name("vault", &path),
                    attrs,
                    ..Resource::default()
                }
                .into(),
            );
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
            attrs: self.placed(attrs),
            ..Policy::default()
        };
        Some(record.into())
    }
}
