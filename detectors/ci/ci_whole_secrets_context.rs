//! All secrets of a job go into one value.

use crate::{
    evidence::{Estate, pipeline::Extent},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let mut uses = pipeline.secrets.iter().filter(|secret| secret.extent == Extent::All);
        let Some(first) = uses.next() else { continue };
        let message = format!(
            "{} '{}' takes all of its secrets at once, or one chosen at run time. \
             Every secret of the repository, organisation and environment reaches that place, also those made for other jobs.",
            ci::noun(pipeline),
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key(first.name.clone()).at(first.location.clone());
        for other in uses {
            finding.related(other.location.clone(), "and here");
        }
        finding.fix(r#"Name the one secret that is needed: `${{ secrets.NAME }}`."#);
        ci::weigh(
            finding,
            Level::exactly(3, "the whole store reaches one place").citing(pipeline),
            Level::between(1, 3, "what the secrets open is not in the file"),
        );
    }
}
