//! A project of the deployment engine allows everything from everywhere.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for record in estate.resources.iter().filter(|r| r.kind == "argocd-project") {
        let is = |name: &str| record.attrs.get(name).and_then(serde_json::Value::as_bool) == Some(true);
        let mut bounds = Vec::new();
        if is("any_destination") {
            bounds.push("to every namespace of every cluster");
        }
        if is("any_source") {
            bounds.push("from any repository");
        }
        if is("any_cluster_resource") {
            bounds.push("with any cluster-wide object");
        }
        // One open side is bounded by the others.
        if bounds.len() < 2 {
            continue;
        }
        let name = record.attrs.get("name").and_then(|v| v.as_str()).unwrap_or_default();
        let message = format!(
            "Argo CD project '{name}' deploys {}. Whoever may create an application in it is an administrator of those clusters.",
            bounds.join(" and "),
        );
        let finding = findings.report(record, &record.subject, message);
        finding.key("bounds").at(record.location.clone().unwrap_or_default());
        finding.fix("List the repositories in `sourceRepos`, the namespaces in `destinations`, and the cluster-wide kinds that the applications need.");
        finding.weigh(Component::Exposure, Level::between(1, 2, "people and tokens with rights in the project").citing(record));
        finding.weigh(Component::Privilege, Level::between(3, 4, "Argo CD's own rights in the clusters"));
        finding.weigh(Component::Reach, Level::between(1, 3, "every cluster that Argo CD knows"));
        finding.weigh(Component::Liveness, Level::between(1, 3, "it is configured"));
    }
}
