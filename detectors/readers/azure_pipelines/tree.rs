//! Template expressions in the tree: what stands below `${{ if … }}:` counts as if it stood there.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/process/template-expressions>

use crate::readers::yaml::At;

/// How deep expressions may nest.
const MAX_NESTING: usize = 16;
/// How many items a list may have once its expressions are written out; the rest is not read.
const MAX_ITEMS: usize = 5_000;

/// An item of a list, with the conditions that it stands under.
pub(super) struct Item<'t> {
    pub node: At<'t>,
    pub guards: Vec<&'t str>,
}

/// The items of a list, those below expressions among them.
pub(super) fn items<'t>(list: At<'t>) -> Vec<Item<'t>> {
    let mut found = Vec::new();
    add_items(list, &[], 0, &mut found);
    found
}

fn add_items<'t>(list: At<'t>, guards: &[&'t str], depth: usize, found: &mut Vec<Item<'t>>) {
    if depth > MAX_NESTING {
        return;
    }
    for item in list.items() {
        if found.len() >= MAX_ITEMS {
            return;
        }
        let mut plain = true;
        for (key, value) in item.entries().filter(|(key, _)| is_expression(*key)) {
            plain = false;
            let inner = [guards, &[key.text().unwrap_or_default()]].concat();
            if value.is_map() {
                found.push(Item { node: value, guards: inner });
            } else {
                add_items(value, &inner, depth + 1, found);
            }
        }
        if plain || item.entries().any(|(key, _)| !is_expression(key)) {
            found.push(Item { node: item, guards: guards.to_vec() });
        }
    }
}

/// The entries of a mapping, those below expressions among them.
pub(super) fn entries<'t>(map: At<'t>) -> Vec<(At<'t>, At<'t>)> {
    let mut found = Vec::new();
    add_entries(map, 0, &mut found);
    found
}

fn add_entries<'t>(map: At<'t>, depth: usize, found: &mut Vec<(At<'t>, At<'t>)>) {
    if depth > MAX_NESTING {
        return;
    }
    for (key, value) in map.entries() {
        if found.len() >= MAX_ITEMS {
            return;
        }
        if is_expression(key) {
            add_entries(value, depth + 1, found);
        } else {
            found.push((key, value));
        }
    }
}

/// The value of a key, also below an expression.
pub(super) fn get<'t>(map: At<'t>, key: &str) -> Option<At<'t>> {
    map.get(key).or_else(|| {
        entries(map).into_iter().find(|(k, _)| k.text() == Some(key)).map(|(_, value)| value)
    })
}

fn is_expression(key: At) -> bool {
    key.text().is_some_and(|text| text.starts_with("${{"))
}
