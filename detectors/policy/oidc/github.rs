//! The subjects of GitHub Actions: <https://docs.github.com/actions/reference/security/oidc>.

use super::{RepositoryFacts, widen};
use crate::evidence::{Pipeline, pipeline::Trigger};

/// The name-based form and the immutable one (`repo:owner@id/name@id`), unless the platform says
/// which of them holds.
pub(super) fn patterns(
    pipeline: &Pipeline,
    triggers: &[&Trigger],
    facts: &RepositoryFacts,
) -> Vec<String> {
    let contexts = contexts(pipeline, triggers, facts);
    let mut found = Vec::new();
    for repository in names(pipeline, facts) {
        for context in &contexts {
            found.push(match &facts.claim_keys {
                None => format!("repo:{repository}:{context}"),
                Some(keys) => {
                    let claim = |key: &String| claim_of(key, pipeline, &repository, context, facts);
                    keys.iter().map(claim).collect::<Vec<_>>().join(":")
                }
            });
        }
    }
    found
}

fn names(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let name = pipeline.repository.as_deref().unwrap_or("*/*");
    let (owner, repository) = name.split_once('/').unwrap_or(("*", name));
    let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "*".to_owned());
    let immutable = format!("{owner}@{}/{repository}@{}", id(&facts.owner_id), id(&facts.id));
    match facts.immutable {
        Some(true) => vec![immutable],
        Some(false) => vec![name.to_owned()],
        None => vec![name.to_owned(), immutable],
    }
}

/// The part of the subject behind the repository.
fn contexts(pipeline: &Pipeline, triggers: &[&Trigger], facts: &RepositoryFacts) -> Vec<String> {
    if let Some(environment) = &pipeline.environment {
        let name = if environment.contains("${{") { "*" } else { environment };
        // GitHub writes a colon inside a value as %3A.
        return vec![format!("environment:{}", name.replace(':', "%3A"))];
    }
    triggers.iter().flat_map(|trigger| refs_of(trigger, facts)).collect()
}

fn refs_of(trigger: &Trigger, facts: &RepositoryFacts) -> Vec<String> {
    let branches = |patterns: &[String]| refs("refs/heads/", patterns);
    let tags = |patterns: &[String]| refs("refs/tags/", patterns);
    let any: &[String] = &["*".to_owned()];
    match trigger.event.as_str() {
        "pull_request" => vec!["pull_request".to_owned()],
        "pull_request_review" | "pull_request_review_comment" => {
            vec!["pull_request".to_owned(), "ref:refs/pull/*/merge".to_owned()]
        }
        "push" => match (trigger.branches.is_empty(), trigger.tags.is_empty()) {
            (true, true) => [branches(any), tags(any)].concat(),
            _ => [branches(&trigger.branches), tags(&trigger.tags)].concat(),
        },
        "workflow_dispatch" | "create" | "deployment" | "deployment_status" => {
            [branches(any), tags(any)].concat()
        }
        "release" => tags(any),
        "merge_group" => branches(&["gh-readonly-queue/*".to_owned()]),
        "pull_request_target" if !trigger.branches.is_empty() => branches(&trigger.branches),
        "pull_request_target" => branches(any),
        // The caller's own record has its subjects.
        "workflow_call" => Vec::new(),
        _ => branches(&[facts.default_branch.clone().unwrap_or_else(|| "*".to_owned())]),
    }
}

fn refs(prefix: &str, patterns: &[String]) -> Vec<String> {
    let kept = patterns.iter().filter(|pattern| !pattern.starts_with('!'));
    kept.map(|pattern| format!("ref:{prefix}{}", widen(pattern))).collect()
}

fn claim_of(
    key: &str,
    pipeline: &Pipeline,
    repository: &str,
    context: &str,
    facts: &RepositoryFacts,
) -> String {
    let owner = repository.split('/').next().unwrap_or("*");
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "*".to_owned());
    let value = match key {
        "repo" => return format!("repo:{repository}"),
        "context" => return context.to_owned(),
        "repository" => pipeline.repository.clone().unwrap_or_else(|| "*".to_owned()),
        "repository_owner" => owner.split('@').next().unwrap_or("*").to_owned(),
        "repository_id" => known(&facts.id),
        "repository_owner_id" => known(&facts.owner_id),
        "environment" => pipeline.environment.clone().unwrap_or_default(),
        "job_workflow_ref" | "workflow_ref" => {
            let name = pipeline.repository.as_deref().unwrap_or("*/*");
            format!("{name}/{}@*", pipeline.workflow)
        }
        "ref" => context.strip_prefix("ref:").unwrap_or("*").to_owned(),
        _ => "*".to_owned(),
    };
    format!("{key}:{value}")
}
