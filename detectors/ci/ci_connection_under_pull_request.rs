//! A service connection is used in builds of pull requests.

use crate::{
    evidence::{Estate, pipeline::Method},
    finding::{Findings, Level},
    policy::ci,
};

/// What a connection must open to matter here: not the services that judge a pull request.
const PROVIDERS: &[&str] = &["aws", "azure", "gcp", "kubernetes", "service-fabric", "ssh"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p) && p.platform == "azure-pipelines") {
        let Some(trigger) = ci::pull_request(pipeline) else { continue };
        let used: Vec<_> = pipeline
            .roles
            .iter()
            .filter(|role| role.method == Method::Connection && PROVIDERS.contains(&role.provider.as_str()))
            .filter(|role| !ci::is_guarded(pipeline, role.step))
            .collect();
        let Some(first) = used.first() else { continue };
        let mut names: Vec<String> = used.iter().map(|role| role.role.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let noun = if names.len() == 1 { "service connection" } else { "service connections" };
        let message = format!(
            "Job '{}' uses the {noun} {} in builds of pull requests. Whoever opens one writes the script that runs \
             with it, before anybody has read the change.",
            ci::name(pipeline),
            ci::some_of(&names),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("connection").at(first.location.clone());
        if let Some(location) = &trigger.location {
            finding.related(location.clone(), "pull requests start it");
        }
        finding.fix("Move the deployment into a job with `condition: ne(variables['Build.Reason'], 'PullRequest')`, and put a branch control check on the service connection, which no pipeline can leave out.");
        ci::weigh(
            finding,
            Level::between(2, 3, "the author of a pull request writes what runs; forks get connections only where the project allows it").citing(pipeline),
            Level::between(1, 4, "the connection's rights are not in the file"),
        );
    }
}
