//! A stored secret in the environment of every step.

use crate::{
    evidence::{
        Estate,
        names::{is_credential_name, is_public_name},
        pipeline::{Channel, Scope, SecretUse, Store},
    },
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

/// User and host names are often kept in the secret store as well.
fn holds_no_secret(secret: &SecretUse) -> bool {
    let slot = secret.slot.as_deref().unwrap_or(&secret.name);
    is_public_name(slot) && !is_credential_name(&secret.name)
}

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut told = HashSet::new();
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        for secret in ci::stored(pipeline).filter(|s| {
            s.channel == Channel::Env
                && s.store == Store::Platform
                && s.consumer.is_none()
                && !holds_no_secret(s)
        }) {
            let (who, identity) = match secret.scope {
                Scope::Step => continue,
                Scope::Job => (format!("Job '{}'", ci::name(pipeline)), pipeline.subject.clone()),
                Scope::Workflow => (format!("Workflow '{}'", pipeline.workflow), ci::file_subject(pipeline)),
            };
            if !told.insert((identity.clone(), secret.name.as_str(), secret.slot.as_deref())) {
                continue;
            }
            let message = format!(
                "{who} puts the stored secret '{}' into the environment of every step. Each action and script \
                 there reads it, needed or not.",
                secret.name,
            );
            let finding = findings.report(pipeline, identity, message);
            let slot = secret.slot.as_deref().unwrap_or_default();
            finding.key(format!("{}/{slot}", secret.name)).at(secret.location.clone());
            finding.fix(match pipeline.platform.as_str() {
                "jenkins" => "Bind it with `withCredentials` around the one step that needs it.",
                _ => "Move the variable into the `env` of the one step that needs it.",
            });
            ci::weigh(
                finding,
                Level::exactly(2, "every step of the job can read it").citing(pipeline),
                Level::between(1, 3, "what the secret opens is not in the file"),
            );
        }
    }
}
