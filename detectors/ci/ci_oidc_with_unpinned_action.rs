//! Code whose author can change what runs stands beside the right to mint identity tokens.

use crate::{
    evidence::{Estate, pipeline::ComponentKind},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p) && ci::mints_tokens(p)) {
        let Some(token) = pipeline.id_tokens.first() else { continue };
        let inside = pipeline.components.iter().filter_map(|c| ci::fragment(estate, pipeline, c));
        let mut found: Vec<_> = std::iter::once(pipeline)
            .chain(inside)
            .flat_map(ci::movable)
            .filter(|c| c.kind == ComponentKind::Action)
            .collect();
        found.dedup_by(|a, b| a.name == b.name);
        let Some(first) = found.first() else { continue };
        let mut names: Vec<String> = found.iter().map(|c| ci::spelled(c)).collect();
        names.dedup();
        let message = format!(
            "Job '{}' can mint identity tokens and runs {}, which can change without a commit here. That \
             code can ask for a token and become whatever role trusts this job.",
            ci::name(pipeline),
            ci::some_of(&names),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("id-token").at(first.location.clone());
        finding.related(token.location.clone(), "the right to mint tokens");
        for component in &found[1..] {
            finding.related(component.location.clone(), "not pinned either");
        }
        finding.fix("Pin every action of the job to a full commit id, or mint the token in a job of its own.");
        ci::weigh(
            finding,
            Level::exactly(3, "a third party decides what code runs beside the token").citing(pipeline),
            Level::between(1, 3, "which roles trust the job is not in the file"),
        );
    }
}
