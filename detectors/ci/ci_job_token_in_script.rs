//! The token of the build service is mapped into a script.

use crate::{
    evidence::{
        Estate, Pipeline,
        pipeline::{Channel, Component, Scope, SecretUse, Store},
    },
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "azure-pipelines") {
        let uses: Vec<&SecretUse> =
            pipeline.secrets.iter().filter(|secret| is_in_a_script(pipeline, secret)).collect();
        let Some(first) = uses.first() else { continue };
        let message = format!(
            "{} '{}' puts its '{}' into a script. Whatever the script runs, dependencies and build tools too, can act as \
             the project's build service.",
            ci::noun(pipeline),
            ci::name(pipeline),
            first.name,
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("job-token-in-script");
        ci::place(finding, &uses);
        finding.fix("Keep the step that has the token apart from steps that build and test; use a service connection with workload identity federation where one reaches what is called; protect the project's repositories from build services that they did not name.");
        ci::weigh(
            finding,
            Level::between(1, 2, "only what the script runs reads it").citing(pipeline),
            Level::between(1, 3, "what the build service may do is not in the file"),
        );
    }
}

/// True for the token in the environment or the text of one step of the platform's own. What goes to every
/// step or to an extension, another rule reports.
fn is_in_a_script(pipeline: &Pipeline, secret: &SecretUse) -> bool {
    let foreign = |component: &Component| {
        component.step == secret.step
            && secret.consumer.as_deref() == Some(&component.name)
            && !component.built_in
    };
    secret.store == Store::JobToken
        && secret.scope == Scope::Step
        && matches!(secret.channel, Channel::Env | Channel::Script)
        && !pipeline.components.iter().any(foreign)
}
