//! A package without a version runs beside a stored secret.

use crate::{
    evidence::{Estate, pipeline::ComponentKind},
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut told = HashSet::new();
    for pipeline in &estate.pipelines {
        let packages = pipeline.components.iter().filter(|component| {
            component.kind == ComponentKind::Tool
                && component.pin.is_movable()
                && !ci::is_fetched_script(component)
        });
        for package in packages {
            let names = ci::beside(pipeline, package);
            if names.is_empty() || !told.insert((&pipeline.src, &package.location)) {
                continue;
            }
            let message = format!(
                "{} '{}' installs '{}' without an exact version where it holds {}. A bad release of the \
                 package reads the secret at the next run.",
                ci::noun(pipeline),
                ci::name(pipeline),
                ci::spelled(package),
                ci::secrets_named(&names),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(package.name.clone()).at(package.location.clone());
            finding.fix(
                "Name an exact version, or install from a lock file, in a step that does not hold the secret.",
            );
            ci::weigh(
                finding,
                Level::exactly(2, "its author decides what runs").citing(pipeline),
                Level::between(1, 3, "what the secret opens is not in the file"),
            );
        }
    }
}
