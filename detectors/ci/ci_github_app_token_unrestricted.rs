//! A GitHub App token with all rights of the app.

use crate::{
    evidence::{Estate, pipeline::Component},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let minted = |c: &&Component| c.name.eq_ignore_ascii_case("actions/create-github-app-token");
        for component in pipeline.components.iter().filter(minted) {
            let wide = faults(component);
            if wide.is_empty() {
                continue;
            }
            let message = format!(
                "{} '{}' mints a GitHub App token {}. A leak of the token is a leak of all the app may do \
                 there.",
                ci::noun(pipeline),
                ci::name(pipeline),
                wide.join(" and "),
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            let step = component.step.map(|step| step.to_string()).unwrap_or_default();
            finding.key(format!("app-token/{step}")).at(component.location.clone());
            finding.fix("Add the `permission-…` inputs that the job needs and name the `repositories`; leave `skip-token-revoke` out.");
            ci::weigh(
                finding,
                Level::exactly(2, "later steps can read it").citing(pipeline),
                Level::between(1, 3, "the app's rights are not in the file"),
            );
        }
    }
}

/// What is too wide, as words that follow "a token".
fn faults(component: &Component) -> Vec<&'static str> {
    let has = |name: &str| component.inputs.get(name).is_some_and(|value| !value.trim().is_empty());
    let mut wide = Vec::new();
    if !component.inputs.keys().any(|key| key.starts_with("permission-")) {
        wide.push("with every permission of the app");
    }
    if has("owner") && !has("repositories") {
        wide.push("for every repository of the owner");
    }
    if component.inputs.get("skip-token-revoke").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        wide.push("that outlives the job");
    }
    wide
}
