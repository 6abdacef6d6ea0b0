//! A deployment that anybody with write access can start by hand, with nobody asked.

use crate::{
    evidence::{Estate, pipeline::Method},
    finding::{Findings, Level},
    policy::ci::{self, Class},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = estate.pipelines.iter().filter(|p| ci::is_job(p) && p.environment.is_none());
    for pipeline in jobs {
        let manual = pipeline.triggers.iter().find(|t| matches!(t.event.as_str(), "workflow_dispatch" | "web"));
        let Some(trigger) = manual else { continue };
        let role = pipeline.roles.iter().find(|role| role.method != Method::Ambient);
        let key = pipeline.secrets.iter().find_map(|secret| {
            ci::kind_of(pipeline, secret).filter(|kind| kind.class == Class::Cloud)
        });
        let provider = match (role, key) {
            (Some(role), _) => ci::provider(&role.provider).to_owned(),
            (None, Some(kind)) => kind.provider.clone(),
            (None, None) => continue,
        };
        let message = format!(
            "Job '{}' can be started by hand and signs in to {provider} without an environment. Everybody with \
             write access deploys what they like from any branch, unseen.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("manual");
        finding.at(trigger.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        finding.related(pipeline.location.clone(), "the job");
        finding.fix("Give the job an `environment` with required reviewers and a branch rule.");
        ci::weigh(
            finding,
            Level::exactly(3, "any branch can run it").citing(pipeline),
            Level::between(1, 4, "the role's rights are not in the file"),
        );
    }
}
