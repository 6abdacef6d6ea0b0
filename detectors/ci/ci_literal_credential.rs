//! A credential is written into the configuration.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        for literal in pipeline.literals.iter().filter(|literal| !literal.throwaway) {
            let message = format!(
                "{} '{}' carries a credential of {} characters in '{}'. Everybody who can read the repository, and its history, has it.",
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
                Level::between(3, 4, "it stands in the repository").citing(pipeline),
                Level::between(1, 3, "what it opens is not in the file"),
            );
        }
    }
}
