//! A job runs in an image that can change under its name.

use crate::{
    evidence::{
        Estate,
        pipeline::{ComponentKind, Pin},
    },
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let mut told = HashSet::new();
        let images = pipeline.components.iter().filter(|c| {
            matches!(c.kind, ComponentKind::Image | ComponentKind::Service)
                && matches!(c.pin, Pin::Tag | Pin::Floating)
        });
        for image in images.filter(|c| told.insert(&c.name)) {
            let message = format!(
                "{} '{}' runs the image '{}' without a digest. Whoever can push that tag runs code with the \
                 job's identity.",
                ci::noun(pipeline),
                ci::name(pipeline),
                image.reference.as_deref().map_or(image.name.clone(), |tag| format!("{}:{tag}", image.name)),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(image.name.clone()).at(image.location.clone());
            finding.fix("Add the digest: `image: name:tag@sha256:…`.");
            ci::weigh(
                finding,
                Level::exactly(3, "a third party decides what runs").citing(pipeline),
                Level::between(1, 2, "the job's own token"),
            );
        }
    }
}
