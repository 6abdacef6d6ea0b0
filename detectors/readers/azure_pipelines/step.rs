//! Steps: tasks, scripts, checkouts and templates of steps.

use super::{File, place, tasks, tree, variables};
use crate::{
    evidence::pipeline::{
        Channel, Component, ComponentKind, Condition, Method, Pin, SecretUse, Store,
    },
    readers::{
        ci::{self, Taker, Way, is_credential_name},
        yaml::At,
    },
};
use std::collections::BTreeMap;

/// How deep the steps that templates are handed may nest.
const MAX_NESTING: usize = 6;

/// Keys of a step that hold a script.
const SCRIPTS: &[&str] = &["script", "bash", "pwsh", "powershell"];
/// Inputs of tasks that hold a script.
const SCRIPT_INPUTS: &[&str] = &["script", "inlinescript", "inline", "command", "arguments"];

/// Notes what scripts set and what a key vault delivers.
pub(super) fn note(taker: &mut Taker, steps: At) {
    for item in tree::items(steps) {
        let inputs = item.node.get("inputs");
        let inside = inputs.into_iter().flat_map(tree::entries).filter(|(key, _)| {
            key.text().is_some_and(|key| SCRIPT_INPUTS.contains(&key.to_ascii_lowercase().as_str()))
        });
        let scripts = SCRIPTS.iter().filter_map(|key| item.node.get(key));
        let all = scripts.chain(inside.map(|(_, value)| value));
        for script in all.filter_map(At::text) {
            for name in variables::set_by_command(script) {
                taker.note(name, "");
            }
        }
        let task = item.node.get("task").and_then(At::value).unwrap_or_default();
        if task.to_ascii_lowercase().starts_with("azurekeyvault@") {
            let filter = inputs.and_then(|inputs| input(inputs, "secretsfilter"));
            let names = filter.and_then(At::value).unwrap_or("*");
            taker.managed.extend(names.split(',').map(|n| n.trim().to_ascii_lowercase()));
        }
    }
}

/// The value of an input, its name in lower case.
fn input<'t>(inputs: At<'t>, name: &str) -> Option<At<'t>> {
    let mut all = tree::entries(inputs).into_iter();
    all.find(|(key, _)| key.text().is_some_and(|k| k.eq_ignore_ascii_case(name))).map(|(_, v)| v)
}

/// Reads a list of steps.
pub(super) fn read_all(file: &File, taker: &mut Taker, steps: At, number: &mut u32, depth: usize) {
    for item in tree::items(steps) {
        *number += 1;
        for text in
            item.guards.iter().copied().chain(item.node.get("condition").and_then(At::value))
        {
            condition(taker, item.node, text, *number);
        }
        read(file, taker, item.node, number, depth);
    }
}

/// A condition that looks at what started the run.
fn condition(taker: &mut Taker, step: At, text: &str, number: u32) {
    if ["Build.Reason", "Build.SourceBranch", "System.PullRequest"].iter().any(|n| text.contains(n))
    {
        taker.pipeline.actor_checks.push(Condition {
            text: text.chars().take(400).collect(),
            step: Some(number),
            location: place(taker.document, step),
        });
    }
}

fn read(file: &File, taker: &mut Taker, step: At, number: &mut u32, depth: usize) {
    let this = Some(*number);
    if let Some(task) = step.get("task").filter(|task| task.value().is_some()) {
        self::task(taker, step, task, *number);
    }
    for script in SCRIPTS.iter().filter_map(|key| step.get(key)) {
        taker.script(script, this);
        let env = step.get("env").into_iter().flat_map(tree::entries);
        for (key, value) in env {
            variable(taker, key, value, Way { step: this, ..Way::default() });
        }
    }
    if let Some(checkout) = step.get("checkout") {
        self::checkout(taker, step, checkout, *number);
    }
    if let Some(path) = step.get("publish").filter(|path| path.value().is_some()) {
        let mut inputs = BTreeMap::new();
        inputs.insert("targetpath".to_owned(), path.value().unwrap_or_default().to_owned());
        taker.pipeline.components.push(Component {
            name: "PublishPipelineArtifact".to_owned(),
            pin: Pin::Tag,
            built_in: true,
            inputs,
            step: this,
            location: place(taker.document, path),
            ..Component::default()
        });
    }
    if let Some(named) = step.get("template").filter(|named| named.value().is_some()) {
        let component = Component { step: this, ..file.template(named) };
        let parameters = step.get("parameters");
        hand_over(taker, &component.name, parameters, this);
        taker.pipeline.components.push(component);
        let lists = parameters.into_iter().flat_map(tree::entries).filter(|(_, v)| holds_steps(*v));
        for (_, list) in lists.filter(|_| depth < MAX_NESTING) {
            read_all(file, taker, list, number, depth + 1);
        }
    }
}

