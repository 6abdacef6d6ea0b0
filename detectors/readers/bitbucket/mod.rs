//! Bitbucket Pipelines: steps to pipeline records, one for each step as it is written, with everything
//! that starts it.
//!
//! Format: <https://support.atlassian.com/bitbucket-cloud/docs/bitbucket-pipelines-configuration-reference/>.
//! A step that several pipelines share by an anchor is one job with several triggers; a step that a
//! pipeline changes (`<<: *step`) is another. Pipelines of other repositories (`import`) are named as
//! components.

mod step;

use super::{
    Document,
    ci::{self, blank, place, unique},
    yaml::At,
};
use crate::evidence::{
    Record, Region,
    pipeline::{Component, ComponentKind, Form, Pin, Trigger},
};
use std::collections::HashMap;

/// The platform's name in records.
pub(crate) const PLATFORM: &str = "bitbucket-pipelines";

/// How deep `parallel` and `stage` may nest; Bitbucket allows two levels.
const MAX_NESTING: usize = 4;

/// True for `bitbucket-pipelines.yml`, in whatever folder.
pub(crate) fn accepts(document: &Document) -> bool {
    let name = document.path.rsplit('/').next().unwrap_or(document.path);
    matches!(name, "bitbucket-pipelines.yml" | "bitbucket-pipelines.yaml")
}

/// One place where a pipeline runs a step.
struct Occurrence<'t> {
    step: At<'t>,
    /// The pipeline: `default`, `branches/main`.
    selector: String,
    trigger: Trigger,
    /// The environment that the stage around it deploys to.
    stage_deployment: Option<At<'t>>,
    number: usize,
}

/// Reads one file.
pub(crate) fn read(document: &Document, out: &mut Vec<Record>) {
    let Some(tree) = ci::parse(document, out) else { return };
    let Some(root) = tree.root().filter(|root| root.is_map()) else { return };
    let mut occurrences = Vec::new();
    let mut imports = Vec::new();
    for holder in [Some(root), root.get("definitions")].into_iter().flatten() {
        for (section, value) in holder.get("pipelines").into_iter().flat_map(At::entries) {
            let section = section.text().unwrap_or_default();
            if section == "default" {
                collect(document, section, "*", value, &mut occurrences, &mut imports);
                continue;
            }
            for (pattern, list) in value.entries() {
                let pattern = pattern.text().unwrap_or_default();
                collect(document, section, pattern, list, &mut occurrences, &mut imports);
            }
            // Shared pipelines stand in a list below their name.
            if value.is_seq() {
                collect(document, "shared", section, value, &mut occurrences, &mut imports);
            }
        }
    }
    jobs(document, root, occurrences, out);
    if !imports.is_empty() {
        let mut pipeline = blank(document, PLATFORM, "", Form::Fragment);
        pipeline.location = place(document, root);
        pipeline.components = imports;
        out.push(pipeline.into());
    }
}

/// The steps of one pipeline.
fn collect<'t>(
    document: &Document,
    section: &str,
    pattern: &str,
    list: At<'t>,
    occurrences: &mut Vec<Occurrence<'t>>,
    imports: &mut Vec<Component>,
) {
    if let Some(import) = list.get("import") {
        imports.extend(imported(document, import));
        return;
    }
    let selector =
        if section == "default" { section.to_owned() } else { format!("{section}/{pattern}") };
    let trigger = Trigger { location: Some(place(document, list)), ..trigger_of(section, pattern) };
    let mut steps = Vec::new();
    flatten(list, None, 0, &mut steps);
    for (index, (step, stage_deployment)) in steps.into_iter().enumerate() {
        let mut trigger = trigger.clone();
        if step.get("trigger").and_then(At::value) == Some("manual") {
            trigger.types.push("manual".to_owned());
        }
        let selector = selector.clone();
        occurrences.push(Occurrence {
            step,
            selector,
            trigger,
            stage_deployment,
            number: index + 1,
        });
    }
}

