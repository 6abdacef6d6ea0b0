//! The records of each identity, found in constant time.

use super::{
    estate::Estate,
    record::{
        Credential, Entitlement, Exception, Exposure, Identity, Issuance, Observed, Review,
        Revocation, Trust, Use,
    },
};
use jiff::Timestamp;
use std::collections::HashMap;

/// An identity by its number. Numbers below `Canonical::len` are known to a directory; the others
/// are names that only grants, approvals or uses mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who(u32);

impl Who {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which records belong to which number: one list of record positions, cut into runs.
#[derive(Debug, Default)]
pub(super) struct Groups {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Groups {
    /// Groups records by number; `members` names the number of each record, in record order.
    fn build(numbers: usize, members: &[(u32, u32)]) -> Groups {
        let mut starts = vec![0u32; numbers + 1];
        for (number, _) in members {
            starts[*number as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut items = vec![0u32; members.len()];
        for (number, record) in members {
            let slot = &mut next[*number as usize];
            items[*slot as usize] = *record;
            *slot += 1;
        }
        Groups { starts, items }
    }

    fn of(&self, number: usize) -> &[u32] {
        match (self.starts.get(number), self.starts.get(number + 1)) {
            (Some(from), Some(to)) => &self.items[*from as usize..*to as usize],
            _ => &[],
        }
    }
}

/// The records of each identity and of each credential reference.
#[derive(Debug, Default)]
pub struct Index {
    /// Names that no directory knows.
    unknown: HashMap<String, u32>,
    unknown_names: Vec<String>,
    known: u32,
    identities: Groups,
    credentials: Groups,
    observed: Groups,
    entitlements: Groups,
    reviews: Groups,
    issuances: Groups,
    uses: Groups,
    revocations: Groups,
    exceptions: Groups,
    trusts: Groups,
    observed_subjects: Vec<u32>,
    /// Credential references: ids, accessors, fingerprints.
    refs: HashMap<String, u32>,
    ref_observed: Groups,
    ref_credentials: Groups,
    ref_exposures: Groups,
}

struct Builder<'a> {
    estate: &'a Estate,
    index: Index,
}

impl Builder<'_> {
    fn number(&mut self, name: &str, at: Option<Timestamp>) -> u32 {
        let known = match at {
            Some(at) => self.estate.canonical.get_at(name, at),
            None => self.estate.canonical.get(name),
        };
        if let Some(who) = known {
            return count(who);
        }
        if let Some(who) = self.index.unknown.get(name) {
            return *who;
        }
        let who = self.index.known + count(self.index.unknown_names.len());
        self.index.unknown.insert(name.to_owned(), who);
        self.index.unknown_names.push(name.to_owned());
        who
    }

    fn reference(&mut self, name: &str) -> u32 {
        if let Some(number) = self.index.refs.get(name) {
            return *number;
        }
        let number = count(self.index.refs.len());
        self.index.refs.insert(name.to_owned(), number);
        number
    }

    /// The number of each record's subject, in record order.
    fn subjects<T>(
        &mut self,
        records: &[T],
        subject: impl Fn(&T) -> (&str, Option<Timestamp>),
    ) -> Vec<(u32, u32)> {
        records
            .iter()
            .enumerate()
            .map(|(i, record)| {
                let (name, at) = subject(record);
                (self.number(name, at), count(i))
            })
            .collect()
    }

