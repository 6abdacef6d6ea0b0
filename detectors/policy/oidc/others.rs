//! The subjects of the other platforms.

use super::{RepositoryFacts, widen};
use crate::evidence::{Pipeline, pipeline::Method};

/// GitLab: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>.
pub(super) fn gitlab(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let project = pipeline.repository.as_deref().unwrap_or("*");
    let form = |kind: &str, name: &str| {
        let known = facts.default_branch.as_deref().filter(|_| name == "$CI_DEFAULT_BRANCH");
        let name = known.map_or_else(|| widen(name), str::to_owned);
        format!("project_path:{project}:ref_type:{kind}:ref:{name}")
    };
    let mut found = Vec::new();
    for trigger in &pipeline.triggers {
        found.extend(trigger.branches.iter().map(|name| form("branch", name)));
        found.extend(trigger.tags.iter().map(|name| form("tag", name)));
        if trigger.branches.is_empty() && trigger.tags.is_empty() {
            found.push(form("branch", "*"));
            if trigger.event != "merge_request_event" {
                found.push(form("tag", "*"));
            }
        }
    }
    found
}

/// CircleCI: <https://circleci.com/docs/openid-connect-tokens/>, version 1 and 2 of the token.
pub(super) fn circleci(pipeline: &Pipeline) -> Vec<String> {
    let origin = pipeline.repository.as_deref().map_or("*".to_owned(), |name| format!("*/{name}"));
    let mut refs: Vec<String> = Vec::new();
    for trigger in &pipeline.triggers {
        refs.extend(trigger.branches.iter().map(|name| format!("refs/heads/{}", widen(name))));
        refs.extend(trigger.tags.iter().map(|name| format!("refs/tags/{}", widen(name))));
    }
    if refs.is_empty() {
        refs.push("*".to_owned());
    }
    let second =
        refs.iter().map(|r| format!("org/*/project/*/user/*/vcs-origin/{origin}/vcs-ref/{r}"));
    std::iter::once("org/*/project/*/user/*".to_owned()).chain(second).collect()
}

/// Bitbucket: <https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/>.
/// The ids of repository, deployment environment and step are known to Bitbucket alone.
pub(super) fn bitbucket(pipeline: &Pipeline) -> Vec<String> {
    let subject = if pipeline.environment.is_some() { "{*}:{*}:{*}" } else { "{*}:{*}" };
    vec![subject.to_owned()]
}

/// Azure Pipelines: one subject for every service connection that the job uses.
pub(super) fn connections(pipeline: &Pipeline) -> Vec<String> {
    let project = pipeline.repository.as_deref().unwrap_or("*/*");
    let project = project.rsplit_once('/').map_or(project, |(project, _)| project);
    pipeline
        .roles
        .iter()
        .filter(|role| role.method == Method::Connection)
        .map(|role| {
            let name = if role.role.contains('$') { "*" } else { &role.role };
            format!("sc://{}/{name}", if project.contains('/') { project } else { "*/*" })
        })
        .collect()
}
