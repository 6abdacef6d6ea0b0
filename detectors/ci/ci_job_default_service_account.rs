//! A job runs as the service account that everything in its namespace shares.

use crate::{
    evidence::{Estate, pipeline::Method},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let in_cluster = |platform: &str| matches!(platform, "tekton" | "argo-workflows");
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p) && in_cluster(&p.platform)) {
        let mut accounts = pipeline.roles.iter().filter(|r| r.provider == "kubernetes" && r.method == Method::Ambient);
        let tokenless = pipeline.settings.iter().any(|s| s.name == "automountServiceAccountToken" && s.value == "false");
        let named = accounts.clone().any(|role| role.role != "default");
        // A template elsewhere may name the account; its runs then inherit it.
        let from_template = pipeline.components.iter().any(|c| {
            pipeline.platform == "argo-workflows" && c.kind == crate::evidence::pipeline::ComponentKind::Workflow
        });
        if named || tokenless || from_template {
            continue;
        }
        let message = format!(
            "Job '{}' runs as the default service account of its namespace. Whatever one job or pod there was given, all of them have.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        let place = accounts.next().map_or_else(|| pipeline.location.clone(), |role| role.location.clone());
        finding.key("default").at(place);
        finding.fix("Make a service account for this job, bind it to the rights that the job uses, and name it as `serviceAccountName`.");
        ci::weigh(
            finding,
            Level::exactly(1, "code in the namespace can use it").citing(pipeline),
            Level::between(0, 4, "what the account may do is not in the file"),
        );
    }
}
