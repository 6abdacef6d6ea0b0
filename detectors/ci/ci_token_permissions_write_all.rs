//! The job's token may write everything.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        if pipeline.permissions.scopes.get("*").is_none_or(|level| level != "write") {
            continue;
        }
        let message = format!(
            "Job '{}' has a token that may write everything in the repository. It can push code, publish \
             releases, approve changes and mint identity tokens.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("write-all");
        finding.at(pipeline.permissions.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        finding.fix("Replace `write-all` by the scopes that the job uses, such as `contents: read`.");
        ci::weigh(
            finding,
            Level::between(1, 2, "code in the job can use the token").citing(pipeline),
            Level::exactly(3, "it writes code, releases and packages"),
        );
    }
}
