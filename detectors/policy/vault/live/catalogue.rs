//! The policies of live servers by name, and who holds them.

use super::{
    home, policies_of, tokens,
    words::{self, holder},
};
use crate::{
    evidence::{Attrs, Estate, Policy, Recorded as _, Src, Status},
    finding::{Finding, Level},
    policy::vault::{Acl, Mounts, Written, written},
};
use overstay_rules::Component;
use std::collections::{BTreeMap, BTreeSet};

/// A namespace of a server: tenant and namespace, both as evidence names them.
pub(crate) type Home<'a> = (&'a str, &'a str);

/// The policies of every namespace, with what is mounted there.
#[derive(Debug, Default)]
pub(crate) struct Catalogue<'e> {
    by_home: BTreeMap<Home<'e>, Namespace<'e>>,
}

/// One namespace.
#[derive(Debug, Default)]
pub(crate) struct Namespace<'e> {
    /// Its policies by name.
    pub(crate) policies: BTreeMap<&'e str, Written<'e>>,
    /// What is mounted there.
    pub(crate) mounts: Mounts,
}

impl<'e> Catalogue<'e> {
    /// The policies that servers answered with.
    pub(crate) fn of(estate: &'e Estate) -> Catalogue<'e> {
        let mut by_home: BTreeMap<Home, Namespace> = BTreeMap::new();
        for policy in written(estate).filter(|p| p.record.src.system == "vault") {
            let home = home(&policy.record.src, &policy.record.attrs);
            let namespace = by_home.entry(home).or_insert_with(|| Namespace {
                mounts: Mounts::of(estate, policy.record),
                ..Namespace::default()
            });
            let name = policy.record.src.reference.as_deref().unwrap_or_default();
            let name = name.strip_prefix("sys/policies/acl/").unwrap_or(name);
            namespace.policies.insert(name, policy);
        }
        Catalogue { by_home }
    }

    /// What a namespace has; `None` when none of its policies was read.
    pub(crate) fn at(&self, home: Home<'e>) -> Option<&Namespace<'e>> {
        self.by_home.get(&home)
    }
}

impl Namespace<'_> {
    /// A set of its policies, ready to answer; names that it does not have give nothing.
    pub(crate) fn acl<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Acl {
        Acl::new(names.into_iter().filter_map(|name| self.policies.get(name)).map(|w| &w.policy))
    }
}

/// Something that works now and carries policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder<'e> {
    /// `token 'legacy-job'`, `role 'auth/approle/ci'`.
    pub(crate) told: String,
    /// The id of its record.
    pub(crate) record: &'e str,
    /// Where it lives.
    pub(crate) home: Home<'e>,
    /// The policies that it has, by itself or from its groups.
    pub(crate) policies: BTreeSet<&'e str>,
}

/// Everything that carries policies on a live server: roles, users, entities and groups that are not
/// disabled, and tokens that nothing of those explains.
pub(crate) fn holders(estate: &Estate) -> Vec<Holder<'_>> {
    let live =
        |i: &&crate::evidence::Identity| i.src.system == "vault" && i.status == Status::Active;
    let groups = groups(estate);
    let mut found: Vec<Holder> = Vec::new();
    for identity in estate.identities.iter().filter(live) {
        let alias = identity.aliases.first().map_or("", String::as_str);
        let Some((kind, path)) = alias.split_once(':') else { continue };
        let home = home(&identity.src, &identity.attrs);
        let mut policies: BTreeSet<&str> = policies_of(&identity.attrs).into_iter().collect();
        let named = identity.name.as_deref().unwrap_or(path);
        let told = match kind {
            "vault-role" => format!("login '{path}'"),
            "vault-entity" => {
                let of = ["group_ids", "direct_group_ids", "inherited_group_ids"];
                let ids = of.iter().flat_map(|key| words::list(&identity.attrs, key));
                let known = ids.filter_map(|id| groups.get(&(home, id)));
                policies.extend(known.flat_map(|group| policies_of(group)));
                format!("entity '{named}'")
            }
            "vault-group" => format!("group '{named}'"),
            _ => continue,
        };
        found.push(Holder { told, record: identity.id(), home, policies });
    }
    for token in tokens(estate).filter(|t| t.src.system == "vault") {
        found.push(Holder {
            told: format!("token '{}'", holder(estate, token)),
            record: token.id(),
            home: home(&token.src, &token.attrs),
            policies: policies_of(&token.attrs).into_iter().collect(),
        });
    }
    found.retain(|holder| !holder.policies.is_empty());
    found
}

/// The attributes of every group, by its id.
fn groups(estate: &Estate) -> BTreeMap<(Home<'_>, &str), &Attrs> {
    let groups = estate.identities.iter().filter(|i| i.src.system == "vault");
    groups
        .filter_map(|i| {
            let home = home(&i.src, &i.attrs);
            let path = i.aliases.first()?.strip_prefix("vault-group:")?;
            Some(((home, path.strip_prefix(home.1).unwrap_or(path)), &i.attrs))
        })
        .collect()
}

/// How many records of holders a finding cites.
const CITED: usize = 10;
/// How many holders a message names.
const NAMED: usize = 3;

/// `login 'auth/approle/ci', token 'legacy-job' and 4 more`; each name once.
pub(crate) fn told<'h>(holders: impl IntoIterator<Item = &'h str>) -> String {
    let names: BTreeSet<&str> = holders.into_iter().collect();
    let mut shown: Vec<&str> = names.iter().take(NAMED).copied().collect();
    let more = names.len().saturating_sub(NAMED);
    let rest = format!("{more} more");
    if more > 0 {
        shown.push(&rest);
    }
    match shown.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

/// The names of a server's holders for each policy.
pub(crate) fn by_policy(estate: &Estate) -> BTreeMap<(String, String, String), Vec<Held>> {
    let mut by_policy: BTreeMap<_, Vec<Held>> = BTreeMap::new();
    for holder in holders(estate) {
        let held = Held { told: holder.told, record: holder.record.to_owned() };
        for policy in holder.policies {
            let key = (holder.home.0.to_owned(), holder.home.1.to_owned(), policy.to_owned());
            by_policy.entry(key).or_default().push(held.clone());
        }
    }
    by_policy
}

/// One holder of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// As a message says it.
    pub(crate) told: String,
    /// The id of its record.
    pub(crate) record: String,
}

/// Where a policy of a server is held: the key of [`by_policy`].
pub(crate) fn key_of(src: &Src, attrs: &Attrs) -> (String, String, String) {
    let (tenant, namespace) = home(src, attrs);
    let name = src.reference.as_deref().unwrap_or_default();
    let name = name.strip_prefix("sys/policies/acl/").unwrap_or(name);
    (tenant.to_owned(), namespace.to_owned(), name.to_owned())
}

/// Adds to a finding about a policy who holds it now.
pub(crate) fn tell_holders(estate: &Estate, policy: &Policy, finding: &mut Finding) {
    let holders = estate.vault().holders_of(policy);
    if holders.is_empty() {
        return;
    }
    let names = told(holders.iter().map(|held| held.told.as_str()));
    finding.message.push_str(&format!(" Held by {names}."));
    let records: BTreeSet<&str> = holders.iter().map(|held| held.record.as_str()).collect();
    finding.evidence.extend(records.into_iter().take(CITED).map(str::to_owned));
    finding.weigh(Component::Liveness, Level::between(2, 3, format!("it is held by {names}")));
}
