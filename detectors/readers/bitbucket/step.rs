//! One step: its environment, its containers, its scripts and pipes.

use super::super::{
    Document,
    ci::{self, Dialect, Taker, Way, place},
    scripts,
    yaml::At,
};
use crate::evidence::{
    Pipeline,
    pipeline::{
        Channel, Component, ComponentKind, IdToken, Method, Pin, Runner, RunnerKind, Scope, Store,
    },
};

/// Bitbucket expands variables as a shell does.
static DIALECT: Dialect = Dialect {
    predefined: &["bitbucket_", "pipelines_", "ci_"],
    job_token: None,
    ambient: true,
    expansions: |text| scripts::variables(text).collect(),
};

pub(super) fn read(
    document: &Document,
    root: At,
    step: At,
    stage_deployment: Option<At>,
    pipeline: &mut Pipeline,
) {
    pipeline.environment = step
        .get("deployment")
        .or(step.get("environment"))
        .or(stage_deployment)
        .and_then(|value| value.value().or_else(|| value.get("name").and_then(At::value)))
        .map(str::to_owned);
    pipeline.runner = runner(document, step);
    id_token(document, root, step, pipeline);

    let mut taker = Taker::new(document, pipeline, &DIALECT);
    let scripts = ["script", "after-script"].into_iter().filter_map(|key| step.get(key));
    let lines: Vec<At> = scripts.flat_map(At::items).collect();
    for line in &lines {
        taker.script_sets(line.text().unwrap_or_default());
    }
    if let Some(image) = step.get("image").or_else(|| root.get("image")) {
        container(&mut taker, image, ComponentKind::Image);
    }
    for name in step.get("services").into_iter().flat_map(At::texts) {
        service(&mut taker, root, name);
    }
    let mut number = 0;
    for line in lines {
        number += 1;
        match line.get("pipe") {
            Some(name) => pipe(&mut taker, line, name, number),
            None => taker.script(line, Some(number)),
        }
    }
}

/// <https://support.atlassian.com/bitbucket-cloud/docs/configure-your-runner-in-bitbucket-pipelines-yml/>
fn runner(document: &Document, step: At) -> Runner {
    let Some(value) = step.get("runs-on") else {
        return Runner { kind: RunnerKind::Hosted, ..Runner::default() };
    };
    let labels: Vec<String> = value.texts().map(str::to_owned).collect();
    let own = labels.iter().any(|label| label == "self.hosted");
    let kind = if own { RunnerKind::SelfHosted } else { RunnerKind::Unknown };
    Runner { kind, labels, location: Some(place(document, value)) }
}

/// `oidc: true`, or `oidc: {audiences: […]}` at the step or for the whole file.
fn id_token(document: &Document, root: At, step: At, pipeline: &mut Pipeline) {
    let Some((key, value)) = step.entry("oidc") else { return };
    if !value.is_true() && !value.is_map() {
        return;
    }
    let everywhere = root.get("options").and_then(|options| options.get("oidc"));
    let audiences = [Some(value), everywhere].into_iter().flatten();
    let audiences = audiences.filter_map(|oidc| oidc.get("audiences")).flat_map(At::texts);
    pipeline.id_tokens.push(IdToken {
        name: Some("BITBUCKET_STEP_OIDC_TOKEN".to_owned()),
        audiences: audiences.map(str::to_owned).collect(),
        location: place(document, key),
    });
}

/// `image`, as a name or with the login to its registry.
fn container(taker: &mut Taker, image: At, kind: ComponentKind) {
    let named = image.get("name").unwrap_or(image);
    let Some(text) = named.value() else { return };
    let (name, reference, pin) = ci::image_reference(text, text.contains('$'));
    let location = place(taker.document, named);
    let component = Component { kind, name, reference, pin, location, ..Component::default() };
    taker.pipeline.components.push(component);
    let way = Way { channel: Channel::Registry, scope: Scope::Job, ..Way::default() };
    let aws = image.get("aws");
    for (key, value) in image.entries().chain(aws.into_iter().flat_map(At::entries)) {
        if matches!(key.text(), Some("password" | "secret-key")) {
            taker.variable(key, value, way);
        }
        if key.text() == Some("oidc-role")
            && let Some(role) = value.value()
        {
            taker.role("aws", role, Method::Oidc, None, place(taker.document, value), None);
        }
    }
}

fn service(taker: &mut Taker, root: At, name: &str) {
    let services = root.get("definitions").and_then(|definitions| definitions.get("services"));
    let Some(service) = services.and_then(|services| services.get(name)) else { return };
    if let Some(image) = service.get("image") {
        container(taker, image, ComponentKind::Service);
    }
    if let Some(variables) = service.get("variables").or(service.get("environment")) {
        taker.throwaway = true;
        taker.variables(variables, Way { scope: Scope::Job, ..Way::default() });
        taker.throwaway = false;
    }
}

/// `pipe`: a container of somebody else, with the variables that it is handed.
fn pipe(taker: &mut Taker, line: At, name: At, number: u32) {
    let Some(text) = name.value() else { return };
    let image = text.strip_prefix("docker://").unwrap_or(text);
    let (name_only, reference, pin) = ci::image_reference(image, image.contains('$'));
    let variables = line.get("variables");
    let kept = ci::kept_inputs(&name_only);
    let inputs = variables.into_iter().flat_map(At::entries).filter_map(|(key, value)| {
        let (key, value) = (key.value()?, value.text()?);
        kept.iter()
            .any(|k| k.eq_ignore_ascii_case(key))
            .then(|| (key.to_ascii_lowercase(), value.to_owned()))
    });
    let component = Component {
        kind: ComponentKind::Action,
        name: name_only.clone(),
        reference,
        pin: if text.starts_with("./") { Pin::Local } else { pin },
        inputs: inputs.collect(),
        step: Some(number),
        location: place(taker.document, name),
        ..Component::default()
    };
    taker.pipeline.components.push(component);
    // A pipe gets its variables as the environment of its container.
    let way = Way { consumer: Some(&name_only), step: Some(number), ..Way::default() };
    for (key, value) in variables.into_iter().flat_map(At::entries) {
        taker.variable(key, value, way);
        for item in value
            .items()
            .flat_map(|item| if item.is_map() { item.get("value") } else { Some(item) })
        {
            taker.variable(key, item, way);
        }
    }
    sign_in(taker, &name_only, variables, name, way);
}

/// A pipe that signs in to a cloud: with a role, or with the variables of the repository.
fn sign_in(taker: &mut Taker, pipe: &str, variables: Option<At>, name: At, way: Way) {
    let input = |wanted: &str| variables.and_then(|variables| variables.get(wanted));
    for login in ci::logins(pipe) {
        let is_static = login.static_when.iter().any(|key| input(key).is_some());
        let role = login.role.iter().find_map(|key| input(key)).and_then(|v| Some((v, v.value()?)));
        if let Some((node, role)) = role {
            let method = if is_static { Method::Static } else { Method::Oidc };
            taker.role(&login.provider, role, method, way.step, place(taker.document, node), None);
        } else if let Some(implied) = login.implied.as_deref().filter(|_| !is_static) {
            let way = Way { slot: Some(implied), channel: Channel::Env, ..way };
            let location = place(taker.document, name);
            taker.push(implied, Store::Platform, way, Some("the pipe's default"), location);
        }
    }
}
