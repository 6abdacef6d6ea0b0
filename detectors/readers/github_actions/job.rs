//! One job: its identity and what it inherits; then its containers and steps.

use super::{
    expression::is_dynamic,
    step::{self, Taker},
    workflow::{Shared, permissions},
};
use crate::{
    evidence::{
        Pipeline,
        pipeline::{
            Channel, Component, ComponentKind, Condition, IdToken, Origin, Runner, RunnerKind,
            Scope,
        },
    },
    readers::{
        ci::{CiFile, image_reference, is_hosted_label},
        yaml::At,
    },
};

pub(super) fn read(file: &CiFile, shared: &Shared, job: At, pipeline: &mut Pipeline) {
    pipeline.siblings = shared.jobs;
    pipeline.triggers.clone_from(&shared.triggers);
    pipeline.condition = job.get("if").and_then(At::value).map(|text| shorten(text).to_owned());
    pipeline.environment = job.get("environment").and_then(environment);
    pipeline.permissions =
        permissions(file, job, Origin::Job).unwrap_or_else(|| shared.permissions.clone());
    pipeline.id_tokens = id_tokens(file, job, pipeline);
    pipeline.runner = runner(file, job);

    let mut taker = Taker::new(file, pipeline, shared.env, job.get("env"));
    taker.service_values = service_values(job);
    if let Some(env) = shared.env {
        taker.env(env, Scope::Workflow, None, None);
    }
    if let Some(env) = job.get("env") {
        taker.env(env, Scope::Job, None, None);
    }
    if let Some(condition) = job.get("if") {
        taker.condition(condition, None);
    }
    containers(&mut taker, job);
    call(&mut taker, job);
    if let Some(steps) = job.get("steps") {
        step::read_all(&mut taker, steps);
    }
}

pub(super) fn read_fragment(file: &CiFile, steps: At, pipeline: &mut Pipeline) {
    let mut taker = Taker::new(file, pipeline, None, None);
    step::read_all(&mut taker, steps);
}

fn environment(value: At) -> Option<String> {
    value.value().or_else(|| value.get("name").and_then(At::value)).map(str::to_owned)
}

/// GitHub signs a token for a job that has `id-token: write`.
fn id_tokens(file: &CiFile, job: At, pipeline: &Pipeline) -> Vec<IdToken> {
    if !pipeline.permissions.allows("id-token", "write") {
        return Vec::new();
    }
    let own = job.get("permissions").and_then(|p| p.entry("id-token")).map(|(key, _)| key);
    let location =
        own.map(|key| file.at(key.region())).or_else(|| pipeline.permissions.location.clone());
    vec![IdToken { location: location.unwrap_or_default(), ..IdToken::default() }]
}

fn runner(file: &CiFile, job: At) -> Runner {
    let Some(value) = job.get("runs-on") else { return Runner::default() };
    let mut labels: Vec<String> = value.texts().map(str::to_owned).collect();
    if let Some(inner) = value.get("labels") {
        labels.extend(inner.texts().map(str::to_owned));
    }
    if let Some(group) = value.get("group").and_then(At::value) {
        labels.push(format!("group:{group}"));
    }
    let chosen: Vec<&str> = labels.iter().flat_map(|label| matrix_values(job, label)).collect();
    let kind = if chosen.iter().any(|label| label.contains("self-hosted")) {
        RunnerKind::SelfHosted
    } else if !chosen.is_empty() && chosen.iter().all(|label| is_hosted_label(label)) {
        RunnerKind::Hosted
    } else {
        RunnerKind::Unknown
    };
    Runner { kind, labels, location: Some(file.at(value.region())) }
}

