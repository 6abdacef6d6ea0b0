//! An address that starts jobs asks nobody for a secret.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let exposure = || Level::between(2, 4, "whether the address is public is not in the file");
    for record in estate.resources.iter().filter(|r| r.kind == "ci-webhook") {
        let attr = |name: &str| record.attrs.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        if record.attrs.get("checked").and_then(serde_json::Value::as_bool) != Some(false) {
            continue;
        }
        let message = format!(
            "Webhook '{}' starts runs by its trigger '{}' without checking a secret or signature. Whoever reaches the address runs the job with its identity.",
            attr("listener"),
            attr("name"),
        );
        let finding = findings.report(record, &record.subject, message);
        finding.key("trigger").at(record.location.clone().unwrap_or_default());
        finding.fix("Add an interceptor with `secretRef` (github, gitlab, bitbucket), or one of your own that verifies the request.");
        finding.weigh(Component::Exposure, exposure().citing(record));
        finding.weigh(Component::Privilege, Level::between(1, 3, "the rights of the run that it starts"));
        finding.weigh(Component::Liveness, Level::between(1, 3, "it is configured"));
    }
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "jenkins") {
        let open = |t: &&crate::evidence::pipeline::Trigger| t.event == "GenericTrigger" && t.types.is_empty();
        let Some(trigger) = pipeline.triggers.iter().find(open) else { continue };
        let message = format!(
            "{} '{}' is started by a generic webhook without a token. Whoever may call the address runs the job with its identity.",
            ci::noun(pipeline),
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("GenericTrigger");
        finding.at(trigger.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        finding.fix("Give the trigger `tokenCredentialId: 'id'`, and the caller that token.");
        ci::weigh(finding, exposure().citing(pipeline), Level::between(1, 3, "what the job holds decides"));
    }
}
