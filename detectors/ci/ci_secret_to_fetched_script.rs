//! A script from the network runs beside a stored secret.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut told = HashSet::new();
    for pipeline in &estate.pipelines {
        for script in pipeline.components.iter().filter(|c| ci::is_fetched_script(c)) {
            let names = ci::beside(pipeline, script);
            if names.is_empty() || !told.insert((&pipeline.src, &script.location)) {
                continue;
            }
            let message = format!(
                "{} '{}' runs the script '{}' where it holds {}. Whoever controls that address, or the way to \
                 it, reads the secret at the next run.",
                ci::noun(pipeline),
                ci::name(pipeline),
                script.name,
                ci::secrets_named(&names),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(script.name.clone()).at(script.location.clone());
            finding.fix(
                "Install the tool in a step or job without the secret, or download the script, compare it with \
                 a known checksum, and run that.",
            );
            ci::weigh(
                finding,
                Level::exactly(3, "what the address answers decides what runs").citing(pipeline),
                Level::between(1, 3, "what the secret opens is not in the file"),
            );
        }
    }
}
