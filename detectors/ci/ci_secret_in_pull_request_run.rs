//! A run that a pull request starts, and can rewrite, holds secrets.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p) && p.platform == "tekton") {
        let trigger = pipeline.triggers.iter().find(|t| t.event == "pull_request");
        let (Some(trigger), Some(loot)) = (trigger, ci::loot(pipeline)) else { continue };
        let message = format!(
            "Job '{}' holds {loot} and runs on pull requests, by the definition that stands in the pull request. Its author decides what the run does with them.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("pull_request");
        finding.at(trigger.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        for secret in ci::stored(pipeline) {
            finding.related(secret.location.clone(), "taken here");
        }
        finding.fix("Move the secrets to the run on `push`, or set `pipelinerun_provenance: default_branch` in the Repository object.");
        ci::weigh(
            finding,
            Level::between(2, 3, "contributors start it; strangers after an /ok-to-test").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
