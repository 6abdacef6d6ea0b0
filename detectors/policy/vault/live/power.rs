//! What a set of policies lets its holder do on its server: the privilege of a token, role or entity.

use super::{
    catalogue::{Catalogue, Home, Namespace},
    holders::{self, Held},
    home,
};
use crate::{
    evidence::{Attrs, Estate, Policy, Src},
    finding::Level,
    policy::vault::{
        Acl, Capability, VaultPolicy, all_secrets, escalations, resolve, root_equivalent,
    },
};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How much a set of policies gives, 0 to 4, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Power {
    /// The least it gives.
    pub(crate) least: u8,
    /// The most it may give.
    pub(crate) most: u8,
    /// Fits after "because".
    pub(crate) why: String,
}

impl Power {
    fn exactly(level: u8, why: impl Into<String>) -> Power {
        Power { least: level, most: level, why: why.into() }
    }

    /// As a component of a vector.
    pub(crate) fn level(&self) -> Level {
        Level::between(self.least, self.most, self.why.clone())
    }
}

/// Every set of policies that some token, role, entity or group of the estate has, judged once.
#[derive(Debug, Default)]
pub struct Powers {
    by_set: BTreeMap<(String, String, Vec<String>), Power>,
    holders: BTreeMap<(String, String, String), Vec<Held>>,
}

impl Powers {
    /// Judges every set of policies of the estate.
    pub(crate) fn build(estate: &Estate) -> Powers {
        let catalogue = Catalogue::live(estate);
        let credentials = estate.credentials.iter().map(|c| (&c.src, &c.attrs));
        let identities = estate.identities.iter().map(|i| (&i.src, &i.attrs));
        let trusts = estate.trusts.iter().map(|t| (&t.src, &t.attrs));
        let sets: BTreeSet<(Home, Vec<&str>)> = credentials
            .chain(identities)
            .chain(trusts)
            .filter(|(src, _)| src.system == "vault")
            .map(|(src, attrs)| (home(src, attrs), policies_of(attrs)))
            .collect();
        let by_set = sets
            .into_par_iter()
            .map(|(home, names)| {
                let power = judge(&names, catalogue.at(home));
                let names = names.into_iter().map(str::to_owned).collect();
                ((home.tenant.to_owned(), home.namespace.to_owned(), names), power)
            })
            .collect();
        Powers { by_set, holders: holders::by_policy(estate) }
    }

    /// What the policies that a record names give.
    pub(crate) fn of(&self, src: &Src, attrs: &Attrs) -> Power {
        let Home { tenant, namespace, .. } = home(src, attrs);
        let names = policies_of(attrs).into_iter().map(str::to_owned).collect();
        let key = (tenant.to_owned(), namespace.to_owned(), names);
        let unread = Power { least: 0, most: 4, why: "its policies were not read".into() };
        self.by_set.get(&key).cloned().unwrap_or(unread)
    }

    /// What works now and has a policy of a server.
    pub(crate) fn holders_of(&self, policy: &Policy) -> &[Held] {
        let key = holders::key_of(&policy.src, &policy.attrs);
        let live = policy.src.system == "vault";
        self.holders.get(&key).filter(|_| live).map_or(&[], Vec::as_slice)
    }
}

/// The names of the policies that a token, role, entity or group has, sorted.
pub(crate) fn policies_of(attrs: &Attrs) -> Vec<&str> {
    let lists = ["policies", "identity_policies", "token_policies"];
    let names = lists.iter().filter_map(|key| attrs.get(*key)?.as_array()).flatten();
    let names: BTreeSet<&str> = names.filter_map(Value::as_str).collect();
    names.into_iter().collect()
}

fn judge(names: &[&str], namespace: Option<&Namespace>) -> Power {
    if names.contains(&"root") {
        return Power::exactly(4, "the root policy allows everything");
    }
    let asked = names.iter().filter(|name| **name != "default").count();
    let unread = Power { least: 0, most: 4, why: "its policies were not read".into() };
    let nothing = Namespace::default();
    let Namespace { policies, mounts } = match namespace {
        Some(namespace) => namespace,
        None if asked > 0 => return unread,
        None => &nothing,
    };
    let found = names.iter().filter_map(|name| policies.get(*name));
    let resolved: Vec<VaultPolicy> = found.map(|written| resolve(written.policy, None)).collect();
    let acl = Acl::new(resolved.iter());
    if root_equivalent(&acl).is_some() {
        return Power::exactly(4, "its policies allow everything");
    }
    let strongest =
        escalations(&acl, mounts).into_iter().max_by_key(|e| (e.sink.privilege, e.certain));
    if let Some(escalation) = strongest.filter(|e| e.sink.privilege >= 3) {
        return Power::exactly(escalation.sink.privilege, format!("it can {}", escalation.can()));
    }
    if let Some(all) = all_secrets(&acl, mounts).first() {
        return Power::exactly(3, format!("it reaches every secret of `{}`", all.mount));
    }
    let touches = |wanted: &[Capability]| {
        acl.patterns().find(|p| {
            let own = ["sys/", "auth/token/", "identity/", "cubbyhole/"];
            wanted.iter().any(|c| p.capabilities.has(*c))
                && !own.iter().any(|start| p.pattern.starts_with(start))
        })
    };
    let write = [Capability::Create, Capability::Update, Capability::Patch, Capability::Delete];
    if let Some(pattern) = touches(&write) {
        return Power { least: 2, most: 3, why: format!("it writes `{}`", pattern.pattern) };
    }
    if let Some(pattern) = touches(&[Capability::Read]) {
        return Power { least: 2, most: 3, why: format!("it reads `{}`", pattern.pattern) };
    }
    Power { least: 0, most: 1, why: "its policies reach no secret".into() }
}
