//! What was handed out, and what was ordered to end.

use super::{
    entry::{Auth, Entry, Loose, Response, ResponseData, is_hash},
    event::{End, Given},
    log::AuditLog,
    names::Name,
    sums::{Ended, Expiry, Holder, Issued, MAX_NAMED, Order},
};
use jiff::{SignedDuration, Timestamp};
use std::hash::BuildHasher as _;

/// How many tokens, leases and secret ids are kept one by one.
const MAX_ISSUED: usize = 100_000;
/// How many orders to end something are kept.
const MAX_ENDED: usize = 100_000;

impl AuditLog {
    /// What the answer hands out.
    pub(super) fn given(
        &mut self,
        entry: &Entry,
        asker: Option<Holder>,
        path: Name,
        at: Timestamp,
    ) {
        let (Some(given), Some(response)) = (entry.given(), entry.response.as_ref()) else {
            return;
        };
        let namespace = self.names.of(entry.namespace());
        match given {
            Given::Login | Given::Token | Given::Renewal => {
                let Some(auth) = &response.auth else { return };
                let by = asker.filter(|_| given == Given::Token);
                if given != Given::Renewal {
                    self.token(entry, auth, by, path, at);
                } else if let Some(issued) = auth
                    .accessor
                    .reference()
                    .map(|accessor| self.names.of(accessor))
                    .and_then(|name| self.by_reference.get(&name))
                    .and_then(|number| self.issued.get_mut(*number))
                {
                    issued.expires = life_of(auth, at);
                }
            }
            Given::Lease(lease) => {
                let Some(holder) = asker else { return };
                self.issue(entry, "vault-lease", lease, holder, namespace, path, at);
            }
            Given::SecretId(accessor) => {
                let role = self.role_of(entry);
                let Some(holder) = role.or(asker) else { return };
                if let Some(number) =
                    self.issue(entry, "approle-secret-id", accessor, holder, namespace, path, at)
                    && let Some(issued) = self.issued.get_mut(number)
                {
                    issued.actor = asker;
                    issued.expires = seconds(&response_number(response, |d| &d.secret_id_ttl), at);
                }
            }
            Given::Certificate(serial) => {
                let Some(holder) = asker else { return };
                let expires = response.data.as_ref().and_then(|data| data.expiration.number());
                if let Some(number) = self.issue(entry, "x509", serial, holder, namespace, path, at)
                    && let Some(issued) = self.issued.get_mut(number)
                {
                    let expires = expires.and_then(|s| Timestamp::from_second(s).ok());
                    issued.expires = expires.map_or(Expiry::Unknown, Expiry::At);
                }
            }
        }
    }

    /// A token that was handed out.
    fn token(&mut self, entry: &Entry, auth: &Auth, by: Option<Holder>, path: Name, at: Timestamp) {
        let wrapped = entry.response.as_ref().and_then(|r| r.wrap_info.as_ref());
        let accessor = auth
            .accessor
            .reference()
            .or_else(|| wrapped.and_then(|wrap| wrap.wrapped_accessor.reference()));
        let (Some(accessor), Some(holder)) = (accessor, self.holder(auth)) else { return };
        let namespace = self.names.of(entry.namespace());
        if let Holder::Entity(key) | Holder::Token(key) = holder {
            self.homes.insert(key, namespace);
        }
        let Some(number) = self.issue(entry, "vault-token", accessor, holder, namespace, path, at)
        else {
            return;
        };
        if let Some(token) = auth.client_token.text() {
            self.by_token.insert(self.hasher.hash_one(token), number);
        }
        let policies = auth.policies.iter().chain(&auth.identity_policies).flatten();
        let policies = policies.filter_map(|p| p.text()).map(|p| self.names.of(p)).collect();
        let metadata = auth.metadata.iter().flatten();
        let metadata = metadata
            .filter_map(|(key, value)| Some((key, value.reference()?)))
            .take(MAX_NAMED)
            .map(|(key, value)| (self.names.of(key), self.names.of(value)))
            .collect();
        let display = auth.display_name.text().map(|d| self.names.of(d));
        let token_type = auth.token_type.text().map(|t| self.names.of(t));
        if let Some(issued) = self.issued.get_mut(number) {
            issued.actor = by;
            issued.expires = life_of(auth, at);
            issued.policies = policies;
            issued.metadata = metadata;
            issued.display = display;
            issued.token_type = token_type;
        }
    }

