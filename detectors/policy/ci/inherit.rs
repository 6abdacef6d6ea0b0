//! GitLab CI over files: what a job extends or refers to in a file that its pipeline includes.
//!
//! The reader follows `extends` and `!reference` inside one file and names what it did not find there.
//! Once all files are read, the records of one pipeline are put together here, so that every rule sees a
//! job as GitLab runs it. A pipeline is a main file (`.gitlab-ci.yml`) with what it includes from its own
//! repository; names in other repositories stay unresolved.

use crate::evidence::{
    Pipeline,
    pipeline::{Channel, Component, ComponentKind, Form, Pin, RunnerKind, Scope},
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many steps of `extends` GitLab follows.
const MAX_EXTENDS: usize = 11;
/// How many files one pipeline may have; GitLab allows 150.
const MAX_FILES: usize = 1000;

/// Gives every job what it inherits from other files.
pub(crate) fn inherit(pipelines: &mut [Pipeline]) {
    let mut checkouts: BTreeMap<(String, Option<String>), Vec<usize>> = BTreeMap::new();
    for (index, pipeline) in pipelines.iter().enumerate().filter(|(_, p)| p.platform == "gitlab-ci")
    {
        let checkout = (pipeline.src.system.clone(), pipeline.src.tenant.clone());
        checkouts.entry(checkout).or_default().push(index);
    }
    let mut merged: Vec<(usize, Pipeline)> = Vec::new();
    for indices in checkouts.values() {
        let mut done = HashSet::new();
        for files in file_sets(pipelines, indices) {
            let members: Vec<usize> = indices
                .iter()
                .copied()
                .filter(|i| files.contains(&pipelines[*i].workflow))
                .collect();
            let named: HashMap<&str, usize> = members
                .iter()
                .filter(|i| !pipelines[**i].job.is_empty())
                .map(|i| (pipelines[*i].job.as_str(), *i))
                .collect();
            for index in members.iter().copied().filter(|index| done.insert(*index)) {
                let whole = resolved(pipelines, &named, index);
                merged.extend(whole.map(|pipeline| (index, pipeline)));
            }
        }
    }
    for (index, pipeline) in merged {
        pipelines[index] = pipeline;
    }
}

/// For each main file, the files that its pipeline consists of.
fn file_sets(pipelines: &[Pipeline], indices: &[usize]) -> Vec<BTreeSet<String>> {
    let paths: BTreeSet<&str> = indices.iter().map(|i| pipelines[*i].workflow.as_str()).collect();
    let mut includes: HashMap<&str, Vec<&str>> = HashMap::new();
    for pipeline in indices
        .iter()
        .map(|i| &pipelines[*i])
        .filter(|p| p.job.is_empty() && p.form == Form::Fragment)
    {
        let local =
            pipeline.components.iter().filter(|c| c.pin == Pin::Local).map(|c| c.name.as_str());
        includes.entry(&pipeline.workflow).or_default().extend(local);
    }
    let mains = includes.keys().copied().filter(|path| is_main(path)).collect::<BTreeSet<_>>();
    mains
        .into_iter()
        .map(|main| {
            let root = main.rfind('/').map_or("", |at| &main[..=at]);
            let mut files = BTreeSet::from([main.to_owned()]);
            let mut open = vec![main];
            while let Some(file) = open.pop() {
                for pattern in includes.get(file).into_iter().flatten() {
                    let pattern = format!(
                        "{root}{}",
                        pattern.trim_start_matches("./").trim_start_matches('/')
                    );
                    for path in paths.iter().filter(|path| fits(&pattern, path)) {
                        if files.len() < MAX_FILES && files.insert((*path).to_owned()) {
                            open.push(path);
                        }
                    }
                }
            }
            files
        })
        .collect()
}

fn is_main(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some(".gitlab-ci.yml" | ".gitlab-ci.yaml"))
}

/// GitLab's wildcards: `*` within a folder, `**` over folders.
fn fits(pattern: &str, path: &str) -> bool {
    let Some(star) = pattern.find('*') else { return pattern == path };
    let (before, rest) = pattern.split_at(star);
    let Some(tail) = path.strip_prefix(before) else { return false };
    let deep = rest.starts_with("**");
    let rest = rest.trim_start_matches('*');
    let rest = if deep { rest.trim_start_matches('/') } else { rest };
    // One wildcard is what includes have; a second one stands for any rest.
    let rest = rest.rsplit('*').next().unwrap_or(rest);
    tail.ends_with(rest) && (deep || !tail[..tail.len() - rest.len()].contains('/'))
}

