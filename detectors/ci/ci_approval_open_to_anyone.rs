//! A job waits for an approval that anybody may give.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "jenkins") {
        let Some(gate) = pipeline.settings.iter().find(|s| s.name == "input" && s.value.is_empty()) else { continue };
        let Some(loot) = ci::loot(pipeline) else { continue };
        let message = format!(
            "{} '{}' holds {loot} and waits for an approval that names no approver. Whoever may build the job approves their own change.",
            ci::noun(pipeline),
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("input").at(gate.location.clone());
        finding.fix("Add `submitter: 'group'` to the `input` step.");
        ci::weigh(
            finding,
            Level::between(1, 2, "people who may build").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
