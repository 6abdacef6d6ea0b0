//! The token of the build service goes to code that the platform does not bring.

use crate::{
    evidence::{
        Estate, Pipeline,
        pipeline::{Channel, ComponentKind, Scope, SecretUse, Store},
    },
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "azure-pipelines") {
        let tokens = pipeline.secrets.iter().filter(|secret| secret.store == Store::JobToken);
        let Some((secret, receiver)) = tokens.filter_map(|s| Some((s, receiver(pipeline, s)?))).next() else {
            continue;
        };
        let message = format!(
            "{} '{}' hands its '{}' to {receiver}. It carries the rights of the project's build service, which every \
             pipeline of the project shares.",
            ci::noun(pipeline),
            ci::name(pipeline),
            secret.name,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("job-token").at(secret.location.clone());
        finding.fix("Map `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` into the `env` of the one script that calls Azure DevOps, and limit the job authorization scope to the project.");
        ci::weigh(
            finding,
            Level::between(2, 3, "code of others reads it").citing(pipeline),
            Level::between(1, 3, "what the build service may do is not in the file"),
        );
    }
}

/// Who receives the token, when it is more than the step that asks for it.
fn receiver(pipeline: &Pipeline, secret: &SecretUse) -> Option<String> {
    if secret.scope != Scope::Step && secret.channel == Channel::Env {
        return Some("every step".to_owned());
    }
    let component = pipeline.components.iter().find(|component| {
        component.step == secret.step && secret.consumer.as_deref() == Some(&component.name)
    })?;
    let foreign = component.kind == ComponentKind::Action && !component.built_in;
    foreign.then(|| format!("the task '{}' of an extension", ci::spelled(component)))
}
