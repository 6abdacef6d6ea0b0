//! A stored secret goes to code whose author can change what runs.

use crate::{
    evidence::{Estate, pipeline::ComponentKind},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let images = pipeline.components.iter().filter(|component| {
            let of_a_step = component.kind == ComponentKind::Image && component.step.is_some();
            of_a_step && component.pin.is_movable()
        });
        for component in ci::movable(pipeline).chain(images) {
            let mut taken: Vec<_> = ci::stored(pipeline)
                .filter(|s| ci::is_credential(pipeline, s))
                .filter(|s| s.step == component.step && s.consumer.as_deref() == Some(&component.name))
                .collect();
            taken.dedup_by(|a, b| a.name == b.name);
            let Some(first) = taken.first() else { continue };
            let names: Vec<String> = taken.iter().map(|s| s.name.clone()).collect();
            let spelled = ci::spelled(component);
            let message = format!(
                "{} '{}' hands {} to '{spelled}', which is not pinned. Whoever can move that reference \
                 reads the secret at the next run.",
                ci::noun(pipeline),
                ci::name(pipeline),
                ci::secrets_named(&names),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(format!("{}/{}", component.name, first.name)).at(first.location.clone());
            finding.related(component.location.clone(), "the code that receives it");
            finding.fix(ci::pin_advice(pipeline, component));
            let why = "a third party decides what code reads it";
            ci::weigh(finding, Level::exactly(3, why).citing(pipeline), Level::between(1, 3, "what the secret opens is not in the file"));
        }
    }
}
