//! Jenkins writes a credential into the text of a script before the shell sees it.

use crate::{
    evidence::{Estate, names::GROOVY},
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::HashSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        let mut told = HashSet::new();
        let uses = pipeline.secrets.iter().filter(|secret| secret.via.as_deref() == Some(GROOVY));
        for secret in uses.filter(|secret| told.insert(&secret.name)) {
            let variable = secret.slot.as_deref().unwrap_or_default();
            let message = format!(
                "{} '{}' writes the credential '{}' into a command before the shell runs it, through '{variable}' in a double-quoted string. \
                 It shows in the list of processes, and a value with quotes in it becomes a command.",
                ci::noun(pipeline),
                ci::name(pipeline),
                secret.name,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(secret.name.clone()).at(secret.location.clone());
            finding.fix(format!("Use single quotes, so that the shell reads the variable: `sh 'command \"${variable}\"'`."));
            let more = pipeline.secrets.iter().filter(|s| s.via == secret.via && s.name == secret.name);
            for other in more.filter(|other| other.location != secret.location) {
                finding.related(other.location.clone(), "and here");
            }
            ci::weigh(
                finding,
                Level::exactly(2, "processes on the agent can read it").citing(pipeline),
                Level::between(1, 3, "what the credential opens is not in the file"),
            );
        }
    }
}
