//! What is kept of a log: one sum for each kind of request, and what was handed out and ended.

use super::{event::Outcome, names::Name};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How many addresses, policies and paths one record names.
pub(super) const MAX_NAMED: usize = 32;

/// Who holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Holder {
    /// An entity, by its id.
    Entity(Name),
    /// A token without entity, by its accessor.
    Token(Name),
    /// A token without entity and accessor, by its display name.
    Display(Name),
    /// The role or user of an auth mount, with the namespace, as the live source names it.
    Login(Name),
    /// Whoever tried to log in at an auth mount without saying by name as whom.
    Mount(Name),
}

/// Requests of one kind by one holder.
#[derive(Debug)]
pub(super) struct Used {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) count: u64,
    pub(super) accessors: BTreeSet<Name>,
    pub(super) policies: BTreeSet<Name>,
    pub(super) addresses: BTreeSet<Name>,
    pub(super) display: Option<Name>,
    pub(super) mount_type: Option<Name>,
    pub(super) mount_accessor: Option<Name>,
    pub(super) file: Name,
}

/// What makes requests alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct UseKey {
    pub(super) holder: Holder,
    pub(super) namespace: Name,
    pub(super) path: Name,
    pub(super) operation: Name,
}

/// Requests of one holder that were not done.
#[derive(Debug)]
pub(super) struct Attempts {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) denied: u64,
    pub(super) failed: u64,
    pub(super) unanswered: u64,
    pub(super) paths: BTreeMap<Name, u64>,
    pub(super) addresses: BTreeSet<Name>,
    pub(super) file: Name,
}

/// A token, lease, secret id or certificate that was handed out.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) kind: &'static str,
    pub(super) reference: Name,
    pub(super) holder: Holder,
    pub(super) actor: Option<Holder>,
    pub(super) namespace: Name,
    pub(super) path: Name,
    pub(super) at: Timestamp,
    pub(super) expires: Expiry,
    pub(super) policies: Vec<Name>,
    pub(super) metadata: Vec<(Name, Name)>,
    pub(super) display: Option<Name>,
    pub(super) token_type: Option<Name>,
    pub(super) mount_type: Option<Name>,
    pub(super) file: Name,
}

/// When something runs out, as far as the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Unknown,
    Never,
    At(Timestamp),
}

/// What an order wants to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The number of the issued thing.
    Issued(usize),
    /// A credential that this log did not see handed out, by its accessor or a hash.
    Credential(Name),
    Lease(Name),
    Leases(Name),
    Login(Name),
    Entity(Name),
}

/// An order to end something.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) what: Ended,
    pub(super) by: Option<Holder>,
    pub(super) namespace: Name,
    pub(super) path: Name,
    pub(super) at: Timestamp,
    pub(super) done: bool,
    pub(super) file: Name,
}

/// One file of the log.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: Name,
    pub(super) window: Option<(Timestamp, Timestamp)>,
    pub(super) longest_silence: SignedDuration,
    pub(super) entries: u64,
    pub(super) bad: u64,
    pub(super) bad_lines: Vec<(u64, String)>,
    pub(super) unread: Option<String>,
}

impl Attempts {
    pub(super) fn count(&mut self, outcome: Outcome, path: Name, at: Timestamp) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
        match outcome {
            Outcome::Denied => self.denied += 1,
            Outcome::Failed | Outcome::Done => self.failed += 1,
        }
        if self.paths.len() < MAX_NAMED || self.paths.contains_key(&path) {
            *self.paths.entry(path).or_default() += 1;
        }
    }
}

/// Adds names up to [`MAX_NAMED`].
pub(super) fn limited(names: &mut BTreeSet<Name>, more: impl IntoIterator<Item = Name>) {
    for name in more {
        if names.len() < MAX_NAMED {
            names.insert(name);
        }
    }
}
