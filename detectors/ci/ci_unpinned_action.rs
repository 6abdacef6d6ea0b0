//! A job runs code of others whose author can change it.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let mut told = HashSet::new();
        for component in ci::movable(pipeline).filter(|c| told.insert(&c.name)) {
            let message = format!(
                "{} '{}' runs '{}', whose author can change what runs. It gets the job's token and files.",
                ci::noun(pipeline),
                ci::name(pipeline),
                ci::spelled(component),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(component.name.clone()).at(component.location.clone());
            finding.fix(ci::pin_advice(pipeline, component));
            ci::weigh(
                finding,
                Level::exactly(3, "a third party decides what runs").citing(pipeline),
                Level::between(1, 2, "the job's own token"),
            );
        }
    }
}
