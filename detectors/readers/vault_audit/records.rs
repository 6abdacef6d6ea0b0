//! The sums of a log as evidence.

use super::{
    log::AuditLog,
    names::Name,
    sums::{Attempts, Ended, Expiry, Holder, Issued, Order, UseKey, Used},
};
use crate::evidence::{
    Attrs, CredentialRef, Effect, EffectResult, Grant, Issuance, Record, Resource, Revocation, Src,
    Target, TargetKind, Use, When,
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;

impl AuditLog {
    /// The evidence. `as_of` is the moment of the scan, for files that hold no time.
    pub fn records(mut self, src: &Src, as_of: Timestamp) -> Vec<Record> {
        self.close();
        let mut records: Vec<Record> = Vec::new();
        let telling = Telling { log: &self, ends: Ends::of(&self), src, as_of };
        records.extend(self.uses.iter().map(|(key, used)| telling.used(key, used).into()));
        records.extend(self.attempts.iter().map(|(h, a)| telling.attempts(*h, a).into()));
        records.extend((0..).zip(&self.issued).map(|(n, i)| telling.issued(n, i).into()));
        records.extend(self.orders.iter().map(|order| telling.revocation(order).into()));
        records.extend(telling.covered());
        if self.raw {
            records.push(telling.raw().into());
        }
        records.sort_by(|a, b| a.recorded().id().cmp(b.recorded().id()));
        records
    }
}

/// The orders that took effect, by what they ended.
struct Ends<'a> {
    by_number: HashMap<usize, Timestamp>,
    by_prefix: Vec<(&'a Order, Name)>,
}

impl Ends<'_> {
    fn of(log: &AuditLog) -> Ends<'_> {
        let mut ends = Ends { by_number: HashMap::new(), by_prefix: Vec::new() };
        for order in log.orders.iter().filter(|order| order.done) {
            match order.what {
                Ended::Issued(number) => {
                    let at = ends.by_number.entry(number).or_insert(order.at);
                    *at = order.at.min(*at);
                }
                Ended::Leases(prefix) => ends.by_prefix.push((order, prefix)),
                _ => {}
            }
        }
        ends
    }
}

pub(super) struct Telling<'a> {
    pub(super) log: &'a AuditLog,
    ends: Ends<'a>,
    pub(super) src: &'a Src,
    pub(super) as_of: Timestamp,
}

