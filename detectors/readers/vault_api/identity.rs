//! Entities, groups, and the roles and users that a login becomes.

use super::{
    claims::conditions,
    mounts::Mount,
    scene::Scene,
    values::{owner, strings, text, time},
};
use crate::evidence::{Credential, Identity, IdentityType, Record, Status, Trust};
use serde_json::{Value, json};

/// Login methods whose users each have one name, which is also the name of the entity's alias.
const NAMED_LOGINS: &[&str] = &["userpass", "ldap", "radius"];

impl Scene<'_> {
    /// An entity: an identity, its aliases the login names of the auth mounts.
    pub(super) fn entity(&self, out: &mut Vec<Record>) {
        let Some(id) = self.text("id") else { return };
        let mut aliases = vec![self.name("vault-entity", &id)];
        let merged = strings(self.data().get("merged_entity_ids"));
        aliases.extend(merged.iter().map(|id| self.name("vault-entity", id)));
        let mut attrs = self.attrs();
        let listed = attrs.get_mut("aliases").and_then(Value::as_array_mut);
        for alias in listed.into_iter().flatten() {
            aliases.extend(self.login_name(&id, alias));
            if text(alias, "mount_type").as_deref() == Some("approle") {
                // The name is the role id, one half of the login.
                alias.as_object_mut().map(|alias| alias.remove("name"));
                out.extend(self.role_login(&id, alias).map(Record::from));
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
                attrs,
                ..Identity::default()
            }
            .into(),
        );
    }

    /// The login of an AppRole, known by the fingerprint of its role id. Which secret ids complete it
    /// is told by their own records.
    fn role_login(&self, entity: &str, alias: &Value) -> Option<Credential> {
        let role_id = text(alias, super::ROLE_ID)?;
        let subject = self.login_name(entity, alias)?;
        Some(Credential {
            id: self.id("credential", &format!("role-id:{role_id}")),
            src: self.src.at(&self.answer.path),
            as_of: self.as_of,
            subject,
            kind: "approle-login".into(),
            created_at: time(alias.get("creation_time")),
            attrs: [(super::ROLE_ID.to_owned(), json!(role_id))].into(),
            ..Credential::default()
        })
    }

    /// What an alias of an entity is called: the user or role where it stands for exactly one, else the
    /// name at its mount.
    fn login_name(&self, entity: &str, alias: &Value) -> Option<String> {
        let mount = text(alias, "mount_path")?;
        let kind = text(alias, "mount_type")?;
        if kind == "approle" {
            let role = alias.pointer("/metadata/role_name").and_then(Value::as_str)?;
            let path = format!("{mount}{role}");
            let current = self.directory.is_of_approle(&self.answer.namespace, &path, entity);
            return current.then(|| self.name("vault-role", &path));
        }
        let name = text(alias, "name")?;
        Some(if NAMED_LOGINS.contains(&kind.as_str()) {
            self.name("vault-role", &format!("{mount}{name}"))
        } else {
            self.name("vault-alias", &format!("{mount}{name}"))
        })
    }

    pub(super) fn group(&self, out: &mut Vec<Record>) {
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

    /// A role, user or certificate of an auth mount: an identity, and the trust that lets one in.
    pub(super) fn login(&self, out: &mut Vec<Record>) {
        let Some(mount) = self.mount else { return };
        let rest = self.answer.path.strip_prefix(&mount.path).unwrap_or_default();
        if rest == "config" {
            out.push(self.resource("vault-auth-config", &self.answer.path, self.attrs()));
            return;
        }
        let Some((folder, name)) = rest.rsplit_once('/').filter(|_| !self.answer.list) else {
            return;
        };
        // Groups and teams have names of their own beside users.
        let name = match folder {
            "groups" | "map/teams" => format!("{folder}/{name}"),
            _ => name.to_owned(),
        };
        let subject = self.name("vault-role", &format!("{}{name}", mount.path));
        let mut attrs = self.attrs();
        self.lifetimes(mount, &mut attrs);
        let policies = strings(attrs.get("token_policies"));
        attrs.insert("policies".into(), json!(policies));
        out.push(
            Identity {
                id: self.id("identity", &self.answer.path),
                src: self.src.at(&self.answer.path),
                as_of: self.as_of,
                kind: match mount.kind.as_str() {
                    "userpass" | "ldap" | "radius" | "github" | "oidc" => IdentityType::Unknown,
                    _ => IdentityType::Workload,
                },
                status: Status::Active,
                aliases: vec![subject.clone()],
                name: Some(name),
                attrs: attrs.clone(),
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
                issuer: self.issuer(mount),
                audiences: self.audiences(),
                conditions: conditions(self.data()),
                attrs,
                ..Trust::default()
            }
            .into(),
        );
    }

    /// How long a token of this role lives and can live, and which setting says so.
    fn lifetimes(&self, mount: &Mount, attrs: &mut crate::evidence::Attrs) {
        let max = self.seconds("token_max_ttl");
        let ttl = self.mounts.lifetime(Some(mount), self.seconds("token_ttl"), max);
        let longest = self.mounts.longest_life(Some(mount), max);
        attrs.insert("effective_ttl".into(), json!(ttl.seconds));
        attrs.insert("effective_ttl_origin".into(), json!(ttl.origin));
        attrs.insert("effective_max_ttl".into(), json!(longest.seconds));
        attrs.insert("effective_max_ttl_origin".into(), json!(longest.origin));
    }

    fn audiences(&self) -> Vec<String> {
        let mut audiences = strings(self.data().get("bound_audiences"));
        audiences.extend(self.text("audience").filter(|audience| !audience.is_empty()));
        audiences
    }

    /// Whose tokens the mount accepts, without `https://`.
    fn issuer(&self, mount: &Mount) -> Option<String> {
        let path = format!("{}config", mount.path);
        let config = self.directory.read_at(&self.answer.namespace, &path)?;
        let url = ["bound_issuer", "oidc_discovery_url", "jwks_url", "issuer"]
            .iter()
            .filter_map(|key| text(config, key))
            .find(|url| !url.is_empty())?;
        let host = url.strip_prefix("https://").unwrap_or(&url);
        let host = host.split("/.well-known/").next().unwrap_or(host);
        Some(host.trim_end_matches('/').to_owned())
    }
}
