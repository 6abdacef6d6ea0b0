//! Dependabot runs the code of packages.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "dependabot") {
        let mut logins: Vec<String> = ci::stored(pipeline).map(|s| s.name.clone()).collect();
        logins.sort_unstable();
        logins.dedup();
        for setting in &pipeline.settings {
            let beside = match logins.as_slice() {
                [] => String::new(),
                names => format!(" beside {}", ci::secrets_named(names)),
            };
            let message = format!(
                "Dependabot in '{}' may run the code of '{}' packages{beside}. A bad release acts inside the \
                 update job before anybody has reviewed it.",
                pipeline.workflow, setting.value,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(setting.value.clone()).at(setting.location.clone());
            finding.fix("Remove the line, or write `insecure-external-code-execution: deny`.");
            let most = if logins.is_empty() { 1 } else { 3 };
            ci::weigh(
                finding,
                Level::exactly(3, "third parties decide what runs").citing(pipeline),
                Level::between(1, most, "the logins of the registries"),
            );
        }
    }
}
