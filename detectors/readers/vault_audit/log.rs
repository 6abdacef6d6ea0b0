//! The sums that are kept while a log goes by.

use super::{
    entry::{Auth, Entry, is_hash},
    event::Outcome,
    names::{Name, Names},
    sums::{Attempts, File, Holder, Issued, MAX_NAMED, Order, UseKey, Used, limited},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasher as _, RandomState},
};

/// How many holders, paths and operations are told apart.
const MAX_USES: usize = 100_000;
/// How many requests may wait for their answer.
const MAX_OPEN: usize = 100_000;
/// How many unreadable lines are named; the others are counted.
pub(super) const MAX_BAD_LINES: usize = 20;

/// A request that waits for its answer.
#[derive(Debug)]
struct Open {
    holder: Holder,
    path: Name,
    at: Timestamp,
    file: Name,
}

/// An audit log while it is read: give it the lines of its files, then take the records.
#[derive(Debug, Default)]
pub struct AuditLog {
    pub(super) names: Names,
    pub(super) files: Vec<File>,
    pub(super) uses: HashMap<UseKey, Used>,
    pub(super) attempts: HashMap<Holder, Attempts>,
    pub(super) issued: Vec<Issued>,
    pub(super) orders: Vec<Order>,
    /// In which namespace an entity or token came to be.
    pub(super) homes: HashMap<Name, Name>,
    /// True when a value stood there that the device should have hashed.
    pub(super) raw: bool,
    /// What the limits left out, in words.
    pub(super) folded: u64,
    pub(super) not_kept: u64,
    open: HashMap<u64, Open>,
    pub(super) by_reference: HashMap<Name, usize>,
    pub(super) by_token: HashMap<u64, usize>,
    namespaces: HashMap<Name, Name>,
    pub(super) hasher: RandomState,
}

impl AuditLog {
    /// Begins a file; `name` is how records and messages call it.
    pub fn file(&mut self, name: &str) {
        self.files.push(File {
            name: self.names.of(name),
            window: None,
            longest_silence: SignedDuration::ZERO,
            entries: 0,
            bad: 0,
            bad_lines: Vec::new(),
            unread: None,
        });
    }

    /// The rest of the present file cannot be read.
    pub fn unread(&mut self, why: &str) {
        if let Some(file) = self.files.last_mut() {
            file.unread = Some(why.to_owned());
        }
    }

    /// One line of the present file; `number` counts from 1. A line that is no entry is named and
    /// costs only itself. What a log collector wrote before the JSON is skipped.
    pub fn line(&mut self, number: u64, line: &[u8]) {
        let line = line.trim_ascii();
        if line.is_empty() || self.files.is_empty() {
            return;
        }
        let start = line.iter().position(|byte| *byte == b'{').unwrap_or(0);
        let parsed: Result<Entry, _> =
            serde_json::from_slice(line.get(start..).unwrap_or_default());
        let entry = match parsed {
            Ok(entry) => entry,
            // The parser's own words can quote a value.
            Err(error) => {
                let column = start + error.column();
                return self.bad(number, format!("not an audit entry, at column {column}"));
            }
        };
        match (entry.at(), &*entry.kind) {
            (None, _) => self.bad(number, "its `time` is not a time".to_owned()),
            (Some(at), "request") => self.request(&entry, at),
            (Some(at), "response") => self.response(&entry, at),
            (Some(_), _) => {
                self.bad(number, "its `type` is neither `request` nor `response`".to_owned());
            }
        }
    }

    /// A line that could not be used.
    pub fn bad(&mut self, number: u64, why: String) {
        if let Some(file) = self.files.last_mut() {
            file.bad += 1;
            if file.bad_lines.len() < MAX_BAD_LINES {
                file.bad_lines.push((number, why));
            }
        }
    }

    fn seen(&mut self, entry: &Entry, at: Timestamp) {
        if let Some(file) = self.files.last_mut() {
            file.entries += 1;
            file.window = Some(match file.window {
                Some((first, last)) => {
                    file.longest_silence = file.longest_silence.max(last.duration_until(at));
                    (first.min(at), last.max(at))
                }
                None => (at, at),
            });
        }
        if let Some(namespace) = &entry.request.namespace
            && let Some(id) = namespace.id.text()
        {
            let (id, path) = (self.names.of(id), self.names.of(entry.namespace()));
            self.namespaces.insert(id, path);
        }
        let tokens = [
            entry.request.client_token.text(),
            entry.auth.as_ref().and_then(|auth| auth.client_token.text()),
        ];
        self.raw |= tokens.into_iter().flatten().any(|token| !is_hash(token));
    }

    fn request(&mut self, entry: &Entry, at: Timestamp) {
        self.seen(entry, at);
        let Some(id) = entry.request.id.text().filter(|_| self.open.len() < MAX_OPEN) else {
            return;
        };
        let (id, path) = (self.hasher.hash_one(id), entry.shown_path());
        if let Some(holder) = self.asker(entry) {
            let open = Open { holder, path: self.names.of(&path), at, file: self.present() };
            self.open.insert(id, open);
        }
    }

