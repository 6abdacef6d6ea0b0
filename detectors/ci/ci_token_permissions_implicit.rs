//! The file does not say what the job's token may do.

use crate::{
    evidence::{Estate, pipeline::Origin},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = estate.pipelines.iter().filter(|p| ci::is_job(p) && p.platform == "github-actions");
    for pipeline in jobs.filter(|p| p.permissions.origin == Origin::Unstated) {
        let message = format!(
            "Job '{}' has whatever token permissions the repository or organisation gives by default. Where \
             that default was never changed, the token may write everything.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("permissions").at(pipeline.location.clone());
        finding.fix("Add `permissions: {}` at the top of the file and give each job the scopes it needs.");
        ci::weigh(
            finding,
            Level::between(1, 2, "code in the job can use the token").citing(pipeline),
            Level::between(1, 3, "the default is not in the file"),
        );
    }
}
