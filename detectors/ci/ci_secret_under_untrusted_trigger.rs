//! A stranger can start a job that holds secrets.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        let (Some(trigger), Some(loot)) = (ci::untrusted_trigger(estate, pipeline), ci::loot(pipeline)) else {
            continue;
        };
        let message = format!(
            "Job '{}' holds {loot} and can be started from outside by '{}'. Any text or file that the \
             stranger controls reaches a job with rights.",
            ci::name(pipeline),
            trigger.event,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key(trigger.event.clone());
        finding.at(trigger.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        finding.related(pipeline.location.clone(), "the job");
        finding.fix("Split the work: an unprivileged job on `pull_request` that only uploads data, and a second one that treats the data as hostile.");
        ci::weigh(
            finding,
            Level::between(2, 3, "a stranger starts it").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
