//! `extends`, `default` and `!reference` inside one file.

use crate::readers::{ci::CiFile, yaml::At};

/// How many steps of `extends` GitLab follows.
const MAX_EXTENDS: usize = 11;
/// How deep script lists and references may nest.
const MAX_NESTING: usize = 10;
/// How many lines a job's scripts may have together; the rest is not read.
const MAX_LINES: usize = 20_000;

/// The file with its tree.
pub(super) struct File<'t> {
    pub file: CiFile<'t>,
    pub root: At<'t>,
}

impl<'t> File<'t> {
    /// The job, then what it extends, nearest first. Names that are not in the file go into `missing`.
    pub(super) fn chain(&self, job: At<'t>, missing: &mut Vec<At<'t>>) -> Vec<At<'t>> {
        let mut chain = vec![job];
        let mut level = vec![job];
        for _ in 0..MAX_EXTENDS {
            let mut next = Vec::new();
            for job in level {
                // The later parent wins over the earlier.
                let mut parents: Vec<At> =
                    job.get("extends").into_iter().flat_map(At::one_or_many).collect();
                parents.reverse();
                for parent in parents {
                    match parent.value().and_then(|name| self.root.get(name)) {
                        Some(found) => next.push(found),
                        None => missing.push(parent),
                    }
                }
            }
            if next.is_empty() || chain.len() + next.len() > 100 {
                break;
            }
            chain.extend(&next);
            level = next;
        }
        chain
    }

    /// The first value of a key along a chain, then in `default`, then at the top of the file.
    pub(super) fn field(&self, chain: &[At<'t>], key: &str) -> Option<At<'t>> {
        chain
            .iter()
            .find_map(|job| job.get(key))
            .or_else(|| self.root.get("default").and_then(|default| default.get(key)))
            .or_else(|| {
                let inherited = ["image", "services", "before_script", "after_script"];
                inherited.contains(&key).then(|| self.root.get(key)).flatten()
            })
            .map(|value| self.follow(value))
    }

    /// What a `!reference` stands for; anything else stands for itself.
    pub(super) fn follow(&self, value: At<'t>) -> At<'t> {
        let mut value = value;
        for _ in 0..MAX_NESTING {
            if value.tag() != Some("reference") {
                return value;
            }
            let mut found = Some(self.root);
            for part in value.items() {
                found = found.zip(part.text()).and_then(|(node, key)| node.get(key));
            }
            match found {
                Some(found) => value = found,
                None => return value,
            }
        }
        value
    }

    /// The lines of a script: nested lists flattened, references followed.
    pub(super) fn lines(&self, script: At<'t>) -> Vec<At<'t>> {
        let mut lines = Vec::new();
        self.flatten(script, 0, &mut lines);
        lines
    }

    fn flatten(&self, script: At<'t>, depth: usize, lines: &mut Vec<At<'t>>) {
        let script = self.follow(script);
        if depth > MAX_NESTING || lines.len() > MAX_LINES {
            return;
        }
        if script.value().is_some() {
            lines.push(script);
        }
        for item in script.items() {
            self.flatten(item, depth + 1, lines);
        }
    }
}