impl Telling<'_> {
    pub(super) fn text(&self, name: Name) -> &str {
        self.log.names.text(name)
    }

    fn texts(&self, names: impl IntoIterator<Item = Name>) -> Vec<&str> {
        let mut texts: Vec<&str> = names.into_iter().map(|name| self.text(name)).collect();
        texts.sort_unstable();
        texts
    }

    fn src(&self, file: Name) -> Src {
        self.src.at(self.text(file))
    }

    fn home(&self, name: Name) -> &str {
        self.log.homes.get(&name).map_or("", |namespace| self.text(*namespace))
    }

    /// The holder's canonical name, as the live source writes it.
    fn holder(&self, holder: Holder) -> String {
        match holder {
            Holder::Entity(id) => format!("vault-entity:{}{}", self.home(id), self.text(id)),
            Holder::Token(accessor) => {
                format!("vault-token:{}{}", self.home(accessor), self.text(accessor))
            }
            Holder::Display(name) => format!("vault-display:{}", self.text(name)),
            Holder::Login(path) => format!("vault-role:{}", self.text(path)),
            Holder::Mount(path) => format!("vault:{}", self.text(path)),
        }
    }

    fn issuance_id(&self, issued: &Issued) -> String {
        format!("issuance:vault:{}:{}", issued.kind, self.text(issued.reference))
    }

    fn used(&self, key: &UseKey, used: &Used) -> Use {
        let subject = self.holder(key.holder);
        let path = format!("{}{}", self.text(key.namespace), self.text(key.path));
        let operation = self.text(key.operation);
        let mut attrs = Attrs::new();
        let one = used.accessors.iter().next().filter(|_| used.accessors.len() == 1);
        attrs.insert("granting_policies".into(), json!(self.texts(used.policies.iter().copied())));
        attrs.insert("addresses".into(), json!(self.texts(used.addresses.iter().copied())));
        for (key, name) in [
            ("display_name", used.display),
            ("mount_type", used.mount_type),
            ("mount_accessor", used.mount_accessor),
        ] {
            attrs.extend(name.map(|name| (key.to_owned(), json!(self.text(name)))));
        }
        if used.accessors.len() > 1 {
            attrs.insert("tokens".into(), json!(used.accessors.len()));
        }
        let issued = one.and_then(|accessor| self.log.by_reference.get(accessor));
        let issued = issued.and_then(|number| self.log.issued.get(*number));
        Use {
            id: format!("use:vault:{subject}:{operation}:{path}"),
            src: self.src(used.file),
            as_of: used.last,
            subject,
            cred_ref: one.map(|accessor| self.text(*accessor).to_owned()),
            issuance_ref: issued.map(|issued| self.issuance_id(issued)),
            grant: Grant {
                system: "vault".into(),
                resource: path,
                privilege: operation.to_owned(),
                ..Grant::default()
            },
            first: Some(used.first),
            last: used.last,
            count: Some(used.count),
            attrs,
            ..Use::default()
        }
    }

    /// What somebody tried and did not get. Not a use: nothing was done.
    fn attempts(&self, holder: Holder, attempts: &Attempts) -> Resource {
        let subject = self.holder(holder);
        let paths: serde_json::Map<_, _> = attempts
            .paths
            .iter()
            .map(|(path, count)| (self.text(*path).to_owned(), json!(count)))
            .collect();
        let attrs = [
            ("first", json!(attempts.first)),
            ("last", json!(attempts.last)),
            ("denied", json!(attempts.denied)),
            ("failed", json!(attempts.failed)),
            ("unanswered", json!(attempts.unanswered)),
            ("paths", json!(paths)),
            ("addresses", json!(self.texts(attempts.addresses.iter().copied()))),
        ];
        Resource {
            id: format!("resource:vault:attempts:{subject}"),
            src: self.src(attempts.file),
            as_of: attempts.last,
            kind: "vault-attempts".into(),
            subject,
            attrs: attrs.map(|(key, value)| (key.to_owned(), value)).into(),
            ..Resource::default()
        }
    }

    fn issued(&self, number: usize, issued: &Issued) -> Issuance {
        let path = format!("{}{}", self.text(issued.namespace), self.text(issued.path));
        let mut attrs = Attrs::new();
        // The server gives what its policies allow; nobody approves each login.
        attrs.insert("auto_approved".into(), json!(true));
        if !issued.policies.is_empty() {
            let policies = self.texts(issued.policies.iter().copied());
            attrs.insert("policies".into(), json!(policies));
        }
        for (key, name) in [
            ("display_name", issued.display),
            ("token_type", issued.token_type),
            ("mount_type", issued.mount_type),
        ] {
            attrs.extend(name.map(|name| (key.to_owned(), json!(self.text(name)))));
        }
        let metadata: serde_json::Map<_, _> = issued
            .metadata
            .iter()
            .map(|(key, value)| (self.text(*key).to_owned(), json!(self.text(*value))))
            .collect();
        for key in ["owner", "ticket"] {
            attrs.extend(metadata.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        if !metadata.is_empty() {
            attrs.insert("metadata".into(), metadata.into());
        }
        Issuance {
            id: self.issuance_id(issued),
            src: self.src(issued.file),
            as_of: issued.at,
            subject: self.holder(issued.holder),
            actor: issued.actor.map(|actor| self.holder(actor)),
            grant: Grant {
                system: "vault".into(),
                resource: path,
                privilege: issued.kind.to_owned(),
                ..Grant::default()
            },
            cred: Some(CredentialRef {
                kind: issued.kind.to_owned(),
                reference: self.text(issued.reference).to_owned(),
            }),
            issued_at: issued.at,
            expires_at: match issued.expires {
                Expiry::Unknown => When::Unknown,
                Expiry::Never => When::Never,
                Expiry::At(at) => When::At(at),
            },
            ended_at: self.ended(number, issued).map_or(When::Unknown, When::At),
            attrs,
            ..Issuance::default()
        }
    }

    /// When something that was handed out was ended by order.
    fn ended(&self, number: usize, issued: &Issued) -> Option<Timestamp> {
        let lease = issued.kind == "vault-lease";
        let prefixes = self.ends.by_prefix.iter().filter(|(order, prefix)| {
            lease
                && order.at >= issued.at
                && order.namespace == issued.namespace
                && below(self.text(issued.reference), self.text(*prefix))
        });
        let by_prefix = prefixes.map(|(order, _)| order.at).min();
        self.ends.by_number.get(&number).copied().into_iter().chain(by_prefix).min()
    }

    fn revocation(&self, order: &Order) -> Revocation {
        let namespace = self.text(order.namespace);
        let credential = |reference: &str| (TargetKind::Credential, reference.to_owned());
        let ((kind, reference), subject) = match order.what {
            Ended::Issued(number) => match self.log.issued.get(number) {
                Some(issued) if issued.kind == "vault-lease" => {
                    let target = (TargetKind::Issuance, self.issuance_id(issued));
                    (target, self.holder(issued.holder))
                }
                Some(issued) => {
                    (credential(self.text(issued.reference)), self.holder(issued.holder))
                }
                None => (credential(""), String::new()),
            },
            Ended::Credential(name) => {
                (credential(self.text(name)), self.holder(Holder::Token(name)))
            }
            Ended::Lease(name) | Ended::Leases(name) => {
                let lease = self.text(name);
                let target = (TargetKind::Issuance, format!("issuance:vault:vault-lease:{lease}"));
                (target, format!("vault-lease:{namespace}{lease}"))
            }
            Ended::Login(name) => {
                let login = format!("vault-role:{namespace}{}", self.text(name));
                ((TargetKind::Identity, login.clone()), login)
            }
            Ended::Entity(name) => {
                let entity = format!("vault-entity:{namespace}{}", self.text(name));
                ((TargetKind::Identity, entity.clone()), entity)
            }
        };
        let by = order.by.map(|by| format!(" by {}", self.holder(by))).unwrap_or_default();
        Revocation {
            id: format!("revocation:vault:{reference}:{}", order.at),
            src: self.src(order.file),
            as_of: order.at,
            target: Target { kind, reference },
            subject,
            ordered_at: order.at,
            reason: Some(format!("{namespace}{}{by}", self.text(order.path))),
            effects: vec![Effect {
                system: "vault".into(),
                at: Some(order.at),
                result: if order.done { EffectResult::Done } else { EffectResult::Failed },
            }],
            ..Revocation::default()
        }
    }

    fn raw(&self) -> Resource {
        let files = self.log.files.iter().map(|file| file.name);
        Resource {
            id: "resource:vault:audit-log:raw".into(),
            src: self.src.clone(),
            as_of: self.as_of,
            kind: "vault-audit-log".into(),
            subject: "vault:sys/audit".into(),
            attrs: [
                ("log_raw".to_owned(), json!(true)),
                ("files".to_owned(), json!(self.texts(files))),
            ]
            .into(),
            ..Resource::default()
        }
    }
}

/// True for a lease below a path prefix.
fn below(lease: &str, prefix: &str) -> bool {
    lease.strip_prefix(prefix.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}
