//! The job's own token is handed on to a place that keeps it or passes it on.

use crate::{
    evidence::{
        Estate,
        pipeline::{Channel, Store},
    },
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "gitlab-ci") {
        let forwarded = |s: &&crate::evidence::pipeline::SecretUse| {
            s.store == Store::JobToken && s.channel == Channel::Call
        };
        let Some(secret) = pipeline.secrets.iter().find(forwarded) else { continue };
        let message = format!(
            "{} '{}' hands its '{}' on to another pipeline or into an image build. There it is a plain value that \
             is logged, stored in a layer, or used by code that this project does not control.",
            ci::noun(pipeline),
            ci::name(pipeline),
            secret.name,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("job-token").at(secret.location.clone());
        finding.fix("Let the other pipeline use its own job token and allow this project in its job token allowlist; give image builds `--secret` instead of `--build-arg`.");
        ci::weigh(
            finding,
            Level::between(2, 3, "the value leaves the job").citing(pipeline),
            Level::between(1, 2, "the rights of the user who started the pipeline, as far as job tokens go"),
        );
    }
}