    fn response(&mut self, entry: &Entry, at: Timestamp) {
        self.seen(entry, at);
        if let Some(id) = entry.request.id.text() {
            self.open.remove(&self.hasher.hash_one(id));
        }
        let path = entry.shown_path();
        let path = self.names.of(&path);
        let outcome = entry.outcome();
        let asker = self.asker(entry);
        match (outcome, asker) {
            (Outcome::Done, Some(holder)) if !entry.is_login() => {
                self.used(entry, holder, path, at)
            }
            (Outcome::Done, _) => {}
            (_, Some(holder)) => {
                let file = self.present();
                let address = entry.request.remote_address.text().map(|a| self.names.of(a));
                let attempts = self.attempts(holder, at, file);
                attempts.count(outcome, path, at);
                limited(&mut attempts.addresses, address);
            }
            (_, None) => {}
        }
        if outcome == Outcome::Done {
            self.given(entry, asker, path, at);
        }
        if outcome != Outcome::Denied {
            self.end(entry, asker, path, at, outcome == Outcome::Done);
        }
    }

    pub(super) fn present(&self) -> Name {
        // A line is only taken when there is a file.
        self.files.last().map(|file| file.name).unwrap_or_default()
    }

    fn attempts(&mut self, holder: Holder, at: Timestamp, file: Name) -> &mut Attempts {
        self.attempts.entry(holder).or_insert_with(|| Attempts {
            first: at,
            last: at,
            denied: 0,
            failed: 0,
            unanswered: 0,
            paths: BTreeMap::new(),
            addresses: BTreeSet::new(),
            file,
        })
    }

    /// Who asks; `None` for what needs no token.
    fn asker(&mut self, entry: &Entry) -> Option<Holder> {
        if entry.is_login() {
            let (mount, name) = entry.login();
            let login =
                format!("{}{mount}{}", entry.namespace(), name.as_deref().unwrap_or_default());
            let login = self.names.of(&login);
            return Some(if name.is_some() { Holder::Login(login) } else { Holder::Mount(login) });
        }
        let auth = entry.auth.as_ref()?;
        let holder = self.holder(auth)?;
        self.settle(auth, holder);
        Some(holder)
    }

    pub(super) fn holder(&mut self, auth: &Auth) -> Option<Holder> {
        let mut name = |text: &str| self.names.of(text);
        auth.entity_id
            .text()
            .map(|id| Holder::Entity(name(id)))
            .or_else(|| auth.accessor.reference().map(|accessor| Holder::Token(name(accessor))))
            .or_else(|| auth.display_name.text().map(|display| Holder::Display(name(display))))
    }

    /// The namespace of a policy that lets a token do something is the token's own, unless a login
    /// in the log says better.
    fn settle(&mut self, auth: &Auth, holder: Holder) {
        let granting = auth.policy_results.as_ref().and_then(|r| r.granting_policies.as_ref());
        let id = granting.into_iter().flatten().find_map(|policy| policy.namespace_id.text());
        let Some(id) = id.map(|id| self.names.of(id)) else { return };
        if let (Holder::Entity(key) | Holder::Token(key), Some(path)) =
            (holder, self.namespaces.get(&id))
        {
            self.homes.entry(key).or_insert(*path);
        }
    }

    fn used(&mut self, entry: &Entry, holder: Holder, path: Name, at: Timestamp) {
        let operation = self.names.of(entry.request.operation.text().unwrap_or("unknown"));
        let namespace = self.names.of(entry.namespace());
        let mut key = UseKey { holder, namespace, path, operation };
        if self.uses.len() >= MAX_USES && !self.uses.contains_key(&key) {
            key.path = self.names.of(&format!("{}*", entry.mount()));
            self.folded += 1;
        }
        let file = self.present();
        let mut name = |text: &str| self.names.of(text);
        let auth = entry.auth.as_ref();
        let accessor = auth.and_then(|auth| auth.accessor.reference()).map(&mut name);
        let address = entry.request.remote_address.text().map(&mut name);
        let display = auth.and_then(|auth| auth.display_name.text()).map(&mut name);
        let mount_type = entry.request.mount_type.text().map(&mut name);
        let mount_accessor = entry.request.mount_accessor.text().map(&mut name);
        let results = auth.and_then(|auth| auth.policy_results.as_ref());
        let granting = results.and_then(|results| results.granting_policies.as_ref());
        let policies: Vec<Name> =
            granting.into_iter().flatten().filter_map(|p| p.name.text()).map(&mut name).collect();
        let used = self.uses.entry(key).or_insert_with(|| Used {
            first: at,
            last: at,
            count: 0,
            accessors: BTreeSet::new(),
            policies: BTreeSet::new(),
            addresses: BTreeSet::new(),
            display,
            mount_type,
            mount_accessor,
            file,
        });
        used.first = used.first.min(at);
        used.last = used.last.max(at);
        used.count += 1;
        limited(&mut used.accessors, accessor);
        limited(&mut used.addresses, address);
        limited(&mut used.policies, policies);
    }

    /// Requests that never got an answer are attempts.
    pub(super) fn close(&mut self) {
        for (_, open) in std::mem::take(&mut self.open) {
            let attempts = self.attempts(open.holder, open.at, open.file);
            attempts.first = attempts.first.min(open.at);
            attempts.last = attempts.last.max(open.at);
            attempts.unanswered += 1;
            if attempts.paths.len() < MAX_NAMED || attempts.paths.contains_key(&open.path) {
                *attempts.paths.entry(open.path).or_default() += 1;
            }
        }
    }
}
