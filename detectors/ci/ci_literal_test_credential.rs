//! A credential of a throw-away service, or a placeholder, is written into the configuration.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        for literal in pipeline.literals.iter().filter(|literal| literal.throwaway) {
            let message = format!(
                "{} '{}' carries a test credential of {} characters in '{}'. It is harmless only as long as nothing else accepts it.",
                ci::noun(pipeline),
                ci::name(pipeline),
                literal.length,
                literal.slot,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            let step = literal.step.map(|step| step.to_string()).unwrap_or_default();
            finding.key(format!("{}/{step}", literal.slot)).at(literal.location.clone());
            finding.fix(format!(
                "Revoke it, put its successor into the platform's secret store, and {}.",
                ci::store_advice(pipeline),
            ));
            ci::weigh(
                finding,
                Level::between(1, 2, "it belongs to a container that dies with the job, or is a placeholder").citing(pipeline),
                Level::between(0, 1, "it opens a test service"),
            );
        }
    }
}
