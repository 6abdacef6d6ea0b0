//! A JWT role that a workflow started by strangers can log in to.

use crate::{
    evidence::{Estate, Location},
    finding::Findings,
    policy::{
        ci::untrusted_trigger,
        vault::live::{
            roles, weigh,
            words::{namespace_flag, path, written_at},
            workflows::{Jobs, job_name},
        },
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    for role in roles(estate, &["jwt", "oidc"]) {
        for admitted in jobs.admitted(role) {
            let Some(trigger) = untrusted_trigger(estate, admitted.job) else { continue };
            let job = admitted.job;
            let message = format!(
                "JWT role '{}' admits the job {}, which strangers start by {}: it logs in as {}.",
                path(&role.target),
                job_name(job),
                trigger.event,
                admitted.subjects.join(" or "),
            );
            let finding = findings.report(role, &role.target, message);
            finding.because(job).key(job.subject.clone()).fix(format!(
                "Give the job that needs the role an environment with reviewers and ask for it: bao write{} {} - <<< '{{\"bound_claims_type\": \"string\", \"bound_claims\": {{\"sub\": \"repo:{}:environment:production\"}}}}'; take `id-token: write` off {}.",
                namespace_flag(&role.attrs),
                written_at(&role.src),
                job.repository.as_deref().unwrap_or("OWNER/REPOSITORY"),
                crate::policy::ci::name(job),
            ));
            finding.at(Location::logical(written_at(&role.src)));
            finding.related(job.location.clone(), "The job that can log in.");
            let power = estate.vault().of(&role.src, &role.attrs);
            let live = (1, 3, "the job is configured");
            let exposure = (3, 4, "strangers start a job that the role admits");
            weigh(finding, role, &power, exposure, live, (1, 3, "its trust names more than its users"));
        }
    }
}
