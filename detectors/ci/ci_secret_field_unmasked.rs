//! A field of a structured secret, which the log does not mask.

use crate::{
    evidence::{Estate, pipeline::Extent},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let mut uses = pipeline.secrets.iter().filter(|secret| secret.extent == Extent::Field);
        let Some(first) = uses.next() else { continue };
        let message = format!(
            "{} '{}' takes a field out of the stored secret '{}'. \
             The platform masks the whole secret in logs, not its parts, so that the field is printed in clear.",
            ci::noun(pipeline),
            ci::name(pipeline),
            first.name,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key(first.name.clone()).at(first.location.clone());
        for other in uses {
            finding.related(other.location.clone(), "and here");
        }
        finding.fix(r#"Store the field as a secret of its own, or mask it first: `echo "::add-mask::$VALUE"`."#);
        ci::weigh(
            finding,
            Level::exactly(2, "logs can show it").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
