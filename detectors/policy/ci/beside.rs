//! Stored credentials that a piece of foreign code in a job can read.

use super::judge::is_credential;
use crate::evidence::{
    Pipeline,
    pipeline::{Channel, Component, ComponentKind, Pin, Scope, SecretUse},
};
use std::collections::BTreeSet;

/// The names of the credentials in the step of a component: those that the step takes and those that stand
/// in the environment of all steps.
pub(crate) fn beside(pipeline: &Pipeline, component: &Component) -> Vec<String> {
    let near = |secret: &&SecretUse| match pipeline.platform.as_str() {
        // The variables of the project stand in the environment of the whole job.
        "gitlab-ci" | "circleci" | "bitbucket-pipelines" => true,
        // A binding holds for its block; only `environment` holds for every step.
        "jenkins" => secret.channel == Channel::Env && secret.scope == Scope::Job,
        _ => {
            let wide = secret.channel == Channel::Env && secret.scope != Scope::Step;
            secret.step == component.step || (wide && secret.consumer.is_none())
        }
    };
    let names: BTreeSet<&str> = pipeline
        .secrets
        .iter()
        .filter(near)
        .filter(|secret| is_credential(pipeline, secret))
        .map(|secret| secret.name.as_str())
        .collect();
    names.into_iter().map(str::to_owned).collect()
}

/// True for an installer that a script fetches by its address, and not for a package of a registry.
pub(crate) fn is_fetched_script(component: &Component) -> bool {
    component.kind == ComponentKind::Tool
        && component.pin == Pin::Floating
        && component.name.contains("://")
}
