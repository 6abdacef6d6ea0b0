//! Canonical identity: which names are one identity, and why.

use super::record::Identity;
use serde::Serialize;
use std::collections::HashMap;

/// How a link between two names came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMethod {
    /// The identity register says so.
    Register,
    /// One system lists both names for one identity.
    Asserted,
}

/// How far a link can be trusted. Weak links never raise a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkClass {
    /// A suggestion.
    Weak,
    /// Very probably right.
    Strong,
    /// Certain.
    Exact,
}

/// Why two names are one identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Link {
    /// One name.
    pub left: String,
    /// The other.
    pub right: String,
    /// How.
    pub method: LinkMethod,
    /// How surely.
    pub class: LinkClass,
    /// The record that says so.
    pub evidence: String,
}

/// Every name that evidence uses, and the identity it belongs to.
#[derive(Debug, Default)]
pub struct Canonical {
    index: HashMap<String, usize>,
    names: Vec<String>,
    links: Vec<Link>,
}

impl Canonical {
    /// Resolves the aliases of all identity records; the result does not depend on their order.
    pub fn resolve(identities: &[Identity]) -> Canonical {
        let mut nodes: HashMap<&str, usize> = HashMap::new();
        let mut parent: Vec<usize> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        let mut links = Vec::new();
        for identity in identities {
            let mut first: Option<usize> = None;
            for alias in &identity.aliases {
                let node = *nodes.entry(alias).or_insert_with(|| {
                    parent.push(parent.len());
                    names.push(alias);
                    parent.len() - 1
                });
                let Some(other) = first else {
                    first = Some(node);
                    continue;
                };
                let (a, b) = (find(&mut parent, other), find(&mut parent, node));
                parent[a] = b;
                links.push(Link {
                    left: identity.aliases[0].clone(),
                    right: alias.clone(),
                    method: LinkMethod::Asserted,
                    class: LinkClass::Exact,
                    evidence: identity.id.clone(),
                });
            }
        }
        let roots: Vec<usize> = (0..names.len()).map(|i| find(&mut parent, i)).collect();
        let mut best: HashMap<usize, &str> = HashMap::new();
        for (node, root) in roots.iter().enumerate() {
            let name = best.entry(*root).or_insert(names[node]);
            *name = (*name).min(names[node]);
        }
        let mut canonical: Vec<&str> = best.values().copied().collect();
        canonical.sort_unstable();
        let position: HashMap<&str, usize> =
            canonical.iter().enumerate().map(|(i, name)| (*name, i)).collect();
        let index = names
            .iter()
            .zip(&roots)
            .map(|(name, root)| ((*name).to_owned(), position[best[root]]))
            .collect();
        links.sort();
        links.dedup();
        Canonical { index, names: canonical.into_iter().map(str::to_owned).collect(), links }
    }

    /// The number of the identity that a name belongs to; `None` for a name that no directory knows.
    pub fn get(&self, alias: &str) -> Option<usize> {
        self.index.get(alias).copied()
    }

    /// The canonical name of an alias; the alias itself when nobody knows it.
    pub fn name<'a>(&'a self, alias: &'a str) -> &'a str {
        self.get(alias).map_or(alias, |i| &self.names[i])
    }

    /// True when both names belong to one identity.
    pub fn same(&self, left: &str, right: &str) -> bool {
        left == right || self.get(left).is_some_and(|l| self.get(right) == Some(l))
    }

    /// Every link, sorted.
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}

fn find(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: &str, aliases: &[&str]) -> Identity {
        Identity {
            id: id.into(),
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            ..Identity::default()
        }
    }

    #[test]
    fn shared_aliases_make_one_identity_in_any_order() {
        let mut records = vec![
            identity("1", &["b:x", "c:y"]),
            identity("2", &["c:y", "a:z"]),
            identity("3", &["d:w"]),
        ];
        let forward = Canonical::resolve(&records);
        records.reverse();
        let backward = Canonical::resolve(&records);
        for canonical in [&forward, &backward] {
            assert_eq!(canonical.name("b:x"), "a:z");
            assert!(canonical.same("b:x", "a:z") && !canonical.same("b:x", "d:w"));
            assert_eq!(canonical.name("e:unknown"), "e:unknown");
        }
        assert_eq!(forward.links().len(), 2);
    }
}
