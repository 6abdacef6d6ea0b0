//! Where a job runs: labels, images, pods.

use super::{calls::Call, groovy::Kind, job::Walk};
use crate::{
    evidence::pipeline::{Channel, ComponentKind, Method, RoleUse, Scope, SecretUse, Store},
    readers::{
        ci::{kubernetes::Pod, unreadable},
        yaml::{At, Yaml},
    },
};
use std::ops::Range;

/// `agent any`, `agent { label 'x' }`, `agent { docker { image 'x' } }`, `agent { kubernetes { … } }`.
pub(super) fn declared<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    match call.body.clone() {
        None => {
            let word = walk.script.text(call.args.start);
            if word == "any" {
                walk.runs_on("any", call.args.start);
            }
        }
        Some(body) => block(walk, body, "agent"),
    }
}

/// The settings of an agent, which may nest: `node { label 'x' }`.
fn block<'s>(walk: &mut Walk<'s, '_>, range: Range<usize>, kind: &str) {
    let script = walk.script;
    let mut at = range.start;
    while at < range.end {
        let Some(call) = script.call(at) else {
            at = script.after(at);
            continue;
        };
        let args = script.args(&call.args);
        let text = script
            .string(&call.args)
            .or_else(|| args.iter().find_map(|arg| script.string(&arg.value)));
        match (call.name, text) {
            (_, None) => {}
            ("label" | "inheritFrom" | "nodeSelector", Some(at)) => {
                walk.runs_on(script.text(at), at)
            }
            ("image" | "docker", Some(at)) => image(walk, at),
            ("yaml", Some(at)) => pod(walk, at),
            ("serviceAccount", Some(at)) => account(walk, at),
            ("registryCredentialsId", Some(at)) => registry_credential(walk, at),
            _ => {}
        }
        if let Some(body) = call.body.clone().filter(|_| kind == "agent") {
            block(walk, body, "settings");
        }
        at = call.end.max(at + 1);
    }
}

/// `node('label')`.
pub(super) fn label_argument<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    if let Some(at) = walk.script.string(&call.args) {
        walk.runs_on(walk.script.text(at), at);
    }
}

/// `docker.image('x')`.
pub(super) fn image_argument<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    if let Some(at) = walk.script.string(&call.args) {
        image(walk, at);
    }
}

/// `podTemplate(serviceAccount: 'x', yaml: '…')`, `containerTemplate(image: 'x')`.
pub(super) fn template<'s>(walk: &mut Walk<'s, '_>, call: &Call<'s>) {
    let args = walk.script.args(&call.args);
    if let Some(at) = walk.script.named(&args, "serviceAccount") {
        account(walk, at);
    }
    if let Some(at) = walk.script.named(&args, "image") {
        image(walk, at);
    }
    if let Some(at) = walk.script.named(&args, "yaml") {
        pod(walk, at);
    }
}

fn image(walk: &mut Walk, at: usize) {
    let text = walk.script.text(at);
    let dynamic = walk.script.kind(at) == Some(Kind::Text(true)) && text.contains('$');
    let region = walk.region(at);
    walk.gather.image(text, dynamic, ComponentKind::Image, region);
}

fn account(walk: &mut Walk, at: usize) {
    let text = walk.script.text(at);
    let location = walk.gather.at(walk.region(at));
    walk.gather.pipeline.roles.push(RoleUse {
        provider: "kubernetes".to_owned(),
        role: text.to_owned(),
        method: Method::Ambient,
        location,
        ..RoleUse::default()
    });
}

fn registry_credential(walk: &mut Walk, at: usize) {
    let region = walk.region(at);
    let rest = SecretUse {
        channel: Channel::Registry,
        slot: Some("registryCredentialsId".to_owned()),
        scope: Scope::Job,
        consumer: Some("jenkins:docker".to_owned()),
        ..SecretUse::default()
    };
    let name = walk.script.text(at);
    walk.gather.secret(name, Store::Platform, region, rest);
}

/// A pod that stands in the script as YAML.
fn pod(walk: &mut Walk, at: usize) {
    let text = walk.script.text(at);
    let first = walk.line(at);
    match Yaml::parse(text) {
        Ok(yaml) => {
            let specs = yaml.documents().filter_map(|object| object.get("spec"));
            for spec in specs.filter(|spec: &At| spec.is_map()) {
                let scope = walk.scope;
                Pod { gather: &mut walk.gather, scope, lines_before: first - 1 }.spec(spec);
            }
        }
        Err(error) => {
            let why = format!(
                "the pod template in the pipeline script is not readable YAML: {}",
                error.why
            );
            walk.unread.push(unreadable(
                walk.gather.document,
                first + error.line - 1,
                why,
                "keep the template in a file of its own (`yamlFile`)",
            ));
        }
    }
}
