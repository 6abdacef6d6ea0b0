//! A program that is configured to log in to Vault or OpenBao, as a record.

use super::Document;
use crate::evidence::{Location, Region, Resource};

/// The kind of these records.
pub(crate) const CLIENT: &str = "vault-client";

/// What a configuration says of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client {
    /// `agent`, `external-secrets`, `csi`, `vso` or `injector`.
    pub(crate) kind: &'static str,
    /// The name of the object that configures it.
    pub(crate) name: String,
    /// Its Kubernetes namespace.
    pub(crate) namespace: Option<String>,
    /// The server's address.
    pub(crate) address: Option<String>,
    /// The login method, as far as it is named.
    pub(crate) method: Option<String>,
    /// The role that it logs in as.
    pub(crate) role: Option<String>,
    /// The login method's mount, where it is named.
    pub(crate) mount: Option<String>,
    /// The Kubernetes secret with the lasting half of its login: a secret id, a password, a JWT.
    pub(crate) login_secret: Option<String>,
    /// True when every namespace of the cluster may use it.
    pub(crate) cluster_wide: bool,
    /// True when it does not check the server's certificate.
    pub(crate) skips_verification: bool,
    /// The Kubernetes secret that holds a token it uses instead of a login.
    pub(crate) static_token: Option<String>,
}

impl Client {
    /// The record of this client.
    pub(crate) fn record(&self, document: &Document, region: Region) -> Resource {
        let scope =
            self.namespace.as_deref().map_or(String::new(), |namespace| format!("{namespace}/"));
        let name = format!("{}/{scope}{}", self.kind, self.name);
        let mut resource = Resource {
            id: format!("resource:{}:{}#{name}", document.src.system, document.path),
            src: document.src.at(document.path),
            as_of: document.as_of,
            kind: CLIENT.into(),
            subject: format!("vault-client:{name}"),
            location: Some(Location::in_file(document.path, region)),
            ..Resource::default()
        };
        let texts = [
            ("client", Some(self.kind)),
            ("address", self.address.as_deref()),
            ("method", self.method.as_deref()),
            ("role", self.role.as_deref()),
            ("auth_mount", self.mount.as_deref()),
            ("login_secret", self.login_secret.as_deref()),
            ("static_token", self.static_token.as_deref()),
        ];
        for (key, value) in texts {
            if let Some(value) = value {
                resource.attrs.insert(key.into(), value.into());
            }
        }
        if self.cluster_wide {
            resource.attrs.insert("cluster_wide".into(), true.into());
        }
        resource.attrs.insert("tls_skip_verify".into(), self.skips_verification.into());
        resource
    }
}
