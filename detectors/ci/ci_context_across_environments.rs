//! One context serves production and another environment.

use crate::{
    evidence::{Estate, Pipeline, pipeline::SecretUse},
    finding::{Findings, Level},
    policy::ci,
};
use overstay_rules::Component;
use std::collections::BTreeMap;

const PRODUCTION: &[&str] = &["live", "prd", "prod", "production"];
const OTHERS: &[&str] = &[
    "dev", "develop", "development", "preprod", "preview", "qa", "sandbox", "stage", "staging", "stg", "uat",
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut files: BTreeMap<_, Vec<&Pipeline>> = BTreeMap::new();
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "circleci" && ci::is_job(p)) {
        files.entry((&pipeline.src, &pipeline.workflow)).or_default().push(pipeline);
    }
    for jobs in files.values() {
        for job in jobs.iter().filter(|job| is_of(job, PRODUCTION) && !is_of(job, OTHERS)) {
            let shared: Vec<(&SecretUse, &Pipeline)> = contexts(job)
                .map_while(|context| {
                    let other = jobs.iter().find(|other| {
                        is_of(other, OTHERS) && contexts(other).any(|c| c.name == context.name)
                    });
                    other.map(|other| (context, *other))
                })
                .collect();
            // A context of its own keeps production apart, whatever common values it shares.
            if shared.is_empty() || shared.len() < contexts(job).count() {
                continue;
            }
            report(job, &shared, findings);
        }
    }
}

fn report(job: &Pipeline, shared: &[(&SecretUse, &Pipeline)], findings: &mut Findings) {
    let Some((context, other)) = shared.first() else { return };
    let message = format!(
        "Job '{}' takes no secret but those of the context '{}', which '{}' takes too. Whoever gets at the lesser \
         environment has the credentials of production.",
        ci::name(job),
        context.name,
        other.job,
    );
    let finding = findings.report(job, &job.subject, message);
    finding.key(context.name.clone()).because(*other).at(context.location.clone());
    finding.related(other.location.clone(), "the other environment");
    finding.fix("Give production a context of its own, restrict it to a security group and to the release branch, and rotate the values that both had.");
    ci::weigh(
        finding,
        Level::exactly(2, "the context lies in the platform's store").citing(job),
        Level::between(1, 3, "what the context opens is not in the file"),
    );
    finding.weigh(Component::Reach, Level::exactly(2, "it spans environments").citing(*other));
}

/// The contexts of a job whose names are written out.
fn contexts(pipeline: &Pipeline) -> impl Iterator<Item = &SecretUse> {
    ci::groups(pipeline).filter(|context| !context.name.contains("<<"))
}

/// Whether the job's name has one of the words.
fn is_of(pipeline: &Pipeline, words: &[&str]) -> bool {
    let name = pipeline.job.to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word))
}
