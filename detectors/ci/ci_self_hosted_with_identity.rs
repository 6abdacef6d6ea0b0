//! A job with secrets runs on a machine that outlives it.

use crate::{
    evidence::{Estate, pipeline::RunnerKind},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.runner.kind == RunnerKind::SelfHosted) {
        let Some(loot) = ci::loot(pipeline) else { continue };
        let message = format!(
            "Job '{}' runs on a self-hosted runner and holds {loot}. What an earlier job left on that machine \
             reads it, and the job reaches whatever the machine may reach.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("runner");
        finding.at(pipeline.runner.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        finding.fix("Use ephemeral runners (one job each, `--ephemeral`), keep jobs with secrets in a runner group of their own, and open that group to this repository only.");
        ci::weigh(
            finding,
            Level::between(2, 3, "whether the machine is ephemeral is not in the file").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
