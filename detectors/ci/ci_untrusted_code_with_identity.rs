//! A privileged trigger checks out a stranger's code in a job that holds an identity.

use crate::{
    evidence::{Estate, Pipeline, pipeline::Origin},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        let Some(trigger) = ci::untrusted_trigger(estate, pipeline) else { continue };
        let Some(checkout) = pipeline.components.iter().find(|c| ci::checks_out_strange_code(c)) else { continue };
        let Some(loot) = ci::loot(pipeline).or_else(|| own_token(pipeline)) else { continue };
        let message = format!(
            "Job '{}' checks out the code of whoever caused '{}' and holds {loot}. A step that runs a build \
             script, test or hook of that code runs it with the job's identity.",
            ci::name(pipeline),
            trigger.event,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key(trigger.event.clone()).at(checkout.location.clone());
        if let Some(location) = &trigger.location {
            finding.related(location.clone(), "what starts it");
        }
        finding.fix("Build the pull request's code on `pull_request` without secrets; let the privileged workflow take only its results.");
        ci::weigh(
            finding,
            Level::between(3, 4, "a pull request's author writes the code that runs").citing(pipeline),
            Level::between(2, 4, "the job holds secrets or may write"),
        );
    }
}

fn own_token(pipeline: &Pipeline) -> Option<String> {
    if ci::may_write(pipeline) {
        Some("a token that may write".to_owned())
    } else if pipeline.permissions.origin == Origin::Unstated {
        Some("a token with the repository's default rights".to_owned())
    } else {
        None
    }
}
