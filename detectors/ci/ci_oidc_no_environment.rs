//! A job takes a cloud role without naming an environment.

use crate::{
    evidence::{Estate, Pipeline, pipeline::Method},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    // CircleCI knows no environments: there the context decides.
    let open = |p: &&Pipeline| ci::is_job(p) && p.environment.is_none() && p.platform != "circleci";
    for pipeline in estate.pipelines.iter().filter(open) {
        let clouds = ["aws", "azure", "gcp", "vault", "alibaba"];
        let role = pipeline
            .roles
            .iter()
            .find(|role| role.method == Method::Oidc && clouds.contains(&role.provider.as_str()));
        let Some(role) = role.filter(|_| !pipeline.id_tokens.is_empty()) else { continue };
        let message = format!(
            "Job '{}' takes a role at {} without an environment. Its subject then names only a branch or pull \
             request, so that no reviewer and no branch rule stands before the role.",
            ci::name(pipeline),
            ci::provider(&role.provider),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key(role.provider.clone()).at(role.location.clone());
        finding.fix("Add `environment: <name>` to the job, protect that environment, and let the role trust `environment:<name>` only.");
        ci::weigh(
            finding,
            Level::between(1, 3, "how narrow the trust is, is not in the file").citing(pipeline),
            Level::between(1, 3, "the role's rights are not in the file"),
        );
    }
}
