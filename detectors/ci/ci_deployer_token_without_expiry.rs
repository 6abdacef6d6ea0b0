//! A token of the deployment engine that never ends.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};
use jiff::Timestamp;
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for record in estate.resources.iter().filter(|r| r.kind == "argocd-token") {
        let attr = |name: &str| record.attrs.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        if attr("expires").parse::<i64>().unwrap_or(0) > 0 {
            continue;
        }
        let issued = attr("issued").parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        let since = issued.map(|at| format!(" of {}", at.strftime("%Y-%m-%d"))).unwrap_or_default();
        let message = format!(
            "Role '{}' of the Argo CD project '{}' has a token{since} without an expiry. It deploys for whoever holds it until somebody deletes it.",
            attr("role"),
            attr("project"),
        );
        let finding = findings.report(record, &record.subject, message);
        finding.key("token").at(record.location.clone().unwrap_or_default());
        finding.fix("Delete it (`argocd proj role delete-token`) and issue one with `--expires-in`, or let the CI job sign in with its own identity token.");
        weigh(finding, Level::between(1, 3, "the rights of the role").citing(record));
    }
    for setting in ci::engine_settings(estate).filter(|s| s.platform == "argo-cd" && s.value.contains("apiKey")) {
        let Some(account) = setting.name.strip_prefix("accounts.") else { continue };
        let message = format!(
            "Account '{account}' of {} may hold API tokens, which have no expiry unless one is asked for. Nothing here limits how long they live.",
            setting.engine(),
        );
        let finding = findings.report(setting.record, format!("argocd-account:{account}"), message);
        finding.key(setting.record.subject.clone()).at(setting.record.location.clone().unwrap_or_default());
        finding.fix("Issue its tokens with `argocd account generate-token --expires-in`, or use a project role that is bound to a group of your identity provider.");
        weigh(finding, Level::between(1, 4, "the account's roles stand in argocd-rbac-cm").citing(setting.record));
    }
}

fn weigh(finding: &mut crate::finding::Finding, privilege: Level) {
    finding.weigh(Component::Exposure, Level::between(1, 2, "it is kept wherever the caller keeps its secrets"));
    finding.weigh(Component::Privilege, privilege);
    finding.weigh(Component::Liveness, Level::between(1, 3, "it is configured"));
}
