//! An orb that can change runs in a job with a context.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "circleci" && ci::is_job(p)) {
        let Some(contexts) = ci::groups_named(pipeline) else { continue };
        let mut told = HashSet::new();
        let orb = |name: &str| name.rsplit_once('/').map_or(name, |(orb, _)| orb).to_owned();
        for component in ci::movable(pipeline).filter(|c| told.insert(orb(&c.name))) {
            let version = component.reference.as_deref().unwrap_or("volatile");
            let orb = orb(&component.name);
            let message = format!(
                "Job '{}' takes {contexts} and runs the orb '{orb}@{version}', which can change without a commit here. \
                 The orb's next version reads every secret of the job.",
                ci::name(pipeline),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(orb).at(component.location.clone());
            for context in ci::groups(pipeline) {
                finding.related(context.location.clone(), "the context that it reads");
            }
            finding.fix(ci::pin_advice(pipeline, component));
            ci::weigh(
                finding,
                Level::exactly(3, "a third party decides what code reads it").citing(pipeline),
                Level::between(1, 3, "what the context opens is not in the file"),
            );
        }
    }
}