    /// Files something that was handed out; `None` when it is known or there is no room.
    #[expect(clippy::too_many_arguments, reason = "the facts of one record")]
    fn issue(
        &mut self,
        entry: &Entry,
        kind: &'static str,
        reference: &str,
        holder: Holder,
        namespace: Name,
        path: Name,
        at: Timestamp,
    ) -> Option<usize> {
        let reference = self.names.of(reference);
        if self.by_reference.contains_key(&reference) {
            return None;
        }
        if self.issued.len() >= MAX_ISSUED {
            self.not_kept += 1;
            return None;
        }
        let number = self.issued.len();
        self.by_reference.insert(reference, number);
        self.issued.push(Issued {
            kind,
            reference,
            holder,
            actor: None,
            namespace,
            path,
            at,
            expires: Expiry::Unknown,
            policies: Vec::new(),
            metadata: Vec::new(),
            display: None,
            token_type: None,
            mount_type: entry.request.mount_type.text().map(|t| self.names.of(t)),
            file: self.present(),
        });
        Some(number)
    }

    /// The AppRole that a secret id is made for.
    fn role_of(&mut self, entry: &Entry) -> Option<Holder> {
        let path = entry.request.path.text()?.trim_end_matches('/');
        let mount = entry.mount();
        let role = path.strip_prefix(mount)?.strip_prefix("role/")?.split('/').next()?;
        let role = format!("{}{mount}{role}", entry.namespace());
        Some(Holder::Login(self.names.of(&role)))
    }

    pub(super) fn end(
        &mut self,
        entry: &Entry,
        by: Option<Holder>,
        path: Name,
        at: Timestamp,
        done: bool,
    ) {
        let Some(end) = entry.end() else { return };
        if self.orders.len() >= MAX_ENDED {
            self.not_kept += 1;
            return;
        }
        let what = match end {
            End::Token(token) => match self.by_token.get(&self.hasher.hash_one(token)) {
                Some(number) => Some(Ended::Issued(*number)),
                None => is_hash(token).then(|| Ended::Credential(self.names.of(token))),
            },
            End::Accessor(accessor) | End::SecretId(accessor) => Some(self.credential(accessor)),
            End::Own => {
                let own = entry.auth.as_ref().and_then(|auth| auth.accessor.reference());
                own.map(|accessor| self.credential(accessor))
            }
            End::Lease(lease) => {
                let name = self.names.of(lease);
                let known = self.by_reference.get(&name);
                Some(known.map_or(Ended::Lease(name), |number| Ended::Issued(*number)))
            }
            End::Leases(prefix) => Some(Ended::Leases(self.names.of(prefix))),
            End::Login(path) => Some(Ended::Login(self.names.of(&login_of(path)))),
            End::Entity(id) => Some(Ended::Entity(self.names.of(id))),
        };
        let namespace = self.names.of(entry.namespace());
        let file = self.present();
        self.orders.extend(what.map(|what| Order { what, by, namespace, path, at, done, file }));
    }

    fn credential(&mut self, reference: &str) -> Ended {
        let name = self.names.of(reference);
        self.by_reference.get(&name).map_or(Ended::Credential(name), |n| Ended::Issued(*n))
    }
}

/// `auth/approle/role/ci` is the login `auth/approle/ci`, as the live source names it.
fn login_of(path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments.len() >= 2 {
        segments.remove(segments.len() - 2);
    }
    segments.join("/")
}

/// How long a token lives from `at`: no number means that it never runs out.
fn life_of(auth: &Auth, at: Timestamp) -> Expiry {
    seconds(&auth.token_ttl.number().or(Some(0)), at)
}

fn response_number<'r, 'a>(
    response: &'r Response<'a>,
    field: impl Fn(&'r ResponseData<'a>) -> &'r Loose<'a>,
) -> Option<i64> {
    field(response.data.as_ref()?).number()
}

fn seconds(length: &Option<i64>, at: Timestamp) -> Expiry {
    match length {
        None => Expiry::Unknown,
        Some(0) => Expiry::Never,
        Some(length) => {
            at.checked_add(SignedDuration::from_secs(*length)).map_or(Expiry::Unknown, Expiry::At)
        }
    }
}
