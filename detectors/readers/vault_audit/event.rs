//! What one entry of the log means.

use super::entry::{Entry, looks_like_token};
use jiff::Timestamp;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// The policies refused it, or the token or the login is not good.
    Denied,
    /// It was allowed and went wrong.
    Failed,
}

/// What a request wants to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End<'a> {
    /// A token, by its value's hash.
    Token(&'a str),
    /// A token, by its accessor.
    Accessor(&'a str),
    /// The token that asks.
    Own,
    /// A lease, by its id or the id's hash.
    Lease(&'a str),
    /// All leases below a prefix.
    Leases(&'a str),
    /// A secret id of an AppRole, by its accessor.
    SecretId(&'a str),
    /// A role, user or group of an auth mount: its path.
    Login(&'a str),
    /// An entity, by its id.
    Entity(&'a str),
}

/// What was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given<'a> {
    /// A token, by a login.
    Login,
    /// A token, by another token.
    Token,
    /// A longer life for a token.
    Renewal,
    /// A lease.
    Lease(&'a str),
    /// A secret id: its accessor.
    SecretId(&'a str),
    /// A certificate: its serial number.
    Certificate(&'a str),
}

impl Entry<'_> {
    /// When it was written.
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.time.parse().ok()
    }

    /// The namespace's path, `team-a/`; empty for the root.
    pub(super) fn namespace(&self) -> &str {
        self.request.namespace.as_ref().and_then(|n| n.path.text()).unwrap_or_default()
    }

    /// The path of the mount inside its namespace. Where a mount lies in a child namespace, the server
    /// writes the namespace before it, and leaves it out of the request's path.
    pub(super) fn mount(&self) -> &str {
        let mount = self.request.mount_point.text().unwrap_or_default();
        mount.strip_prefix(self.namespace()).unwrap_or(mount)
    }

    /// The mount that a login asks, and the user or role that stands in its path: `login/NAME` for
    /// userpass, LDAP, RADIUS, Okta and OCI. The others name theirs in the body, which is hashed.
    pub(super) fn login(&self) -> (String, Option<String>) {
        let path = self.shown_path();
        let below_auth = path.strip_prefix("auth/").unwrap_or_default();
        let end = match self.mount() {
            mount if mount.starts_with("auth/") && path.starts_with(mount) => mount.len(),
            // Old servers do not name the mount.
            _ => below_auth.find("/login").map_or(path.len(), |at| "auth/".len() + at + 1),
        };
        let (mount, rest) = path.split_at(end);
        let name = rest.strip_prefix("login/").filter(|name| !name.contains('/'));
        let name = name.map(|name| match self.request.mount_type.text() {
            Some("userpass") => name.to_lowercase(),
            _ => name.to_owned(),
        });
        (mount.to_owned(), name)
    }

    fn path(&self) -> &str {
        self.request.path.text().unwrap_or_default().trim_end_matches('/')
    }

    /// The path without anything that could be a token: old clients put them there.
    pub(super) fn shown_path(&self) -> String {
        let path = self.path();
        let by_value = ["lookup/", "renew/", "revoke/", "revoke-orphan/"].iter().any(|verb| {
            path.strip_prefix("auth/token/").is_some_and(|rest| rest.starts_with(verb))
        });
        if !by_value && !path.split('/').any(looks_like_token) {
            return path.to_owned();
        }
        let segments = path.split('/').enumerate().map(|(i, segment)| {
            if looks_like_token(segment) || (by_value && i == 3) { "<token>" } else { segment }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    pub(super) fn outcome(&self) -> Outcome {
        let error = self.error.text().unwrap_or_default();
        let results = self.auth.as_ref().and_then(|auth| auth.policy_results.as_ref());
        if results.is_some_and(|results| results.allowed == Some(false))
            || error.contains("permission denied")
            || (!error.is_empty() && self.is_login())
        {
            Outcome::Denied
        } else if error.is_empty() {
            Outcome::Done
        } else {
            Outcome::Failed
        }
    }

    /// True for a request that asks an auth mount for a first token.
    pub(super) fn is_login(&self) -> bool {
        let below_token = self.path().starts_with("auth/token/");
        let login = self.path().contains("/login") || self.path().ends_with("/oidc/callback");
        let handed_out = self.response.as_ref().is_some_and(|response| response.auth.is_some());
        self.path().starts_with("auth/") && !below_token && (login || handed_out)
    }

    /// What the answer hands out.
    pub(super) fn given(&self) -> Option<Given<'_>> {
        let response = self.response.as_ref()?;
        let path = self.path();
        if response.auth.is_some() {
            return Some(if self.is_login() {
                Given::Login
            } else if path.starts_with("auth/token/renew") {
                Given::Renewal
            } else {
                Given::Token
            });
        }
        if let Some(lease) = response.secret.as_ref().and_then(|secret| secret.lease_id.text()) {
            let renewed = ["sys/leases/renew", "sys/renew"].iter().any(|p| path.starts_with(p));
            return (!renewed).then_some(Given::Lease(lease));
        }
        let data = response.data.as_ref()?;
        let makes = path.ends_with("/secret-id") || path.ends_with("/custom-secret-id");
        if let Some(accessor) = data.secret_id_accessor.reference().filter(|_| makes) {
            return Some(Given::SecretId(accessor));
        }
        let pki = self.request.mount_type.text() == Some("pki");
        let signs = path.contains("/issue/") || path.contains("/sign");
        data.serial_number.text().filter(|_| pki && signs).map(Given::Certificate)
    }

    /// What the request wants to end.
    pub(super) fn end(&self) -> Option<End<'_>> {
        let path = self.path();
        let operation = self.request.operation.text().unwrap_or_default();
        let writes = matches!(operation, "create" | "update" | "delete");
        match path {
            _ if !writes => None,
            "auth/token/revoke" | "auth/token/revoke-orphan" => {
                self.request.data.as_ref()?.token.text().map(End::Token)
            }
            "auth/token/revoke-accessor" => {
                self.request.data.as_ref()?.accessor.reference().map(End::Accessor)
            }
            "auth/token/revoke-self" => Some(End::Own),
            "sys/leases/revoke" | "sys/revoke" => {
                self.request.data.as_ref()?.lease_id.reference().map(End::Lease)
            }
            _ => self.end_by_path(path, operation),
        }
    }

    fn end_by_path<'a>(&'a self, path: &'a str, operation: &str) -> Option<End<'a>> {
        for prefix in
            ["sys/leases/revoke-prefix/", "sys/leases/revoke-force/", "sys/revoke-prefix/"]
        {
            if let Some(rest) = path.strip_prefix(prefix) {
                return Some(End::Leases(rest));
            }
        }
        for prefix in ["sys/leases/revoke/", "sys/revoke/"] {
            if let Some(rest) = path.strip_prefix(prefix) {
                return Some(End::Lease(rest));
            }
        }
        if path.ends_with("/secret-id-accessor/destroy") {
            let data = self.request.data.as_ref()?;
            return data.secret_id_accessor.reference().map(End::SecretId);
        }
        if operation != "delete" {
            return None;
        }
        if let Some(id) = path.strip_prefix("identity/entity/id/") {
            return Some(End::Entity(id));
        }
        let mount = self.mount();
        let rest = path.strip_prefix(mount).filter(|_| mount.starts_with("auth/"))?;
        let (folder, name) = rest.split_once('/')?;
        let holds_logins = matches!(folder, "role" | "roles" | "users" | "certs" | "groups");
        (holds_logins && !name.contains('/')).then_some(End::Login(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, operation: &str, rest: &str) -> String {
        format!(
            r#"{{"time":"2026-11-22T00:00:00Z","type":"response","request":{{"id":"1","operation":"{operation}","mount_point":"auth/people/","path":"{path}"{rest}}}}}"#
        )
    }

    #[test]
    fn what_ends_is_read_off_the_path_and_the_named_reference() {
        let by_hash = entry("auth/token/revoke", "update", r#","data":{"token":"hmac-sha256:aa"}"#);
        let by_hash: Entry = serde_json::from_str(&by_hash).unwrap();
        assert_eq!(by_hash.end(), Some(End::Token("hmac-sha256:aa")));
        for (path, operation, expected) in [
            ("auth/token/revoke-self", "update", Some(End::Own)),
            ("sys/leases/revoke-prefix/db/creds/x", "update", Some(End::Leases("db/creds/x"))),
            ("auth/people/users/leaver", "delete", Some(End::Login("auth/people/users/leaver"))),
            ("auth/people/users/leaver", "read", None),
            ("auth/people/users/leaver/password", "update", None),
            ("sys/leases/revoke", "update", None),
        ] {
            let text = entry(path, operation, "");
            let entry: Entry = serde_json::from_str(&text).unwrap();
            assert_eq!(entry.end(), expected, "{path}");
        }
    }

    #[test]
    fn a_token_in_a_path_is_not_shown() {
        let token = format!("{}s.CAESIJ{}", "hv", "0".repeat(30));
        for (path, shown) in [
            (format!("auth/token/revoke/{token}"), "auth/token/revoke/<token>"),
            ("auth/token/lookup/my-own-id".to_owned(), "auth/token/lookup/<token>"),
            (format!("cubbyhole/{token}"), "cubbyhole/<token>"),
            ("auth/token/create/ci/".to_owned(), "auth/token/create/ci"),
        ] {
            let text = entry(&path, "update", "");
            assert_eq!(serde_json::from_str::<Entry>(&text).unwrap().shown_path(), shown);
        }
    }
}
