//! A JWT role that a workflow started by strangers can log in to.

use crate::{
    evidence::{Estate},
    finding::Findings,
    policy::{
        ci::untrusted_trigger,
        join::workflows::{Jobs, job_name},
        vault::live::{
            bind, roles, weigh,
            words::{path, place},
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
            let repository = job.repository.as_deref().unwrap_or("OWNER/REPOSITORY");
            finding.because(job).key(job.subject.clone()).fix(format!(
                "Give the job that needs the role an environment with reviewers, and bind it: {}. Take `id-token: write` off {}.",
                bind(role, format!("repo:{repository}:environment:production")),
                crate::policy::ci::name(job),
            ));
            finding.at(place(&role.src, &role.attrs));
            finding.related(job.location.clone(), "The job that can log in.");
            let power = estate.vault().of(&role.src, &role.attrs);
            let live = (1, 3, "the job is configured");
            let exposure = (3, 4, "strangers start a job that the role admits");
            weigh(finding, role, &power, exposure, live, (1, 3, "its trust names more than its users"));
        }
    }
}
