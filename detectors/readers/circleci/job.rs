//! One job: its executor, its environment, its steps.

use super::{File, place, steps};
use crate::{
    evidence::{
        Pipeline,
        pipeline::{Channel, Component, ComponentKind, IdToken, Method, Runner, RunnerKind, Scope},
    },
    readers::{
        ci::{self, Taker, Way},
        yaml::At,
    },
};

pub(super) fn read<'t>(file: &File<'t>, job: At<'t>, around: &[At<'t>], pipeline: &mut Pipeline) {
    let executor = executor(file, job);
    let places: Vec<At> = [Some(job), executor].into_iter().flatten().collect();
    pipeline.runner = runner(file, &places);
    id_token(file, job, pipeline);

    let mut taker = steps::taker(file, pipeline);
    for environment in places.iter().filter_map(|place| place.get("environment")) {
        taker.sets(environment);
    }
    for container in places.iter().filter_map(|place| place.get("docker")).flat_map(At::items) {
        container.get("environment").into_iter().for_each(|env| taker.sets(env));
    }
    let lists: Vec<At> = around.iter().copied().chain(job.get("steps")).collect();
    let mut walk = steps::Walk::new(file, &mut taker);
    for list in &lists {
        walk.note_assignments(*list, 0);
    }
    for place in &places {
        environment(&mut taker, *place);
    }
    let mut walk = steps::Walk::new(file, &mut taker);
    for list in lists {
        walk.steps(list, 0);
    }
}

/// `executor: name` or `executor: {name: …}`, when the file defines it.
fn executor<'t>(file: &File<'t>, job: At<'t>) -> Option<At<'t>> {
    let executor = job.get("executor")?;
    let name = executor.value().or_else(|| executor.get("name").and_then(At::value))?;
    file.named("executors", name)
}

/// The class of a self-hosted runner has a namespace.
/// <https://circleci.com/docs/guides/execution-runner/runner-concepts/#namespaces-and-resource-classes>
fn runner(file: &File, places: &[At]) -> Runner {
    let Some(class) = places.iter().find_map(|place| place.get("resource_class")) else {
        return Runner { kind: RunnerKind::Hosted, ..Runner::default() };
    };
    let text = class.value().unwrap_or_default();
    let kind = match text {
        _ if text.contains("<<") => RunnerKind::Unknown,
        _ if text.contains('/') => RunnerKind::SelfHosted,
        _ => RunnerKind::Hosted,
    };
    Runner { kind, labels: vec![text.to_owned()], location: Some(place(file.document, class)) }
}

/// Every job has a token; one that the job makes use of has a name here.
/// <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>
pub(super) fn id_token(file: &File, job: At, pipeline: &mut Pipeline) {
    let location = place(file.document, job);
    pipeline.id_tokens.push(IdToken { location, ..IdToken::default() });
}

fn environment(taker: &mut Taker, place: At) {
    let way = Way { scope: Scope::Job, ..Way::default() };
    if let Some(variables) = place.get("environment") {
        taker.variables(variables, way);
    }
    for (index, container) in place.get("docker").into_iter().flat_map(At::items).enumerate() {
        let kind = if index == 0 { ComponentKind::Image } else { ComponentKind::Service };
        image(taker, container, kind);
        taker.throwaway = index > 0;
        if let Some(variables) = container.get("environment") {
            taker.variables(variables, way);
        }
        taker.throwaway = false;
    }
}

fn image(taker: &mut Taker, container: At, kind: ComponentKind) {
    let Some(named) = container.get("image") else { return };
    let text = named.value().unwrap_or_default();
    let (name, reference, pin) = ci::image_reference(text, text.contains("<<"));
    let location = super::place(taker.document, named);
    let component = Component { kind, name, reference, pin, location, ..Component::default() };
    taker.pipeline.components.push(component);
    let way = Way { channel: Channel::Registry, scope: Scope::Job, ..Way::default() };
    let logins = ["auth", "aws_auth"].into_iter().filter_map(|key| container.get(key));
    for (key, value) in logins.flat_map(At::entries) {
        if matches!(key.text(), Some("password" | "aws_secret_access_key")) {
            taker.variable(key, value, way);
        }
        if key.text() == Some("oidc_role_arn")
            && let Some(role) = value.value()
        {
            let location = super::place(taker.document, value);
            taker.role("aws", role, Method::Oidc, None, location, None);
        }
    }
}
