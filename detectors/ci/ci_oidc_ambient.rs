//! Every job of a file can mint identity tokens, although not every job needs to.

use crate::{
    evidence::{
        Estate, Pipeline,
        pipeline::{Method, Origin},
    },
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::BTreeMap;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut files: BTreeMap<_, Vec<&Pipeline>> = BTreeMap::new();
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        files.entry((&pipeline.src, &pipeline.workflow)).or_default().push(pipeline);
    }
    for ((_, workflow), jobs) in files {
        let inherited = |job: &&&Pipeline| {
            job.permissions.origin == Origin::Workflow && !job.id_tokens.is_empty()
        };
        let inheriting: Vec<&&Pipeline> = jobs.iter().filter(inherited).collect();
        let uses_it = |job: &&&Pipeline| job.roles.iter().any(|role| role.method == Method::Oidc);
        let (Some(first), true) = (inheriting.first(), inheriting.len() > 1) else { continue };
        if !inheriting.iter().any(&uses_it) || inheriting.iter().all(&uses_it) {
            continue;
        }
        let idle: Vec<String> =
            inheriting.iter().filter(|job| !uses_it(job)).map(|job| job.job.clone()).collect();
        let message = format!(
            "Workflow '{workflow}' lets all {} jobs mint identity tokens, and {} signs in nowhere. Code in \
             such a job can become the role that was meant for another.",
            inheriting.len(),
            ci::some_of(&idle),
        );
        let finding = findings.report(**first, ci::file_subject(first), message);
        finding.key("id-token");
        if let Some(location) = &first.permissions.location {
            finding.at(location.clone());
        }
        for job in inheriting.iter().filter(|job| !uses_it(job)) {
            finding.because(**job).related(job.location.clone(), "this job has no use for the token");
        }
        finding.fix("Move `id-token: write` into the `permissions` of the job that signs in.");
        ci::weigh(
            finding,
            Level::exactly(2, "more code than needed can mint the token").citing(**first),
            Level::between(1, 3, "which roles trust the workflow is not in the file"),
        );
    }
}
