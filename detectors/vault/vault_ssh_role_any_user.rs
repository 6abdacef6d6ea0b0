//! An SSH role that signs for any account.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{duration, is_on, list, namespace_flag, number, path, place, text, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in resources(estate, "vault-ssh-role") {
        let Some((what, privilege)) = anybody(role) else { continue };
        let life = number(&role.attrs, "effective_max_ttl");
        let message = format!(
            "SSH role '{}' {what}, with certificates that can live {}.",
            path(&role.subject),
            duration(life.max(number(&role.attrs, "effective_ttl"))),
        );
        let finding = findings.report(role, &role.subject, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao write{} {at} with the fields of `bao read {at}`, and allowed_users=deploy default_user=deploy ttl=15m max_ttl=1h",
            namespace_flag(&role.attrs)
        ));
        finding.at(place(&role.src, &role.attrs));
        finding
            .weigh(Component::Privilege, Level::exactly(privilege, "root on every host that trusts the CA").citing(role))
            .weigh(Component::Exposure, Level::between(0, 2, "a token that may use the role is needed").citing(role))
            .weigh(Component::Liveness, Level::between(1, 3, "its use is not known").citing(role))
            .weigh(Component::Governance, Level::between(1, 2, "it names no account").citing(role))
            .weigh(Component::Reach, Level::between(1, 3, "every host that trusts the CA").citing(role));
    }
}

/// What a role without limits signs, and what that gives.
fn anybody(role: &Resource) -> Option<(String, u8)> {
    let attrs = &role.attrs;
    if text(attrs, "key_type") != Some("ca") {
        return None;
    }
    let any = |name: &str| list(attrs, name).contains(&"*");
    if is_on(attrs, "allow_user_certificates") && any("allowed_users") {
        let user = text(attrs, "default_user").map_or(String::new(), |u| format!(" ({u} when none is asked for)"));
        return Some((format!("signs for every account, root included{user}"), 4));
    }
    if is_on(attrs, "allow_user_certificates") && is_on(attrs, "allow_empty_principals") {
        return Some(("signs certificates without principals, which hosts accept for every account".to_owned(), 4));
    }
    if is_on(attrs, "allow_host_certificates") && any("allowed_domains") {
        return Some(("signs host certificates for every name".to_owned(), 3));
    }
    None
}
