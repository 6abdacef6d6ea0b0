//! Which organisation policies bear on which account.

use crate::evidence::{Estate, Policy};
use std::collections::{BTreeMap, HashMap};

/// The organisation's tree, as far as it was collected.
#[derive(Debug, Default)]
pub struct Organisation {
    /// Account to its nodes from the root down, itself last.
    paths: HashMap<String, Vec<String>>,
    /// Account to organisation id.
    ids: HashMap<String, String>,
    /// Management accounts, which no service control policy binds.
    management: Vec<String>,
    /// Node to the documents of its service control policies.
    scps: BTreeMap<String, Vec<usize>>,
    /// Node to the documents of its resource control policies.
    rcps: BTreeMap<String, Vec<usize>>,
}

impl Organisation {
    /// Reads `aws-account` resources and `aws-scp` policies. Account attributes: `parents` (root
    /// first), `organisation`, `management`.
    pub(super) fn build(
        estate: &Estate,
        document: impl Fn(&Policy) -> Option<usize>,
    ) -> Organisation {
        let mut tree = Organisation::default();
        for account in estate.resources.iter().filter(|r| r.kind == "aws-account") {
            let Some(id) = account.subject.strip_prefix("aws-account:") else { continue };
            let text = |name: &str| account.attrs.get(name).and_then(|v| v.as_str());
            let parents = account.attrs.get("parents").and_then(|v| v.as_array());
            let mut path: Vec<String> = parents
                .into_iter()
                .flatten()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect();
            path.push(account.subject.clone());
            tree.paths.insert(id.to_owned(), path);
            if let Some(organisation) = text("organisation") {
                tree.ids.insert(id.to_owned(), organisation.to_owned());
            }
            if account.attrs.get("management").and_then(serde_json::Value::as_bool) == Some(true) {
                tree.management.push(id.to_owned());
            }
        }
        for policy in &estate.policies {
            let nodes = match policy.language.as_str() {
                "aws-scp" => &mut tree.scps,
                "aws-rcp" => &mut tree.rcps,
                _ => continue,
            };
            let Some(document) = document(policy) else { continue };
            for node in &policy.attached_to {
                nodes.entry(node.clone()).or_default().push(document);
            }
        }
        tree
    }

    /// The documents that bind an account, one list per level that has any.
    pub(super) fn levels(&self, account: &str) -> impl Iterator<Item = &Vec<usize>> {
        let path = self.bound(account);
        path.into_iter().flatten().filter_map(|node| self.scps.get(node))
    }

    /// The documents that bind the resources of an account, one list per level that has any.
    pub(super) fn resource_levels(&self, account: &str) -> impl Iterator<Item = &Vec<usize>> {
        let path = self.bound(account);
        path.into_iter().flatten().filter_map(|node| self.rcps.get(node))
    }

    /// The nodes of an account that organisation policies bind: not the management account.
    fn bound(&self, account: &str) -> Option<&Vec<String>> {
        self.paths.get(account).filter(|_| !self.management.iter().any(|m| m == account))
    }

    /// The organisation of an account.
    pub fn id(&self, account: &str) -> Option<&str> {
        self.ids.get(account).map(String::as_str)
    }

    /// True when an account is known to be one of ours.
    pub fn has(&self, account: &str) -> bool {
        self.paths.contains_key(account)
    }

    /// True when the organisation was collected.
    pub fn is_known(&self) -> bool {
        !self.paths.is_empty()
    }
}
