//! What to do, in the words of the platform at hand.

use super::{Class, Kind};
use crate::evidence::{
    Pipeline,
    pipeline::{Component, ComponentKind},
};

/// What to use instead of a stored credential.
pub(crate) fn replacement(pipeline: &Pipeline, kind: &Kind) -> String {
    let platform = pipeline.platform.as_str();
    let github = platform == "github-actions";
    let taken = kind.only.is_empty() || kind.only.iter().any(|only| only == platform);
    let docs = if github { &kind.docs } else { kind.docs_elsewhere.as_ref().unwrap_or(&kind.docs) };
    let Some(federation) = kind.federation.as_deref().filter(|_| taken) else {
        return format!("Narrow it to this job, give it an expiry and a rotation date: {docs}");
    };
    if github {
        return format!("Use {federation}, then revoke the stored one: {docs}");
    }
    // What stands in parentheses names inputs of GitHub actions.
    let general = federation.split(" (").next().unwrap_or(federation);
    let instead = kind.elsewhere.as_deref().unwrap_or(general);
    let token = if kind.class == Class::Github { "" } else { own_token(platform) };
    format!("Use {instead}, then revoke the stored one: {docs}{token}")
}

/// Where a job finds the token that it signs in with.
fn own_token(platform: &str) -> &'static str {
    match platform {
        "azure-pipelines" => {
            " (sign in through a service connection of the type workload identity federation)"
        }
        "bitbucket-pipelines" => " (the step's token: `oidc: true`, `$BITBUCKET_STEP_OIDC_TOKEN`)",
        "dependabot" => {
            " (in the registry's entry: `role-name` and `account-id` of AWS, `client-id` and `tenant-id` of Azure)"
        }
        "circleci" => " (the job's token: `$CIRCLE_OIDC_TOKEN_V2`)",
        "gitlab-ci" => " (the job's token: `id_tokens:`)",
        "jenkins" => {
            " (the job's token: the plugin OpenID Connect Provider, or the agent's own role)"
        }
        "argo-workflows" | "tekton" => " (the run's token: that of its service account)",
        _ => "",
    }
}

/// How to fix a reference to foreign code.
pub(crate) fn pin_advice(pipeline: &Pipeline, component: &Component) -> String {
    let name = &component.name;
    if component.kind == ComponentKind::Image {
        return format!("Pin the image by its digest: `{name}@sha256:…`.");
    }
    match pipeline.platform.as_str() {
        "github-actions" => format!("Pin it to a full commit id: `uses: {name}@<commit>`."),
        "circleci" => {
            let orb = name.rsplit_once('/').map_or(name.as_str(), |(orb, _)| orb);
            format!("Pin the orb to a full version, which never changes: `{orb}@<major>.<minor>.<patch>`.")
        }
        "bitbucket-pipelines" => format!("Pin the pipe's image by its digest: `pipe: docker://{name}@sha256:…`."),
        "azure-pipelines" => {
            format!("Pin the repository resource '{name}' to a commit: `ref: <full commit id>`.")
        }
        "jenkins" => format!("Pin the library to a full commit id: `@Library('{name}@<commit>') _`."),
        "tekton" => "Name a bundle by its digest (`…@sha256:…`), or give the git resolver a full commit id as `revision`.".to_owned(),
        "argo-cd" => "Set `targetRevision` to a full commit id, or to an exact chart version.".to_owned(),
        _ => format!("Pin {name} to a full commit id or digest."),
    }
}

/// How to hand over what now stands in the file.
pub(crate) fn store_advice(pipeline: &Pipeline) -> &'static str {
    match pipeline.platform.as_str() {
        "dependabot" => "name it as `${{secrets.NAME}}`, a secret of Dependabot",
        "github-actions" => "hand it over as `${{ secrets.NAME }}`",
        "azure-pipelines" => {
            "keep it in a key vault, hand it over in the step's `env` as `$(NAME)`"
        }
        "circleci" => "keep it in a context, and let the script read the variable",
        "bitbucket-pipelines" => "hand it over as a secured variable of the deployment environment",
        "jenkins" => {
            "hand it over with `withCredentials`, or as `${NAME}` in configuration as code"
        }
        "tekton" | "argo-workflows" => "hand it over with `secretKeyRef`",
        "argo-cd" => "let External Secrets or Sealed Secrets write the Secret",
        _ => "hand it over as a masked, protected variable",
    }
}
