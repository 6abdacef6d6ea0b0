//! Which names are one: union-find that never joins what must stay apart.

use super::{Canonical, Conflict, Link, NOT, Reuse, is_immutable, node_name};
use crate::evidence::record::Identity;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Union-find over names, with the immutable ids that each group holds.
#[derive(Default)]
pub(super) struct Graph {
    nodes: HashMap<(String, Option<Timestamp>), usize>,
    names: Vec<(String, Option<Timestamp>)>,
    parent: Vec<usize>,
    ids: Vec<BTreeSet<String>>,
    /// For each group, the names that the register says it is not.
    apart: Vec<Vec<usize>>,
}

impl Graph {
    pub(super) fn node(&mut self, name: &str, until: Option<Timestamp>) -> usize {
        let key = (name.to_owned(), until);
        if let Some(node) = self.nodes.get(&key) {
            return *node;
        }
        let node = self.parent.len();
        self.parent.push(node);
        self.ids.push(if is_immutable(name) { [name.to_owned()].into() } else { BTreeSet::new() });
        self.apart.push(Vec::new());
        self.names.push(key.clone());
        self.nodes.insert(key, node);
        node
    }

    /// Takes note of the names that register entries say they are not.
    pub(super) fn keep_apart(&mut self, records: &[&Identity]) {
        for record in records.iter().filter(|r| r.src.system == "register") {
            let Some(first) = record.aliases.first() else { continue };
            let others = record.attrs.get(NOT).and_then(|names| names.as_array());
            for other in others.into_iter().flatten().filter_map(|name| name.as_str()) {
                let one = self.node(&node_name(first), None);
                let other = self.node(&node_name(other), None);
                self.apart[one].push(other);
                self.apart[other].push(one);
            }
        }
    }

    /// Joins two names, or names the two that forbid it: immutable ids, or what the register keeps
    /// apart.
    pub(super) fn join(
        &mut self,
        left: usize,
        right: usize,
        forced: bool,
    ) -> Result<(), (String, String)> {
        let (mut a, mut b) = (find(&mut self.parent, left), find(&mut self.parent, right));
        if a == b {
            return Ok(());
        }
        let (few, many) = if self.apart[a].len() < self.apart[b].len() { (a, b) } else { (b, a) };
        let parent = &mut self.parent;
        if let Some(foe) = self.apart[few].iter().find(|foe| find(parent, **foe) == many) {
            let names = (
                self.names[*foe].0.clone(),
                self.names[if many == a { right } else { left }].0.clone(),
            );
            return Err(if names.0 <= names.1 { names } else { (names.1, names.0) });
        }
        if self.ids[a].len() < self.ids[b].len() {
            (a, b) = (b, a);
        }
        if !forced {
            for id in &self.ids[b] {
                let namespace = &id[..=id.find(':').unwrap_or_default()];
                let other = self.ids[a].range(namespace.to_owned()..).next();
                if let Some(other) = other.filter(|o| o.starts_with(namespace) && *o != id) {
                    return Err((other.clone().min(id.clone()), other.clone().max(id.clone())));
                }
            }
        }
        let moved = std::mem::take(&mut self.ids[b]);
        self.ids[a].extend(moved);
        let moved = std::mem::take(&mut self.apart[b]);
        self.apart[a].extend(moved);
        self.parent[b] = a;
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        links: Vec<Link>,
        conflicts: Vec<Conflict>,
        reuses: Vec<Reuse>,
    ) -> Canonical {
        let roots: Vec<usize> = (0..self.names.len()).map(|i| find(&mut self.parent, i)).collect();
        let mut best: BTreeMap<usize, (String, Option<Timestamp>)> = BTreeMap::new();
        for (node, root) in roots.iter().enumerate() {
            let name = best.entry(*root).or_insert_with(|| self.names[node].clone());
            if rank(&self.names[node]) < rank(name) {
                *name = self.names[node].clone();
            }
        }
        let mut order: Vec<(&(String, Option<Timestamp>), usize)> =
            best.iter().map(|(root, name)| (name, *root)).collect();
        order.sort_unstable();
        let position: HashMap<usize, usize> =
            order.iter().enumerate().map(|(i, (_, root))| (*root, i)).collect();
        let names = order
            .iter()
            .map(|((name, until), _)| match until {
                Some(until) => format!("{name} (until {})", until.strftime("%Y-%m-%d")),
                None => name.clone(),
            })
            .collect();
        let mut index = HashMap::with_capacity(self.names.len());
        let mut former: HashMap<String, Vec<(Timestamp, usize)>> = HashMap::new();
        for ((name, until), root) in self.names.into_iter().zip(&roots) {
            match until {
                Some(until) => former.entry(name).or_default().push((until, position[root])),
                None => _ = index.insert(name, position[root]),
            }
        }
        for lives in former.values_mut() {
            lives.sort_unstable();
        }
        Canonical { index, names, links, conflicts, reuses, former }
    }
}

/// Which of an identity's names stands for it: one that people can read before an object id, then the
/// first in order.
fn rank(name: &(String, Option<Timestamp>)) -> (bool, &(String, Option<Timestamp>)) {
    let namespace = name.0.split(':').next().unwrap_or_default();
    (["-id", "-oid", "-uid"].iter().any(|end| namespace.ends_with(end)), name)
}

fn find(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}
