//! Credentials that are written into a configuration: what the two rules about them share.

use super::{name, noun, store_advice};
use crate::{
    evidence::{Estate, Pipeline, pipeline::Literal},
    finding::{Finding, Findings},
};
use std::collections::HashSet;

/// Reports every literal that a rule wants; `says` gives the message behind the place, `weigh` the vector.
pub(crate) fn report_literals(
    estate: &Estate,
    findings: &mut Findings,
    wanted: impl Fn(&Literal) -> bool,
    what: &str,
    consequence: &str,
    weigh: impl Fn(&mut Finding, &Pipeline),
) {
    // Steps that several jobs share by an anchor or a template stand at one place.
    let mut told = HashSet::new();
    for pipeline in &estate.pipelines {
        let literals = pipeline.literals.iter().filter(|literal| wanted(literal));
        for literal in literals {
            if !told.insert((&pipeline.src, &literal.location, &literal.slot)) {
                continue;
            }
            let message = format!(
                "{} '{}' carries {what} of {} characters in '{}'. {consequence}",
                noun(pipeline),
                name(pipeline),
                literal.length,
                literal.slot,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            let step = literal.step.map(|step| step.to_string()).unwrap_or_default();
            finding.key(format!("{}/{step}", literal.slot)).at(literal.location.clone());
            finding.fix(format!(
                "Revoke it, put its successor into the platform's secret store, and {}.",
                store_advice(pipeline),
            ));
            weigh(finding, pipeline);
        }
    }
}
