//! CircleCI: the jobs of each workflow to pipeline records, one for each job and set of contexts.
//!
//! Format: <https://circleci.com/docs/reference/configuration-reference/>. Commands and executors of the
//! file are followed; orbs are named as components; parameters stay as they are written.

mod job;
mod orbs;
mod steps;
mod workflow;

use super::{
    Document,
    ci::{self, blank, place, unique},
    yaml::At,
};
use crate::evidence::{
    Record,
    pipeline::{Form, Trigger},
};
use std::collections::{BTreeMap, HashMap};
use workflow::Invocation;

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "circleci";

/// True for the files of a `.circleci` folder.
pub(crate) fn accepts(document: &Document) -> bool {
    let path = document.path;
    let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    yaml && (path.starts_with(".circleci/") || path.contains("/.circleci/"))
}

/// The file at hand.
struct File<'t> {
    document: &'t Document<'t>,
    root: At<'t>,
}

impl<'t> File<'t> {
    /// What a section (`jobs`, `commands`, `executors`) says under a name.
    fn named(&self, section: &str, name: &str) -> Option<At<'t>> {
        self.root.get(section)?.get(name)
    }
}

/// Reads one file.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(tree) = ci::parse(document, out) else { return };
    let Some(root) = tree.root().filter(|root| root.is_map()) else { return };
    let file = File { document, root };
    if root.get("steps").is_some() {
        // A job or command in a file of its own, which `circleci config pack` puts together.
        let mut pipeline = blank(document, PLATFORM, "", Form::Fragment);
        pipeline.location = place(document, root);
        job::read(&file, root, &[], &mut pipeline);
        out.push(pipeline.into());
        return;
    }
    let mut invocations = Vec::new();
    let workflows = root.get("workflows");
    for (name, workflow) in workflows.into_iter().flat_map(At::entries) {
        workflow::invocations(&file, name.text().unwrap_or_default(), workflow, &mut invocations);
    }
    if workflows.is_none() {
        for (key, _) in root.get("jobs").into_iter().flat_map(At::entries) {
            let mut invocation = Invocation::of(key);
            if key.text() == Some("build") {
                invocation.triggers.push(Trigger { event: "push".into(), ..Trigger::default() });
            }
            invocations.push(invocation);
        }
    }
    jobs(&file, invocations, out);
}

/// One record for each job and set of contexts; a job that several workflows start alike has the triggers
/// of all of them.
fn jobs<'t>(file: &File<'t>, invocations: Vec<Invocation<'t>>, out: &mut Vec<Record>) {
    let mut groups: BTreeMap<(usize, Vec<String>), Vec<Invocation>> = BTreeMap::new();
    let mut order: HashMap<String, usize> = HashMap::new();
    for invocation in invocations {
        let next = order.len();
        let place =
            *order.entry(format!("{} {}", invocation.name, invocation.label())).or_insert(next);
        let mut contexts: Vec<String> =
            invocation.contexts.iter().filter_map(|c| c.value().map(str::to_owned)).collect();
        contexts.sort();
        groups.entry((place, contexts)).or_default().push(invocation);
    }
    let mut ways: HashMap<usize, usize> = HashMap::new();
    for (place, _) in groups.keys() {
        *ways.entry(*place).or_default() += 1;
    }
    let siblings = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    let mut taken = HashMap::new();
    for ((order, _), group) in &groups {
        let Some(first) = group.first() else { continue };
        let only = ways.get(order) == Some(&1);
        let name = if only { first.label().to_owned() } else { first.full_name() };
        let mut pipeline = blank(file.document, PLATFORM, &unique(&mut taken, name), Form::Job);
        pipeline.siblings = siblings;
        pipeline.location = place(file.document, first.key);
        for trigger in group.iter().flat_map(|invocation| &invocation.triggers) {
            if !pipeline.triggers.contains(trigger) {
                pipeline.triggers.push(trigger.clone());
            }
        }
        pipeline.condition = first.approval.map(|name| format!("approval of '{name}'"));
        workflow::read(file, group, &mut pipeline);
        out.push(pipeline.into());
    }
}
