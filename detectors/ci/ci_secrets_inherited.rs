//! A called workflow gets every secret of its caller.

use crate::{
    evidence::{
        Estate,
        pipeline::{ComponentKind, Pin},
    },
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let inheriting = pipeline
            .components
            .iter()
            .filter(|c| c.kind == ComponentKind::Workflow && c.inherits_secrets);
        for component in inheriting {
            let message = format!(
                "Job '{}' passes every secret it can read to '{}'. Nobody can tell from the file which secrets \
                 the called workflow uses, and a later change there takes more without a word here.",
                ci::name(pipeline),
                ci::spelled(component),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(component.name.clone()).at(component.location.clone());
            finding.fix("Replace `secrets: inherit` by the secrets that the called workflow declares, by name.");
            let exposure = match component.pin {
                Pin::Local => Level::exactly(2, "the called workflow is in this repository"),
                Pin::Digest => Level::exactly(2, "the called workflow is pinned"),
                _ => Level::exactly(3, "somebody else can change the called workflow"),
            };
            let why = "the file does not show what the secrets open";
            ci::weigh(finding, exposure.citing(pipeline), Level::between(1, 3, why));
        }
    }
}
