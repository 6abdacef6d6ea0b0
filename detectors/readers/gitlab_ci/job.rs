//! One job, with what it extends.

use super::{
    resolve::File,
    rules,
    taking::{SCRIPTS, script, taker, variables},
};
use crate::{
    evidence::{
        Pipeline,
        pipeline::{
            Channel, Component, ComponentKind, Extent, IdToken, Pin, Runner, RunnerKind, Scope,
            SecretUse, Store,
        },
    },
    readers::{ci::image_reference, yaml::At},
};

/// Keys that a job can have from what it extends.
const INHERITED: &[&str] = &[
    "after_script",
    "before_script",
    "environment",
    "id_tokens",
    "image",
    "rules",
    "script",
    "secrets",
    "services",
    "tags",
    "variables",
];

pub(super) fn read<'t>(file: &File<'t>, job: At<'t>, pipeline: &mut Pipeline) {
    let mut missing = Vec::new();
    let chain = file.chain(job, &mut missing);
    for parent in missing {
        pipeline.components.push(Component {
            kind: ComponentKind::Workflow,
            name: parent.value().unwrap_or_default().to_owned(),
            pin: Pin::Local,
            inputs: [("inherited".to_owned(), "extends".to_owned())].into(),
            location: file.file.at(parent.region()),
            ..Component::default()
        });
    }
    references(file, &chain, pipeline);
    let says = |key: &&&str| file.field(&chain, key).is_some();
    pipeline.sets = INHERITED.iter().filter(says).map(|key| (*key).to_owned()).collect();
    pipeline.triggers = rules::triggers(file, &chain);
    pipeline.environment = file.field(&chain, "environment").and_then(|environment| {
        environment
            .value()
            .or_else(|| environment.get("name").and_then(At::value))
            .map(str::to_owned)
    });
    pipeline.runner = runner(file, &chain);
    id_tokens(file, &chain, pipeline);
    images(file, &chain, pipeline);
    let triggers_another = downstream(file, &chain, pipeline);
    managed_secrets(file, &chain, pipeline);

    let mut taker = taker(file, pipeline, &chain);
    if let Some(global) = file.root.get("variables") {
        variables(&mut taker, global, Scope::Workflow, Channel::Env);
    }
    let channel = if triggers_another { Channel::Call } else { Channel::Env };
    for own in chain.iter().filter_map(|job| job.get("variables")) {
        variables(&mut taker, file.follow(own), Scope::Job, channel);
    }
    for key in SCRIPTS {
        if let Some(lines) = file.field(&chain, key) {
            script(&mut taker, file, key, lines);
        }
    }
}

/// `!reference [.name, key]` to a job of another file.
fn references<'t>(file: &File<'t>, chain: &[At<'t>], pipeline: &mut Pipeline) {
    for key in ["before_script", "script", "after_script", "variables"] {
        let Some(value) = file.field(chain, key) else { continue };
        for part in std::iter::once(value).chain(value.items()) {
            let open = file.follow(part);
            let mut path = open.items().filter_map(At::text);
            if let (Some("reference"), Some(name), Some(wanted)) =
                (open.tag(), path.next(), path.next())
            {
                let inputs = [("inherited", "reference"), ("reference", wanted)];
                pipeline.components.push(Component {
                    kind: ComponentKind::Workflow,
                    name: name.to_owned(),
                    pin: Pin::Local,
                    inputs: inputs.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
                    location: file.file.at(part.region()),
                    ..Component::default()
                });
            }
        }
    }
}

fn runner<'t>(file: &File<'t>, chain: &[At<'t>]) -> Runner {
    let Some(tags) = file.field(chain, "tags") else { return Runner::default() };
    let labels: Vec<String> = tags.texts().map(str::to_owned).collect();
    let kind = if labels.iter().any(|label| label.contains("self-hosted")) {
        RunnerKind::SelfHosted
    } else if labels.iter().any(|label| label.starts_with("saas-")) {
        RunnerKind::Hosted
    } else {
        RunnerKind::Unknown
    };
    Runner { kind, labels, location: Some(file.file.at(tags.region())) }
}

fn id_tokens<'t>(file: &File<'t>, chain: &[At<'t>], pipeline: &mut Pipeline) {
    let Some(tokens) = file.field(chain, "id_tokens") else { return };
    for (name, token) in tokens.entries() {
        pipeline.id_tokens.push(IdToken {
            name: name.value().map(str::to_owned),
            audiences: token
                .get("aud")
                .into_iter()
                .flat_map(At::texts)
                .map(str::to_owned)
                .collect(),
            location: file.file.at(name.region()),
        });
    }
}

fn images<'t>(file: &File<'t>, chain: &[At<'t>], pipeline: &mut Pipeline) {
    let image = file.field(chain, "image").map(|image| (image, ComponentKind::Image));
    let services = file.field(chain, "services");
    let services = services.into_iter().flat_map(At::items).map(|s| (s, ComponentKind::Service));
    for (value, kind) in image.into_iter().chain(services) {
        let named = value.get("name").unwrap_or(value);
        let Some(text) = named.value() else { continue };
        let (name, reference, pin) = image_reference(text, text.contains('$'));
        let location = file.file.at(named.region());
        pipeline.components.push(Component {
            kind,
            name,
            reference,
            pin,
            location,
            ..Component::default()
        });
    }
}

/// `trigger`: another pipeline. True when the job starts one.
fn downstream<'t>(file: &File<'t>, chain: &[At<'t>], pipeline: &mut Pipeline) -> bool {
    let Some(trigger) = file.field(chain, "trigger") else { return false };
    let named = trigger.get("project").or_else(|| trigger.value().map(|_| trigger));
    if let Some(project) = named.and_then(At::value) {
        pipeline.components.push(Component {
            kind: ComponentKind::Workflow,
            name: project.to_owned(),
            reference: trigger.get("branch").and_then(At::value).map(str::to_owned),
            // The other project runs with its own identity; nothing of ours is executed.
            pin: Pin::Local,
            location: file.file.at(trigger.region()),
            ..Component::default()
        });
    }
    true
}

/// `secrets`: read from a secret manager when the job starts.
fn managed_secrets<'t>(file: &File<'t>, chain: &[At<'t>], pipeline: &mut Pipeline) {
    let Some(secrets) = file.field(chain, "secrets") else { return };
    for (name, source) in secrets.entries() {
        let place = source
            .entries()
            .find(|(key, _)| key.text() != Some("file") && key.text() != Some("token"));
        let from = place.and_then(|(manager, path)| {
            let path = path.value().or_else(|| path.get("name").and_then(At::value));
            Some(format!("{}:{}", manager.value()?, path.unwrap_or_default()))
        });
        pipeline.secrets.push(SecretUse {
            name: from.unwrap_or_default(),
            store: Store::Manager,
            channel: if source.get("file").is_some_and(At::is_false) {
                Channel::Env
            } else {
                Channel::File
            },
            slot: name.value().map(str::to_owned),
            scope: Scope::Job,
            extent: Extent::One,
            location: file.file.at(name.region()),
            ..SecretUse::default()
        });
    }
}
