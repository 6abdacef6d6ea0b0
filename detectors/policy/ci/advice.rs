//! What to do, in the words of the platform at hand.

use crate::evidence::{Pipeline, pipeline::Component};

/// How to fix a reference to foreign code.
pub(crate) fn pin_advice(pipeline: &Pipeline, component: &Component) -> String {
    let name = &component.name;
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