/// The labels that `${{ matrix.x }}` can stand for; any other label stands for itself.
fn matrix_values<'t>(job: At<'t>, label: &'t str) -> Vec<&'t str> {
    let name = label
        .strip_prefix("${{")
        .and_then(|l| l.strip_suffix("}}"))
        .and_then(|l| l.trim().strip_prefix("matrix."));
    let matrix = job.get("strategy").and_then(|s| s.get("matrix"));
    let (Some(name), Some(matrix)) = (name, matrix) else { return vec![label] };
    let listed = matrix.get(name).into_iter().flat_map(At::texts);
    let included = matrix
        .get("include")
        .into_iter()
        .flat_map(At::items)
        .filter_map(|item| item.get(name))
        .flat_map(At::texts);
    let values: Vec<&str> = listed.chain(included).collect();
    if values.is_empty() { vec![label] } else { values }
}

fn containers(taker: &mut Taker, job: At) {
    if let Some(container) = job.get("container") {
        image(taker, container, ComponentKind::Image);
    }
    for (_, service) in job.get("services").into_iter().flat_map(At::entries) {
        image(taker, service, ComponentKind::Service);
    }
}

/// What the environments of the service containers say.
fn service_values(job: At<'_>) -> Vec<&str> {
    let services = job.get("services").into_iter().flat_map(At::entries);
    let values = services.filter_map(|(_, service)| service.get("env")).flat_map(At::entries);
    values.filter_map(|(_, value)| value.text()).collect()
}

fn image(taker: &mut Taker, container: At, kind: ComponentKind) {
    let Some(named) = container.value().map(|_| container).or_else(|| container.get("image"))
    else {
        return;
    };
    let text = named.value().unwrap_or_default();
    let (name, reference, pin) = image_reference(text, is_dynamic(text));
    let location = taker.file.at(named.region());
    taker.pipeline.components.push(Component {
        kind,
        name: name.clone(),
        reference,
        pin,
        location,
        ..Component::default()
    });
    if let Some(credentials) = container.get("credentials") {
        for (key, value) in credentials.entries() {
            taker.value(key, value, Channel::Registry, Scope::Job, Some(&name), None);
        }
    }
    if let Some(env) = container.get("env") {
        let throwaway = kind == ComponentKind::Service;
        taker.throwaway = throwaway;
        taker.env(env, Scope::Job, throwaway.then_some(name.as_str()), None);
        taker.throwaway = false;
    }
}

/// `uses:` on a job: a reusable workflow.
fn call(taker: &mut Taker, job: At) {
    let Some(uses) = job.get("uses") else { return };
    let text = uses.value().unwrap_or_default();
    let (name, reference, pin) = step::action_reference(text);
    let secrets = job.get("secrets");
    let inherits = secrets.is_some_and(|s| s.value() == Some("inherit"));
    let location = match job.entry("secrets").filter(|_| inherits) {
        Some((key, value)) => {
            let mut region = key.region();
            region.end_line = value.region().end_line;
            region.end_column = value.region().end_column;
            taker.file.at(region)
        }
        None => taker.file.at(uses.region()),
    };
    taker.pipeline.components.push(Component {
        kind: ComponentKind::Workflow,
        name: name.clone(),
        reference,
        pin,
        inherits_secrets: inherits,
        location,
        ..Component::default()
    });
    let consumer = Some(name.as_str());
    for (key, value) in secrets.into_iter().flat_map(At::entries) {
        taker.value(key, value, Channel::Call, Scope::Job, consumer, None);
    }
    for (key, value) in job.get("with").into_iter().flat_map(At::entries) {
        taker.value(key, value, Channel::Input, Scope::Job, consumer, None);
    }
}

/// A condition as a record keeps it.
pub(super) fn condition(file: &CiFile, value: At, step: Option<u32>) -> Option<Condition> {
    let text = value.value()?;
    let looks_at_actor =
        ["github.actor", "github.triggering_actor", ".user.login", ".sender.login"]
            .iter()
            .any(|name| text.contains(name));
    looks_at_actor.then(|| Condition {
        text: shorten(text).to_owned(),
        step,
        location: file.at(value.region()),
    })
}

fn shorten(text: &str) -> &str {
    let text = text.trim();
    text.char_indices().nth(400).map_or(text, |(end, _)| &text[..end])
}
