//! One run, pipeline or task: what it is made of.

use crate::{
    evidence::{
        Region,
        pipeline::{ComponentKind, Form, Pin, Scope},
    },
    readers::{
        ci::{
            gather::{Gather, pin_of_reference},
            image_reference,
            kubernetes::{Pod, is_filled_in},
            manifests::at,
        },
        yaml::At,
    },
};

/// How deep pipelines may stand in pipelines.
const MAX_DEPTH: usize = 10;

pub(super) fn read(gather: &mut Gather, object: At) {
    let Some(spec) = object.get("spec") else { return };
    let is_run = gather.pipeline.form == Form::Job;
    let mut pod = Pod { gather, scope: Scope::Job, lines_before: 0 };
    if is_run {
        accounts(&mut pod, spec);
        for workspace in spec.get("workspaces").into_iter().flat_map(At::items) {
            pod.mounted_secret(workspace);
        }
        for key in ["podTemplate", "taskRunTemplate"] {
            if let Some(template) = spec.get(key) {
                pod.spec(template.get("podTemplate").unwrap_or(template));
            }
        }
    }
    pod.scope = Scope::Step;
    body(&mut pod, spec, 0);
    for key in ["pipelineSpec", "taskSpec"] {
        if let Some(inner) = spec.get(key) {
            body(&mut pod, inner, 0);
        }
    }
    for key in ["pipelineRef", "taskRef"] {
        if let Some(used) = spec.get(key) {
            reference(pod.gather, used);
        }
    }
    // A StepAction is itself a step.
    if object.get("kind").and_then(At::value) == Some("StepAction") {
        pod.container(spec, ComponentKind::Image);
    }
}

/// The accounts of a run: its own and those of single tasks.
fn accounts(pod: &mut Pod, spec: At) {
    let own = spec
        .get("serviceAccountName")
        .or_else(|| at(spec, &["taskRunTemplate", "serviceAccountName"]));
    let tasks = ["taskRunSpecs", "serviceAccountNames"]
        .iter()
        .filter_map(|key| spec.get(key))
        .flat_map(At::items);
    let of_tasks = tasks.filter_map(|task| {
        ["serviceAccountName", "taskServiceAccountName"].iter().find_map(|key| task.get(key))
    });
    for account in own.into_iter().chain(of_tasks) {
        pod.service_account(account);
    }
}

/// The tasks of a pipeline, the steps of a task.
fn body(pod: &mut Pod, spec: At, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    for list in ["tasks", "finally"] {
        for task in spec.get(list).into_iter().flat_map(At::items) {
            if let Some(used) = task.get("taskRef").or_else(|| task.get("pipelineRef")) {
                reference(pod.gather, used);
            }
            if let Some(inner) = task.get("taskSpec").or_else(|| task.get("pipelineSpec")) {
                body(pod, inner, depth + 1);
            }
        }
    }
    let template = spec.get("stepTemplate");
    for step in spec.get("steps").into_iter().flat_map(At::items).chain(template) {
        pod.container(step, ComponentKind::Image);
        if let Some(used) = step.get("ref") {
            reference(pod.gather, used);
        }
    }
    for sidecar in spec.get("sidecars").into_iter().flat_map(At::items) {
        pod.container(sidecar, ComponentKind::Service);
    }
    if let Some(volumes) = spec.get("volumes") {
        pod.volumes(volumes);
    }
}

/// `taskRef`, `pipelineRef`, `ref`: a name in the cluster, a bundle, or what a resolver fetches.
fn reference(gather: &mut Gather, used: At) {
    let region = used.region();
    if let Some(bundle) = used.get("bundle").and_then(At::value) {
        return component(gather, image_reference(bundle, is_filled_in(bundle)), region);
    }
    let Some(resolver) = used.get("resolver").and_then(At::value) else {
        if let Some(name) = used.get("name").and_then(At::value) {
            gather.workflow(name, None, Pin::Local, region);
        }
        return;
    };
    let parameter = |wanted: &str| {
        let mut params = used.get("params").into_iter().flat_map(At::items);
        params.find(|p| p.get("name").and_then(At::value) == Some(wanted))?.get("value")?.value()
    };
    match resolver {
        "bundles" => {
            if let Some(bundle) = parameter("bundle") {
                component(gather, image_reference(bundle, is_filled_in(bundle)), region);
            }
        }
        "git" => {
            let name = parameter("url").or_else(|| parameter("repo")).unwrap_or_default();
            let revision = parameter("revision");
            let own = name.contains("{{") || name.contains("$(");
            let pin =
                if own { Pin::Local } else { revision.map_or(Pin::Floating, pin_of_reference) };
            gather.workflow(short(name), revision, pin, region);
        }
        "hub" => {
            let name = format!("hub:{}", parameter("name").unwrap_or_default());
            let version = parameter("version");
            gather.workflow(
                &name,
                version,
                version.map_or(Pin::Floating, pin_of_reference),
                region,
            );
        }
        "http" => {
            let url = parameter("url").unwrap_or_default();
            let pin = if is_filled_in(url) { Pin::Dynamic } else { Pin::Floating };
            gather.workflow(url, None, pin, region);
        }
        "cluster" => {
            gather.workflow(parameter("name").unwrap_or_default(), None, Pin::Local, region)
        }
        other => gather.workflow(other, None, Pin::Dynamic, region),
    }
}

/// A remote task of a Pipelines as Code annotation: a path, an address, or a name in the hub.
pub(super) fn remote(gather: &mut Gather, text: &str, region: Region) {
    if text.starts_with("http://") || text.starts_with("https://") {
        let pin = if text.contains("{{") { Pin::Dynamic } else { pin_in_address(text) };
        gather.workflow(text, None, pin, region);
    } else if text.ends_with(".yaml")
        || text.ends_with(".yml")
        || text.contains('/') && text.starts_with('.')
    {
        gather.workflow(text, None, Pin::Local, region);
    } else {
        let (name, version) = text.rsplit_once(':').map_or((text, None), |(n, v)| (n, Some(v)));
        let pin = version.map_or(Pin::Floating, pin_of_reference);
        gather.workflow(&format!("hub:{name}"), version, pin, region);
    }
}

/// An address with a full commit id in its path is fixed.
fn pin_in_address(address: &str) -> Pin {
    let commit = |part: &str| part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit());
    if address.split('/').any(commit) { Pin::Digest } else { Pin::Floating }
}

fn component(
    gather: &mut Gather,
    (name, reference, pin): (String, Option<String>, Pin),
    region: Region,
) {
    gather.workflow(&name, reference.as_deref(), pin, region);
}

/// `owner/name` for addresses at GitHub.
fn short(address: &str) -> &str {
    address.trim_end_matches(".git").strip_prefix("https://github.com/").unwrap_or(address)
}
