//! Which folders are applied together: a module that one folder alone calls is part of it.

use super::super::model::{MODULE, NAMES};
use crate::evidence::Resource;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The folder that calls each folder, by tenant and path.
pub(super) struct Modules(BTreeMap<(String, String), String>);

impl Modules {
    pub(super) fn of(parts: &[Resource]) -> Modules {
        let mut callers: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for part in parts.iter().filter(|part| part.kind == NAMES) {
            let text =
                |name: &str| part.attrs.get(name).and_then(Value::as_str).unwrap_or_default();
            let names = part.attrs.get("names").and_then(Value::as_object);
            for (name, source) in names.into_iter().flatten() {
                let source = source.as_str().filter(|_| name.starts_with(MODULE));
                if let Some(folder) = source.and_then(|source| beside(text("deployment"), source)) {
                    let key = (text("tenant").to_owned(), folder);
                    callers.entry(key).or_default().insert(text("deployment").to_owned());
                }
            }
        }
        let single = callers.into_iter().filter(|(_, callers)| callers.len() == 1);
        Modules(
            single.filter_map(|(key, callers)| Some((key, callers.into_iter().next()?))).collect(),
        )
    }

    /// The folder that is applied, with which this one is.
    pub(super) fn root<'m>(&'m self, tenant: &str, folder: &'m str) -> &'m str {
        const DEEPEST: usize = 16;
        let mut at = folder;
        for _ in 0..DEEPEST {
            match self.0.get(&(tenant.to_owned(), at.to_owned())) {
                Some(caller) => at = caller,
                None => break,
            }
        }
        at
    }
}

/// A path from a folder; `None` when it leaves the repository.
pub(super) fn beside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| *part != ".").collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}
