//! A role session that outlives the job by far.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

/// One hour: the default of AWS STS, Google access tokens and the GitHub login actions.
const USUAL_SECONDS: u64 = 3600;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        for role in &pipeline.roles {
            let Some(seconds) = role.duration.filter(|seconds| *seconds > USUAL_SECONDS) else { continue };
            let message = format!(
                "{} '{}' takes a role at {} for {seconds} seconds. Whatever leaks from the job stays usable long \
                 after it has ended.",
                ci::noun(pipeline),
                ci::name(pipeline),
                ci::provider(&role.provider),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(format!("{}/{}", role.provider, role.role)).at(role.location.clone());
            finding.fix("Leave the duration out (one hour) or set what the job takes, and lower the role's maximum session.");
            ci::weigh(
                finding,
                Level::exactly(2, "the session outlives the job").citing(pipeline),
                Level::between(1, 4, "the role's rights are not in the file"),
            );
        }
    }
}