    /// The number of each record's credential references, where it has any.
    fn references<T>(&mut self, records: &[T], names: impl Fn(&T) -> Vec<&str>) -> Vec<(u32, u32)> {
        let mut members = Vec::new();
        for (i, record) in records.iter().enumerate() {
            let mut numbers: Vec<u32> = names(record)
                .into_iter()
                .filter(|n| !n.is_empty())
                .map(|n| self.reference(n))
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            members.extend(numbers.into_iter().map(|number| (number, count(i))));
        }
        members
    }
}

impl Index {
    /// Indexes the records of an estate whose names are resolved.
    pub(super) fn build(estate: &Estate) -> Index {
        let known = count(estate.canonical.len());
        let mut b = Builder { estate, index: Index { known, ..Index::default() } };
        let identities = {
            let mut members = Vec::new();
            for (i, record) in estate.identities.iter().enumerate() {
                let at = record.created_at.or(record.status_at);
                if let Some(first) = record.aliases.first() {
                    members.push((b.number(first, at), count(i)));
                }
            }
            members
        };
        let entitlements = b.subjects(&estate.entitlements, |e| {
            (&e.subject, e.approvals.iter().map(|a| a.at).max().or(e.not_before))
        });
        let observed = b.subjects(&estate.observed, |o| (&o.subject, o.created_at));
        let credentials = b.subjects(&estate.credentials, |c| (&c.subject, c.created_at));
        let reviews = b.subjects(&estate.reviews, |r| (&r.subject, Some(r.decided_at)));
        let issuances = b.subjects(&estate.issuances, |i| (&i.subject, Some(i.issued_at)));
        let uses = b.subjects(&estate.uses, |u| (&u.subject, Some(u.last)));
        let revocations = b.subjects(&estate.revocations, |r| (&r.subject, Some(r.ordered_at)));
        let exceptions = b.subjects(&estate.exceptions, |e| (&e.subject, e.not_before));
        let trusts = b.subjects(&estate.trusts, |t| (&t.target, None));
        let ref_observed = b.references(&estate.observed, |o| {
            o.cred.iter().map(|c| c.reference.as_str()).collect()
        });
        let ref_credentials = b.references(&estate.credentials, |c| {
            let public = ["hashed_token", "public_key", "role_id", "thumbprint", "token_id"];
            let named = public.iter().filter_map(|n| c.attrs.get(*n)?.as_str());
            [Some(c.id.as_str()), c.key_id.as_deref(), c.fingerprint.as_deref()]
                .into_iter()
                .flatten()
                .chain(named)
                .collect()
        });
        let ref_exposures = b.references(&estate.exposures, |e| vec![e.fingerprint.as_str()]);
        let mut index = b.index;
        let who = known as usize + index.unknown_names.len();
        let refs = index.refs.len();
        index.observed_subjects = observed.iter().map(|(who, _)| *who).collect();
        index.identities = Groups::build(who, &identities);
        index.credentials = Groups::build(who, &credentials);
        index.observed = Groups::build(who, &observed);
        index.entitlements = Groups::build(who, &entitlements);
        index.reviews = Groups::build(who, &reviews);
        index.issuances = Groups::build(who, &issuances);
        index.uses = Groups::build(who, &uses);
        index.revocations = Groups::build(who, &revocations);
        index.exceptions = Groups::build(who, &exceptions);
        index.trusts = Groups::build(who, &trusts);
        index.ref_observed = Groups::build(refs, &ref_observed);
        index.ref_credentials = Groups::build(refs, &ref_credentials);
        index.ref_exposures = Groups::build(refs, &ref_exposures);
        index
    }
}

/// One accessor per kind: the records of one identity, in order of their ids.
macro_rules! records_of {
    ($($(#[$doc:meta])* $name:ident: $groups:ident of $records:ident: $type:ty,)*) => {
        impl Estate {
            $(
                $(#[$doc])*
                pub fn $name(&self, who: Who) -> impl DoubleEndedIterator<Item = &$type> + Clone {
                    self.index.$groups.of(who.index()).iter().map(|i| &self.$records[*i as usize])
                }
            )*
        }
    };
}

records_of! {
    /// What the directories say of an identity.
    identities_of: identities of identities: Identity,
    /// Its keys, secrets, tokens.
    credentials_of: credentials of credentials: Credential,
    /// Its grants in the runtime.
    observed_of: observed of observed: Observed,
    /// Its approvals.
    entitlements_of: entitlements of entitlements: Entitlement,
    /// Its certifications.
    reviews_of: reviews of reviews: Review,
    /// Its elevations and leases.
    issuances_of: issuances of issuances: Issuance,
    /// What it did.
    uses_of: uses of uses: Use,
    /// What was ordered to end.
    revocations_of: revocations of revocations: Revocation,
    /// What was allowed to deviate.
    exceptions_of: exceptions of exceptions: Exception,
    /// Who may become it.
    trusts_of: trusts of trusts: Trust,
}

impl Estate {
    /// The identity that a name belongs to, also when no directory knows it; `None` for a name that
    /// no evidence mentions as a subject.
    pub fn who(&self, name: &str) -> Option<Who> {
        let known = self.canonical.get(name).map(count);
        known.or_else(|| self.index.unknown.get(name).copied()).map(Who)
    }

    /// The identity that a name belonged to at a moment.
    pub fn who_at(&self, name: &str, at: Timestamp) -> Option<Who> {
        let known = self.canonical.get_at(name, at).map(count);
        known.or_else(|| self.index.unknown.get(name).copied()).map(Who)
    }

    /// Every identity that evidence speaks of.
    pub fn everybody(&self) -> impl Iterator<Item = Who> + Clone + use<> {
        (0..self.index.known + count(self.index.unknown_names.len())).map(Who)
    }

    /// True when a directory lists the identity.
    pub fn is_known(&self, who: Who) -> bool {
        who.0 < self.index.known
    }

    /// The canonical name of an identity.
    pub fn name_of(&self, who: Who) -> &str {
        if self.is_known(who) {
            self.canonical.name_of(who.index())
        } else {
            let i = who.index() - self.index.known as usize;
            self.index.unknown_names.get(i).map_or("", String::as_str)
        }
    }

    /// Every grant in the runtime with the identity that holds it.
    pub fn grants(&self) -> impl Iterator<Item = (Who, &Observed)> {
        self.index.observed_subjects.iter().map(|who| Who(*who)).zip(&self.observed)
    }

    /// The entitlement with an id.
    pub fn entitlement(&self, id: &str) -> Option<&Entitlement> {
        by_id(&self.entitlements, |e| &e.id, id)
    }

    /// The issuance with an id.
    pub fn issuance(&self, id: &str) -> Option<&Issuance> {
        by_id(&self.issuances, |i| &i.id, id)
    }

    /// The grants that a credential carries, by its id, accessor or fingerprint.
    pub fn observed_with(&self, reference: &str) -> impl Iterator<Item = &Observed> {
        self.referred(&self.index.ref_observed, reference)
            .iter()
            .map(|i| &self.observed[*i as usize])
    }

    /// The credentials with an id, key id or fingerprint.
    pub fn credentials_with(&self, reference: &str) -> impl Iterator<Item = &Credential> {
        let found = self.referred(&self.index.ref_credentials, reference);
        found.iter().map(|i| &self.credentials[*i as usize])
    }

    /// The exposures of a value, by its keyed fingerprint.
    pub fn exposures_with(&self, fingerprint: &str) -> impl Iterator<Item = &Exposure> {
        let found = self.referred(&self.index.ref_exposures, fingerprint);
        found.iter().map(|i| &self.exposures[*i as usize])
    }

    fn referred<'a>(&self, groups: &'a Groups, reference: &str) -> &'a [u32] {
        self.index.refs.get(reference).map_or(&[], |number| groups.of(*number as usize))
    }
}

/// The record with an id, in a list sorted by id.
fn by_id<'a, T>(records: &'a [T], id_of: impl Fn(&T) -> &str, id: &str) -> Option<&'a T> {
    let at = records.partition_point(|r| id_of(r) < id);
    records.get(at).filter(|r| id_of(r) == id)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
