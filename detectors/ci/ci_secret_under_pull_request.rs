//! Stored secrets are open to builds of pull requests.

use crate::{
    evidence::{Estate, pipeline::{SecretUse, Store}},
    finding::{Findings, Level},
    policy::ci::{self, Class},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        let Some(trigger) = ci::pull_request(pipeline) else { continue };
        let matters = |secret: &&SecretUse| {
            let weighty = ci::kind_of(pipeline, secret)
                .is_some_and(|kind| !matches!(kind.class, Class::Platform));
            secret.store == Store::Group || weighty
        };
        let taken: Vec<&SecretUse> = ci::stored(pipeline)
            .filter(matters)
            .filter(|secret| !ci::is_guarded(pipeline, secret.step))
            .collect();
        let Some(first) = taken.first() else { continue };
        let mut names: Vec<String> = taken
            .iter()
            .filter(|secret| secret.store != Store::Group)
            .map(|secret| secret.name.clone())
            .collect();
        names.sort_unstable();
        names.dedup();
        let single = (!names.is_empty()).then(|| ci::secrets_named(&names));
        let what: Vec<String> = ci::groups_named(pipeline).into_iter().chain(single).collect();
        let message = format!(
            "Job '{}' takes {} in builds of pull requests. Whoever opens one writes the code that reads them, before \
             anybody has read the change.",
            ci::name(pipeline),
            what.join(" and "),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("pull-request").at(first.location.clone());
        if let Some(location) = &trigger.location {
            finding.related(location.clone(), "pull requests start it");
        }
        finding.fix("Keep the secrets in a job that pull requests do not start, and bind them to a protected environment or deployment.");
        ci::weigh(
            finding,
            Level::between(2, 3, "the author of a pull request writes what runs").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