/// The job with all that it inherits; `None` when nothing is missing or found.
fn resolved(
    pipelines: &[Pipeline],
    named: &HashMap<&str, usize>,
    index: usize,
) -> Option<Pipeline> {
    let mut whole: Option<Pipeline> = None;
    let mut seen = HashSet::from([index]);
    let mut level = vec![index];
    for _ in 0..MAX_EXTENDS {
        let mut next = Vec::new();
        for child in level {
            for parent in pipelines[child].components.iter().filter(|c| is_inherited(c)) {
                let Some(found) =
                    named.get(parent.name.as_str()).copied().filter(|found| *found != index)
                else {
                    continue;
                };
                let only = parent.inputs.get("reference").map(String::as_str);
                let job = whole.get_or_insert_with(|| pipelines[index].clone());
                take(job, &pipelines[found], only);
                if only.is_none() && seen.insert(found) {
                    next.push(found);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    whole
}

/// A parent that the reader did not find in the file.
fn is_inherited(component: &Component) -> bool {
    component.kind == ComponentKind::Workflow
        && component.pin == Pin::Local
        && component.inputs.contains_key("inherited")
}

/// Adds what a job does not say itself. With `only`, the one key that a `!reference` names.
fn take(job: &mut Pipeline, parent: &Pipeline, only: Option<&str>) {
    let says = |job: &Pipeline, key: &str| match only {
        // A reference stands inside the key that the job itself writes.
        Some(wanted) => wanted != key,
        None => job.sets.iter().any(|set| set == key),
    };
    for secret in &parent.secrets {
        let key = secret.via.as_deref().unwrap_or(match (secret.scope, secret.channel) {
            (Scope::Workflow, _) => continue,
            (_, Channel::File) => "secrets",
            _ => "variables",
        });
        // Variables and managed secrets are merged by name, scripts are replaced.
        let by_name = matches!(key, "variables" | "secrets") && only.is_none();
        let known =
            by_name && job.secrets.iter().any(|own| own.slot == secret.slot && own.slot.is_some());
        if !known && (by_name || !says(job, key)) && !job.secrets.contains(secret) {
            job.secrets.push(secret.clone());
        }
    }
    if only.is_some() {
        return;
    }
    for (kind, key) in [(ComponentKind::Image, "image"), (ComponentKind::Service, "services")] {
        if !says(job, key) && !job.components.iter().any(|c| c.kind == kind) {
            job.components.extend(parent.components.iter().filter(|c| c.kind == kind).cloned());
        }
    }
    for token in &parent.id_tokens {
        if !job.id_tokens.iter().any(|own| own.name == token.name) {
            job.id_tokens.push(token.clone());
        }
    }
    for setting in parent.settings.iter().filter(|setting| setting.scope != Scope::Workflow) {
        if !job.settings.iter().any(|own| own.name == setting.name) {
            job.settings.push(setting.clone());
        }
    }
    if job.environment.is_none() {
        job.environment.clone_from(&parent.environment);
    }
    if job.runner.kind == RunnerKind::Unknown && job.runner.labels.is_empty() {
        job.runner.clone_from(&parent.runner);
    }
    if !says(job, "rules") && parent.sets.iter().any(|set| set == "rules") {
        job.triggers.clone_from(&parent.triggers);
    }
    for key in &parent.sets {
        if !job.sets.contains(key) {
            job.sets.push(key.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_includes() {
        assert!(fits("ci/*.yml", "ci/a.yml") && !fits("ci/*.yml", "ci/x/a.yml"));
        assert!(fits("ci/**/*.yml", "ci/x/y/a.yml") && fits("ci/**.yml", "ci/x/a.yml"));
        assert!(fits("ci/a.yml", "ci/a.yml") && !fits("ci/a.yml", "x/ci/a.yml"));
        assert!(!fits("ci/*.yml", "ci"));
    }
}
