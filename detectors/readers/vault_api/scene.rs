//! What one conversion needs, and how the things of a server are called.

use super::{
    Answer,
    directory::Directory,
    mounts::{Mount, Mounts, seconds},
    values::{holds_password, text, without_user_info},
};
use crate::evidence::{Attrs, Record, Resource, Src};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The attribute that names the namespace of a thing, with its last slash; absent for the root.
pub(crate) const NAMESPACE: &str = "vault_namespace";

/// One answer among all answers of its server.
pub(super) struct Scene<'a> {
    pub(super) answer: &'a Answer,
    pub(super) mounts: &'a Mounts,
    pub(super) directory: &'a Directory<'a>,
    pub(super) mount: Option<&'a Mount>,
    pub(super) src: &'a Src,
    pub(super) as_of: Timestamp,
}

impl Scene<'_> {
    pub(super) fn data(&self) -> &Value {
        self.answer.data()
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        text(self.data(), key)
    }

    pub(super) fn seconds(&self, key: &str) -> u64 {
        self.data().get(key).and_then(seconds).unwrap_or(0)
    }

    pub(super) fn tenant(&self) -> &str {
        self.src.tenant.as_deref().unwrap_or_default()
    }

    /// `kind:` and the path inside the namespace: the canonical name of a thing of this server.
    pub(super) fn name(&self, kind: &str, path: &str) -> String {
        format!("{kind}:{}{path}", self.answer.namespace)
    }

    pub(super) fn id(&self, kind: &str, name: &str) -> String {
        format!("{kind}:vault:{}:{}{name}", self.tenant(), self.answer.namespace)
    }

    /// What the server says, in full; it hides what is secret, and the rest of what could be one is
    /// taken out here.
    pub(super) fn attrs(&self) -> Attrs {
        let mut attrs: Attrs = match self.data() {
            Value::Object(map) => map.clone().into_iter().collect(),
            _ => Attrs::new(),
        };
        attrs.remove("id");
        if let Some(url) =
            attrs.get_mut("connection_details").and_then(|d| d.get_mut("connection_url"))
        {
            let held = url.as_str().is_some_and(holds_password);
            *url = json!(url.as_str().map(without_user_info));
            attrs.insert("password_in_url".into(), json!(held));
        }
        if let Some(mount) = self.mount {
            attrs.insert("mount".into(), json!(mount.path));
            attrs.insert("mount_type".into(), json!(mount.kind));
        }
        self.placed(attrs)
    }

    /// Attributes with the namespace they belong to.
    pub(super) fn placed(&self, mut attrs: Attrs) -> Attrs {
        if !self.answer.namespace.is_empty() {
            attrs.insert(NAMESPACE.into(), json!(self.answer.namespace));
        }
        attrs
    }

    pub(super) fn resource(&self, kind: &str, path: &str, attrs: Attrs) -> Record {
        Resource {
            id: self.id("resource", &format!("{kind}:{path}")),
            src: self.src.at(path),
            as_of: self.as_of,
            kind: kind.to_owned(),
            subject: self.name("vault", path),
            attrs,
            ..Resource::default()
        }
        .into()
    }
}
