//! A Kubernetes role that service accounts of any name or namespace may use.

use crate::{
    evidence::{Estate, Trust},
    finding::Findings,
    policy::vault::live::{
        roles, weigh,
        words::{list, namespace_flag, path, place, text, written_at},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["kubernetes"]) {
        let Some((who, exposure)) = admitted(role) else { continue };
        let message = format!("Kubernetes role '{}' admits {who}.", path(&role.target));
        let finding = findings.report(role, &role.target, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao write{} {at} bound_service_account_names=NAME bound_service_account_namespaces=NAMESPACE audience=vault",
            namespace_flag(&role.attrs)
        ));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let live = (1, 3, "its logins are not known");
        let exposure = (exposure, 3, "whoever can start a pod there can log in");
        weigh(finding, role, &power, exposure, live, (1, 3, "its trust names nobody"));
    }
}

/// Whom a role with a wildcard lets in, and how exposed that is at least.
fn admitted(role: &Trust) -> Option<(String, u8)> {
    let names = list(&role.attrs, "bound_service_account_names");
    let spaces = list(&role.attrs, "bound_service_account_namespaces");
    let open = |patterns: &[&str]| patterns.iter().any(|p| is_open(p));
    let selector = text(&role.attrs, "bound_service_account_namespace_selector");
    let anywhere = open(&spaces) && selector.is_none();
    match (open(&names), anywhere) {
        (true, true) => Some(("every service account of the cluster".to_owned(), 3)),
        (true, false) => {
            Some((format!("every service account of namespace {}", spaces.join(", ")), 2))
        }
        (false, true) => {
            let what = format!("the service account {} of every namespace, also of new ones", names.join(", "));
            Some((what, 2))
        }
        (false, false) => None,
    }
}

/// True for a pattern that fixes nothing.
fn is_open(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|c| c == '*')
}
