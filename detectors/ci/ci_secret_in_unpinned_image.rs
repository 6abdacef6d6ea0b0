//! A job holds stored secrets in an image that can change under its name.

use crate::{
    evidence::{Estate, pipeline::ComponentKind},
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::{BTreeSet, HashSet};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        let taken: BTreeSet<&str> = ci::stored(pipeline)
            .filter(|secret| ci::is_credential(pipeline, secret))
            .map(|secret| secret.name.as_str())
            .collect();
        let names: Vec<String> = taken.into_iter().map(str::to_owned).collect();
        if names.is_empty() {
            continue;
        }
        let mut told = HashSet::new();
        // An image of one step is told with the actions.
        let images = pipeline.components.iter().filter(|component| {
            component.kind == ComponentKind::Image
                && component.pin.is_movable()
                && component.step.is_none()
        });
        for image in images.filter(|image| told.insert(&image.name)) {
            let tag = image.reference.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
            let message = format!(
                "{} '{}' holds {} inside the image '{}{tag}', which is not pinned. Whoever can push that tag \
                 reads the secret at the next run.",
                ci::noun(pipeline),
                ci::name(pipeline),
                ci::secrets_named(&names),
                image.name,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(image.name.clone()).at(image.location.clone());
            finding.fix("Add the digest: `image: name:tag@sha256:…`.");
            ci::weigh(
                finding,
                Level::exactly(2, "whoever owns the image decides what runs").citing(pipeline),
                Level::between(1, 3, "what the secrets open is not in the file"),
            );
        }
    }
}
