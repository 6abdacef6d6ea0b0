//! The policies of live servers and of Terraform modules, by the names that their holders use.

use super::home;
use crate::{
    evidence::{Estate, Location},
    policy::vault::{Acl, Mounts, Written, written},
};
use std::collections::BTreeMap;

/// Where names of policies mean the same: a namespace of a server, or of what one Terraform module
/// defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Home<'e> {
    /// The server's name, or the repository's.
    pub(crate) tenant: &'e str,
    /// The folder of the module; `None` for a live server.
    pub(crate) module: Option<&'e str>,
    /// The namespace, with its last slash; empty for the root.
    pub(crate) namespace: &'e str,
}

/// The folder of the file that defines something.
pub(crate) fn folder(location: Option<&Location>) -> Option<&str> {
    let path = location?.path.as_deref()?;
    Some(path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// The policies of every home, with what is mounted there.
#[derive(Debug, Default)]
pub(crate) struct Catalogue<'e> {
    by_home: BTreeMap<Home<'e>, Namespace<'e>>,
}

/// The policies of one home.
#[derive(Debug, Default)]
pub(crate) struct Namespace<'e> {
    /// By name. In a module also by the expression that names the resource, for holders in its other
    /// files.
    pub(crate) policies: BTreeMap<String, Written<'e>>,
    /// What is mounted there.
    pub(crate) mounts: Mounts,
}

impl<'e> Catalogue<'e> {
    /// The policies that servers answered with.
    pub(crate) fn live(estate: &'e Estate) -> Catalogue<'e> {
        let mut catalogue = Catalogue::default();
        for policy in written(estate).filter(|p| p.record.src.system == "vault") {
            let home = home(&policy.record.src, &policy.record.attrs);
            let name = policy.record.src.reference.as_deref().unwrap_or_default();
            let name = name.strip_prefix("sys/policies/acl/").unwrap_or(name).to_owned();
            catalogue.add(estate, home, name, policy);
        }
        catalogue
    }

    /// The policies that Terraform modules define.
    pub(crate) fn defined(estate: &'e Estate) -> Catalogue<'e> {
        let mut catalogue = Catalogue::default();
        let defined = |p: &Written| p.record.attrs.contains_key("terraform");
        for policy in written(estate).filter(defined) {
            let record = policy.record;
            let module = folder(record.location.as_ref());
            let home = Home { module, ..home(&record.src, &record.attrs) };
            let name = policy.name().to_owned();
            // A name that is computed stands for one of many.
            if !name.contains('<') {
                catalogue.add(estate, home, name, Written { policy: policy.policy, record });
            }
            let address = record.attrs.get("terraform").and_then(|a| a.as_str());
            if let Some(address) = address {
                catalogue.add(estate, home, format!("<{address}.name>"), policy);
            }
        }
        catalogue
    }

    fn add(&mut self, estate: &Estate, home: Home<'e>, name: String, policy: Written<'e>) {
        let namespace = self.by_home.entry(home).or_insert_with(|| Namespace {
            mounts: Mounts::of(estate, policy.record),
            ..Namespace::default()
        });
        namespace.policies.insert(name, policy);
    }

    /// What a home has; `None` when none of its policies was read.
    pub(crate) fn at(&self, home: Home<'e>) -> Option<&Namespace<'e>> {
        self.by_home.get(&home)
    }
}

impl Namespace<'_> {
    /// A set of its policies, ready to answer; names that it does not have give nothing.
    pub(crate) fn acl<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Acl {
        Acl::new(names.into_iter().filter_map(|name| self.policies.get(name)).map(|w| w.policy))
    }
}
