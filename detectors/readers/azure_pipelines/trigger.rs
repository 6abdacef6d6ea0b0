//! What starts a pipeline.
//!
//! <https://learn.microsoft.com/azure/devops/pipelines/repos/azure-repos-git#ci-triggers>: without a
//! `trigger`, every push starts it. Pull requests count where the file names them: whether a pipeline
//! without `pr` runs for them depends on where the repository lies and on its branch policies.

use super::{File, place, tree};
use crate::{evidence::pipeline::Trigger, readers::yaml::At};

pub(super) fn triggers(file: &File) -> Vec<Trigger> {
    if file.is_template {
        return vec![Trigger { event: "template".to_owned(), ..Trigger::default() }];
    }
    let mut found: Vec<Trigger> = match tree::get(file.root, "trigger") {
        None => vec![Trigger { event: "push".to_owned(), ..Trigger::default() }],
        Some(trigger) => filtered(file, "push", trigger).into_iter().collect(),
    };
    if let Some(pr) = tree::get(file.root, "pr") {
        found.extend(filtered(file, "pull_request", pr));
    }
    let schedules = tree::get(file.root, "schedules").map(tree::items).unwrap_or_default();
    found.extend(schedules.into_iter().filter(|item| item.node.get("cron").is_some()).map(
        |item| {
            let (branches, _) = patterns(item.node);
            let location = Some(place(file.document, item.node));
            Trigger { event: "schedule".to_owned(), branches, location, ..Trigger::default() }
        },
    ));
    if found.is_empty() {
        found.push(Trigger { event: "manual".to_owned(), ..Trigger::default() });
    }
    found
}

fn filtered(file: &File, event: &str, node: At) -> Option<Trigger> {
    if node.value() == Some("none") || (node.value().is_none() && !node.is_map() && !node.is_seq())
    {
        return None;
    }
    let (branches, tags) = patterns(node);
    let location = Some(place(file.document, node));
    Some(Trigger { event: event.to_owned(), branches, tags, types: Vec::new(), location })
}

/// The branches and tags that are included.
fn patterns(node: At) -> (Vec<String>, Vec<String>) {
    let list = |node: At| -> Vec<String> { node.texts().map(short).collect() };
    if !node.is_map() {
        return (list(node), Vec::new());
    }
    let included = |key: &str| {
        let part = tree::get(node, key)?;
        Some(part.get("include").map_or_else(|| list(part), list))
    };
    (included("branches").unwrap_or_default(), included("tags").unwrap_or_default())
}

fn short(name: &str) -> String {
    let name = name.strip_prefix("refs/heads/").or(name.strip_prefix("refs/tags/")).unwrap_or(name);
    name.to_owned()
}
