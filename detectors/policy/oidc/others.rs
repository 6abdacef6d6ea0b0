//! The subjects of the other platforms.

use super::{RepositoryFacts, widen};
use crate::evidence::{
    Pipeline,
    pipeline::{Method, Trigger},
};

/// GitLab: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>.
pub(super) fn gitlab(
    pipeline: &Pipeline,
    triggers: &[&Trigger],
    facts: &RepositoryFacts,
) -> Vec<String> {
    let project = pipeline.repository.as_deref().unwrap_or("*");
    let form = |kind: &str, name: &str| {
        let known = facts.default_branch.as_deref().filter(|_| name == "$CI_DEFAULT_BRANCH");
        let name = known.map_or_else(|| widen(name), str::to_owned);
        format!("project_path:{project}:ref_type:{kind}:ref:{name}")
    };
    let mut found = Vec::new();
    for trigger in triggers {
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

/// CircleCI: <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>. Version 2
/// of the token names the source of the change, unless a custom webhook started the pipeline.
pub(super) fn circleci(pipeline: &Pipeline, triggers: &[&Trigger]) -> Vec<String> {
    let origin = pipeline.repository.as_deref().map_or("*".to_owned(), |name| format!("*/{name}"));
    let mut refs: Vec<String> = Vec::new();
    for trigger in triggers {
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
/// The ids of deployment environment and step are known to Bitbucket alone, the one of the repository
/// where a source has read it.
pub(super) fn bitbucket(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let repository = facts.id.as_deref().unwrap_or("*").trim_matches(['{', '}']);
    let environment = if pipeline.environment.is_some() { ":{*}" } else { "" };
    vec![format!("{{{repository}}}{environment}:{{*}}")]
}

/// Azure Pipelines with the Entra issuer, which service connections have by default and must have from
/// July 2027: tenant, organisation and connection stand there by ids that the file does not know.
/// <https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections>
pub(super) fn entra_connections(pipeline: &Pipeline) -> Vec<String> {
    let federated = pipeline.roles.iter().any(|role| role.method == Method::Connection);
    federated.then(|| "/eid1/c/pub/t/*/a/*/sc/*/*".to_owned()).into_iter().collect()
}

/// Azure Pipelines with its own issuer: one subject for every service connection that the job uses.
/// <https://github.com/microsoft/azure-pipelines-tasks/blob/master/docs/service-connections/azure-oidc/README.md>
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
