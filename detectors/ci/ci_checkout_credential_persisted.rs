//! The checkout leaves the job's token in the working tree.

use crate::{
    evidence::{Estate, pipeline::Store},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let Some(checkout) = pipeline.components.iter().find(|c| ci::persists_credential(c)) else { continue };
        let stored = pipeline.secrets.iter().find(|secret| {
            secret.step == checkout.step && secret.store != Store::JobToken && secret.consumer.is_some()
        });
        let what = match stored {
            Some(secret) => format!("the stored secret '{}'", secret.name),
            None => "its token".to_owned(),
        };
        let message = format!(
            "{} '{}' leaves {what} behind for every later step. Any script, build tool or artifact that \
             reads the checkout directory has it.",
            ci::noun(pipeline),
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("checkout").at(checkout.location.clone());
        finding.fix("Set `persist-credentials: false` on the checkout; give the token to the one step that pushes.");
        let privilege = if stored.is_some() || ci::may_write(pipeline) { (2, 3) } else { (1, 2) };
        ci::weigh(
            finding,
            Level::exactly(2, "every step of the job can read it").citing(pipeline),
            Level::between(privilege.0, privilege.1, "what the token may do"),
        );
    }
}