fn holds_steps(value: At) -> bool {
    let is_step =
        |node: At| node.get("task").is_some() || SCRIPTS.iter().any(|key| node.get(key).is_some());
    value.is_seq() && tree::items(value).into_iter().any(|item| is_step(item.node))
}

/// `task: Name@1`: what it is handed, and the connection that it becomes.
fn task(taker: &mut Taker, step: At, task: At, number: u32) {
    let text = task.value().unwrap_or_default();
    let (name, version) = text.split_once('@').unwrap_or((text, ""));
    let inputs: Vec<(At, At)> = step.get("inputs").into_iter().flat_map(tree::entries).collect();
    let kept = ci::kept_inputs(name);
    let mut remembered = BTreeMap::new();
    for (key, value) in &inputs {
        let (Some(key), Some(value)) = (key.value(), value.text()) else { continue };
        if kept.iter().any(|k| k.eq_ignore_ascii_case(key)) {
            remembered.insert(key.to_ascii_lowercase(), value.to_owned());
        }
    }
    taker.pipeline.components.push(Component {
        kind: ComponentKind::Action,
        name: name.to_owned(),
        reference: (!version.is_empty()).then(|| version.to_owned()),
        pin: Pin::Tag,
        inputs: remembered,
        built_in: tasks::is_builtin(name),
        step: Some(number),
        location: place(taker.document, task),
        ..Component::default()
    });
    let way = Way { consumer: Some(name), step: Some(number), ..Way::default() };
    for (key, value) in step.get("env").into_iter().flat_map(tree::entries) {
        variable(taker, key, value, way);
    }
    for (key, value) in inputs {
        let slot = key.text().unwrap_or_default();
        if SCRIPT_INPUTS.contains(&slot.to_ascii_lowercase().as_str()) {
            taker.script(value, Some(number));
            continue;
        }
        connection(taker, slot, value, Some(number));
        secure_file(taker, name, slot, value, number);
        variable(taker, key, value, Way { channel: Channel::Input, ..way });
    }
}

/// An input that names a service connection.
fn connection(taker: &mut Taker, slot: &str, value: At, step: Option<u32>) {
    let Some(provider) = tasks::connection(slot) else { return };
    let Some(role) = value.value().map(str::trim).filter(|role| !role.is_empty()) else { return };
    let location = place(taker.document, value);
    taker.role(provider, role, Method::Connection, step, location, None);
}

/// A file that is kept in the library of the project.
/// <https://learn.microsoft.com/azure/devops/pipelines/library/secure-files>
fn secure_file(taker: &mut Taker, task: &str, slot: &str, value: At, number: u32) {
    let named = slot.to_ascii_lowercase();
    if !named.ends_with("securefile") || value.value().is_none_or(|v| v.contains('$')) {
        return;
    }
    let way = Way {
        slot: Some(slot),
        channel: Channel::File,
        consumer: Some(task),
        step: Some(number),
        ..Way::default()
    };
    let location = place(taker.document, value);
    taker.push(value.value().unwrap_or_default(), Store::Platform, way, None, location);
}

/// `checkout: self`, with or without its credential left behind.
fn checkout(taker: &mut Taker, step: At, named: At, number: u32) {
    if named.value() == Some("none") {
        return;
    }
    let mut inputs = BTreeMap::new();
    if let Some(persist) = step.get("persistCredentials").and_then(At::value) {
        inputs.insert("persist-credentials".to_owned(), persist.to_ascii_lowercase());
    }
    taker.pipeline.components.push(Component {
        name: "checkout".to_owned(),
        pin: Pin::Local,
        inputs,
        step: Some(number),
        location: place(taker.document, named),
        ..Component::default()
    });
}

/// One variable, input or parameter, and what it takes from whoever uses the template.
fn variable(taker: &mut Taker, key: At, value: At, way: Way) {
    taker.variable(key, value, way);
    let Some(text) = value.text() else { return };
    let found: Vec<&str> = variables::parameters(text).map(|(_, name)| name).collect();
    for name in found.into_iter().filter(|name| is_credential_name(name)) {
        taker.pipeline.secrets.push(SecretUse {
            name: name.to_owned(),
            store: Store::Caller,
            channel: way.channel,
            slot: key.text().map(str::to_owned),
            consumer: way.consumer.map(str::to_owned),
            step: way.step,
            location: place(taker.document, value),
            ..SecretUse::default()
        });
    }
}

/// What a template is handed: secrets by name, and connections.
pub(super) fn hand_over(
    taker: &mut Taker,
    template: &str,
    parameters: Option<At>,
    step: Option<u32>,
) {
    let way = Way { channel: Channel::Call, consumer: Some(template), step, ..Way::default() };
    for (key, value) in parameters.into_iter().flat_map(tree::entries) {
        let slot = key.text().unwrap_or_default();
        connection(taker, slot, value, step);
        variable(taker, key, value, way);
    }
}
