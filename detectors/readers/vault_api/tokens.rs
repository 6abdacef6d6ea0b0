//! Tokens and secret ids: what works without another proof.

use super::{
    mounts::seconds,
    scene::Scene,
    values::{strings, text, time, when},
};
use crate::evidence::{
    AUDIT_HASHES, Attrs, Credential, CredentialRef, Grant, Observed, Origin, Record, Status,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The role, user or certificate that a token was given to when it logged in.
struct Principal {
    /// `auth/userpass/alice`.
    name: String,
    /// What reads its definition: `auth/userpass/users/alice`.
    definition: String,
    /// The type of the auth method.
    kind: String,
}

impl Scene<'_> {
    /// A token: a credential, and a grant for each policy it carries.
    pub(super) fn token(&self, out: &mut Vec<Record>) {
        let Some(accessor) = self.text("accessor") else { return };
        let principal = self.principal();
        let entity = self.text("entity_id").filter(|id| !id.is_empty());
        let holder = match (&entity, &principal) {
            (Some(entity), _) => self.name("vault-entity", entity),
            (None, Some(principal)) => self.name("vault-role", &principal.name),
            (None, None) => self.name("vault-token", &accessor),
        };
        let refused =
            entity.as_deref().and_then(|id| self.directory.is_refused(&self.answer.namespace, id));
        let created = self.data().get("creation_time").and_then(Value::as_i64);
        let created = created.and_then(|s| Timestamp::from_second(s).ok());
        let expires_at = when(self.data().get("expire_time"));
        let mut attrs = self.attrs();
        if let Some(principal) = &principal {
            attrs.insert("principal".into(), json!(self.name("vault-role", &principal.name)));
            attrs.insert("principal_path".into(), json!(principal.definition));
            attrs.insert("principal_type".into(), json!(principal.kind));
            if let Some(limit) = self.login_limit(&principal.definition) {
                attrs.insert("role_max_ttl_seconds".into(), json!(limit));
            }
        }
        self.add_hashes(&accessor, &mut attrs);
        out.push(
            Credential {
                id: self.id("credential", &format!("token:{accessor}")),
                src: self.src.at("auth/token/lookup-accessor"),
                as_of: self.as_of,
                subject: holder.clone(),
                kind: "vault-token".into(),
                // The server answers 403 to every token of a disabled or deleted entity, and
                // `lookup-accessor` does not say so.
                status: if refused == Some(true) { Status::Disabled } else { Status::Active },
                created_at: created,
                expires_at,
                key_id: Some(accessor.clone()),
                attrs,
                ..Credential::default()
            }
            .into(),
        );
        let own = strings(self.data().get("policies"));
        let inherited = strings(self.data().get("identity_policies"));
        let grants = own.iter().map(|p| (p, Origin::Direct));
        for (policy, origin) in grants.chain(inherited.iter().map(|p| (p, Origin::Group))) {
            let missing = self.directory.has_policy(&self.answer.namespace, policy) == Some(false);
            let usable = refused != Some(true) && !missing;
            let mut attrs = self.placed(Default::default());
            if !usable {
                attrs.insert("usable".into(), json!(false));
            }
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
                    expires_at,
                    cred: Some(CredentialRef {
                        kind: "vault-token".into(),
                        reference: accessor.clone(),
                    }),
                    origin,
                    created_at: created,
                    attrs,
                    ..Observed::default()
                }
                .into(),
            );
        }
    }

    /// How an audit log writes the accessor.
    fn add_hashes(&self, accessor: &str, attrs: &mut Attrs) {
        if let Some(hashes) = self.directory.hashes(accessor) {
            attrs.insert(AUDIT_HASHES.into(), json!(hashes));
        }
    }

    /// Who logged in, from the token's path and the metadata that its auth method writes.
    fn principal(&self) -> Option<Principal> {
        let path = self.text("path")?;
        let mount = self.mounts.of(&self.answer.namespace, &path)?;
        let (key, folder) = match mount.kind.as_str() {
            "approle" => ("role_name", "role"),
            "jwt" | "oidc" | "kubernetes" | "azure" | "gcp" | "aws" => ("role", "role"),
            "userpass" | "ldap" | "radius" => ("username", "users"),
            "cert" => ("cert_name", "certs"),
            _ => return None,
        };
        let name = text(self.data().get("meta")?, key).filter(|name| !name.is_empty())?;
        Some(Principal {
            name: format!("{}{name}", mount.path),
            definition: format!("{}{folder}/{name}", mount.path),
            kind: mount.kind.clone(),
        })
    }

    /// The longest that a token of this role or user may live if it is made today, in seconds, where
    /// the role itself says so and its tokens are not periodic.
    fn login_limit(&self, definition: &str) -> Option<u64> {
        let at = |key| self.directory.seconds_at(&self.answer.namespace, definition, key);
        let own: Vec<u64> = ["token_max_ttl", "token_explicit_max_ttl"]
            .iter()
            .filter_map(|key| at(key))
            .filter(|limit| *limit > 0)
            .collect();
        own.into_iter().min().filter(|_| at("token_period") == Some(0))
    }

    /// A secret id of an AppRole: a credential of the role.
    pub(super) fn secret_id(&self, out: &mut Vec<Record>) {
        let (Some(accessor), Some(mount)) = (self.text("secret_id_accessor"), self.mount) else {
            return;
        };
        let rest = self.answer.path.strip_prefix(&mount.path).unwrap_or_default();
        let Some(role) = rest.strip_prefix("role/").and_then(|r| r.split('/').next()) else {
            return;
        };
        let mut attrs = self.attrs();
        let definition = format!("{}role/{role}", mount.path);
        let limit = self.directory.read_at(&self.answer.namespace, &definition);
        if let Some(limit) = limit.and_then(|role| role.get("secret_id_ttl")).and_then(seconds) {
            attrs.insert("role_max_ttl_seconds".into(), json!(limit));
        }
        self.add_hashes(&accessor, &mut attrs);
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
                attrs,
                ..Credential::default()
            }
            .into(),
        );
    }
}