fn trigger_of(section: &str, pattern: &str) -> Trigger {
    let pattern = vec![pattern.to_owned()];
    match section {
        "tags" => Trigger { event: "push".into(), tags: pattern, ..Trigger::default() },
        "pull-requests" => {
            Trigger { event: "pull_request".into(), branches: pattern, ..Trigger::default() }
        }
        "custom" => Trigger { event: "custom".into(), ..Trigger::default() },
        "shared" => Trigger { event: "workflow_call".into(), ..Trigger::default() },
        _ => Trigger { event: "push".into(), branches: pattern, ..Trigger::default() },
    }
}

/// The steps below a list, with those of `parallel` and `stage`.
fn flatten<'t>(
    list: At<'t>,
    deployment: Option<At<'t>>,
    depth: usize,
    steps: &mut Vec<(At<'t>, Option<At<'t>>)>,
) {
    if depth > MAX_NESTING {
        return;
    }
    for item in list.items().chain(list.get("steps").into_iter().flat_map(At::items)) {
        if let Some(step) = item.get("step").filter(|step| step.is_map()) {
            steps.push((step, deployment));
        }
        if let Some(parallel) = item.get("parallel") {
            flatten(parallel, deployment, depth + 1, steps);
        }
        if let Some(stage) = item.get("stage") {
            flatten(stage, stage.get("deployment").or(deployment), depth + 1, steps);
        }
    }
}

/// One record for each step as it is written.
fn jobs(document: &Document, root: At, occurrences: Vec<Occurrence>, out: &mut Vec<Record>) {
    let mut places: HashMap<(Region, Option<Region>), usize> = HashMap::new();
    let mut grouped: Vec<Vec<Occurrence>> = Vec::new();
    for occurrence in occurrences {
        let key = (occurrence.step.region(), occurrence.stage_deployment.map(At::region));
        let next = grouped.len();
        let group = *places.entry(key).or_insert(next);
        match grouped.get_mut(group) {
            Some(group) => group.push(occurrence),
            None => grouped.push(vec![occurrence]),
        }
    }
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for group in &grouped {
        *uses.entry(name_of(group).unwrap_or_default()).or_default() += 1;
    }
    let siblings = u32::try_from(grouped.len()).unwrap_or(u32::MAX);
    let mut taken = HashMap::new();
    for group in &grouped {
        let Some(first) = group.first() else { continue };
        let job = match name_of(group) {
            Some(name) if uses.get(name) == Some(&1) => name.to_owned(),
            Some(name) => format!("{}/{name}", first.selector),
            None => format!("{}/step {}", first.selector, first.number),
        };
        let mut pipeline = blank(document, PLATFORM, &unique(&mut taken, job), Form::Job);
        pipeline.siblings = siblings;
        pipeline.location = place(document, first.step);
        pipeline.triggers = group.iter().map(|occurrence| occurrence.trigger.clone()).collect();
        step::read(document, root, first.step, first.stage_deployment, &mut pipeline);
        out.push(pipeline.into());
    }
}

fn name_of<'t>(group: &[Occurrence<'t>]) -> Option<&'t str> {
    group.first().and_then(|first| first.step.get("name")).and_then(At::value)
}

/// `import: repository:reference:pipeline`, a pipeline that another repository shares.
/// <https://support.atlassian.com/bitbucket-cloud/docs/share-pipelines-configurations/>
fn imported(document: &Document, import: At) -> Option<Component> {
    let mut parts = import.value()?.splitn(3, ':');
    let name = parts.next()?;
    let reference = parts.next();
    Some(Component {
        kind: ComponentKind::Workflow,
        name: name.to_owned(),
        reference: reference.map(str::to_owned),
        pin: reference.map_or(Pin::Floating, ci::pin_of),
        location: place(document, import),
        ..Component::default()
    })
}
