//! A context is handed to a job that every branch starts.

use crate::{
    evidence::{Estate, Pipeline},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "circleci" && ci::is_job(p)) {
        let (Some(contexts), true) = (ci::groups_named(pipeline), is_open(pipeline)) else { continue };
        let message = format!(
            "Job '{}' takes {contexts} on every branch, without an approval. Whoever may push a branch runs code with \
             those secrets before anybody has read it.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("branches");
        let context = ci::groups(pipeline).next().map(|context| context.location.clone());
        finding.at(context.unwrap_or_else(|| pipeline.location.clone()));
        finding.fix("Restrict the context in the organisation's settings to the release branch (an expression restriction) and to a security group; filters in the file keep accidents away, not people.");
        ci::weigh(
            finding,
            Level::between(1, 3, "restrictions of the context are not in the file").citing(pipeline),
            Level::between(1, 3, "what the context opens is not in the file"),
        );
    }
}

fn is_open(pipeline: &Pipeline) -> bool {
    let any = |patterns: &[String]| patterns.is_empty() || patterns.iter().any(|p| p == "*");
    pipeline.condition.is_none()
        && pipeline.triggers.iter().any(|t| {
            let tags_only = t.branches.is_empty() && !t.tags.is_empty();
            t.event == "push" && any(&t.branches) && !tags_only
        })
}
