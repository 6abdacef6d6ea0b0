//! Facts of other answers that one answer needs: whether the holder of a token is switched off,
//! whether a policy that it names exists, what its role says today.

use super::{Answer, mounts::seconds, values::text};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A path in a namespace.
type Place<'a> = (&'a str, &'a str);

/// All answers, by what they are asked for.
#[derive(Debug, Default)]
pub(super) struct Directory<'a> {
    /// Entities by their ids, those merged into them included: whether they are disabled.
    disabled: HashMap<Place<'a>, bool>,
    /// The ids of the entities, where they were listed.
    entities: HashMap<&'a str, HashSet<&'a str>>,
    /// The names of the policies, where they were listed.
    policies: HashMap<&'a str, HashSet<&'a str>>,
    /// Every plain read.
    reads: HashMap<Place<'a>, &'a Value>,
    /// For each accessor, how the audit devices write it.
    hashes: HashMap<&'a str, BTreeSet<&'a str>>,
    /// For each AppRole, the entity that logged in with its present role id.
    approles: HashMap<(&'a str, String), (&'a str, &'a str)>,
}

impl<'a> Directory<'a> {
    pub(super) fn read(answers: &'a [Answer]) -> Directory<'a> {
        let mut directory = Directory::default();
        for answer in answers {
            let namespace = answer.namespace.as_str();
            if answer.list {
                directory.list(answer);
            } else if answer.body.is_null() {
                continue;
            } else if answer.path.starts_with("identity/entity/id/") {
                directory.entity(namespace, answer.data());
            } else if answer.path.starts_with("sys/audit-hash/") {
                directory.hash(answer);
            } else if answer.asked.is_null() {
                directory.reads.insert((namespace, &answer.path), answer.data());
            }
        }
        directory
    }

    fn list(&mut self, answer: &'a Answer) {
        let namespace = answer.namespace.as_str();
        let names = match answer.path.as_str() {
            "sys/policies/acl" | "sys/policies/detailed/acl" => {
                self.policies.entry(namespace).or_default()
            }
            "identity/entity/id" => self.entities.entry(namespace).or_default(),
            _ => return,
        };
        let keys = answer.data().get("keys").and_then(Value::as_array).into_iter().flatten();
        names.extend(keys.filter_map(Value::as_str));
    }

    fn hash(&mut self, answer: &'a Answer) {
        let hash = answer.data().get("hash").and_then(Value::as_str);
        let accessor = answer.asked.get("input").and_then(Value::as_str);
        if let Some((accessor, hash)) = accessor.zip(hash) {
            self.hashes.entry(accessor).or_default().insert(hash);
        }
    }

    fn entity(&mut self, namespace: &'a str, entity: &'a Value) {
        let disabled = entity.get("disabled").and_then(Value::as_bool) == Some(true);
        let Some(id) = entity.get("id").and_then(Value::as_str) else { return };
        let merged = entity.get("merged_entity_ids").and_then(Value::as_array);
        let merged = merged.into_iter().flatten().filter_map(Value::as_str);
        for id in merged.chain([id]) {
            self.disabled.insert((namespace, id), disabled);
        }
        for (role, since) in approle_aliases(entity) {
            let newest = self.approles.entry((namespace, role)).or_insert((since, id));
            *newest = (*newest).max((since, id));
        }
    }

    /// True when the server refuses what this entity asks for, because it is disabled or deleted;
    /// `None` when the entities were not read.
    pub(super) fn is_refused(&self, namespace: &str, entity: &str) -> Option<bool> {
        let known = self.disabled.get(&(namespace, entity)).copied();
        known.or_else(|| Some(!self.entities.get(namespace)?.contains(entity)))
    }

    /// How the audit devices write an accessor, as far as the server was asked.
    pub(super) fn hashes(&self, accessor: &str) -> Option<&BTreeSet<&'a str>> {
        self.hashes.get(accessor)
    }

    /// Whether a policy exists; `None` when the policies were not listed.
    pub(super) fn has_policy(&self, namespace: &str, name: &str) -> Option<bool> {
        let names = self.policies.get(namespace)?;
        Some(name == "root" || names.contains(name))
    }

    /// What a path answers today.
    pub(super) fn read_at(&self, namespace: &str, path: &str) -> Option<&'a Value> {
        self.reads.get(&(namespace, path)).copied()
    }

    /// A duration of a path's answer in seconds, 0 when it sets none.
    pub(super) fn seconds_at(&self, namespace: &str, path: &str, key: &str) -> Option<u64> {
        Some(self.read_at(namespace, path)?.get(key).and_then(seconds).unwrap_or(0))
    }

    /// True when an entity is the one that an AppRole logs in as now. A role that was deleted and
    /// made again has a new role id and so a new entity.
    pub(super) fn is_of_approle(&self, namespace: &str, role: &str, entity: &str) -> bool {
        let found = self.approles.get(&(namespace, role.to_owned()));
        found.is_some_and(|(_, id)| *id == entity)
    }
}

/// The AppRoles that an entity has logged in with, and since when.
fn approle_aliases(entity: &Value) -> impl Iterator<Item = (String, &str)> {
    let aliases = entity.get("aliases").and_then(Value::as_array).into_iter().flatten();
    aliases.filter_map(|alias| {
        if alias.get("mount_type").and_then(Value::as_str) != Some("approle") {
            return None;
        }
        let mount = text(alias, "mount_path")?;
        let role = alias.pointer("/metadata/role_name").and_then(Value::as_str)?;
        let since = alias.get("creation_time").and_then(Value::as_str).unwrap_or_default();
        Some((format!("{mount}{role}"), since))
    })
}
