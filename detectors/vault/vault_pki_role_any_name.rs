//! A certificate role that signs any name.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{is_on, list, namespace_flag, path, place, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in resources(estate, "vault-pki-role") {
        let Some(why) = any_name(role) else { continue };
        let message = format!("PKI role '{}' signs certificates for any name: {why}.", path(&role.subject));
        let finding = findings.report(role, &role.subject, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao patch{} {at} allow_any_name=false enforce_hostnames=true allowed_domains=svc.example.internal allow_subdomains=true allow_wildcard_certificates=false",
            namespace_flag(&role.attrs)
        ));
        finding.at(place(&role.src, &role.attrs));
        let client = role.attrs.get("client_flag").and_then(serde_json::Value::as_bool) != Some(false);
        let why = if client {
            "its holder can be any server and any client that trusts this CA knows"
        } else {
            "its holder can be any server that trusts this CA knows"
        };
        finding
            .weigh(Component::Privilege, Level::between(3, 4, why).citing(role))
            .weigh(Component::Exposure, Level::between(0, 2, "a token that may use the role is needed").citing(role))
            .weigh(Component::Liveness, Level::between(1, 3, "its use is not known").citing(role))
            .weigh(Component::Governance, Level::between(1, 2, "it names no owner of a domain").citing(role))
            .weigh(Component::Reach, Level::between(1, 3, "every service that trusts the CA").citing(role));
    }
}

/// Which setting lets any name pass.
fn any_name(role: &Resource) -> Option<String> {
    let attrs = &role.attrs;
    if is_on(attrs, "allow_any_name") {
        return Some("allow_any_name is on".to_owned());
    }
    let domains = list(attrs, "allowed_domains");
    let globbed = domains.iter().find(|d| is_on(attrs, "allow_glob_domains") && d.trim_matches('*').is_empty());
    if let Some(domain) = globbed {
        return Some(format!("allow_glob_domains is on and allowed_domains has {domain}"));
    }
    let top = domains.iter().find(|d| is_on(attrs, "allow_subdomains") && !d.trim_matches('.').contains('.') && !is_internal(d));
    top.map(|domain| format!("allow_subdomains is on for the whole of {domain}"))
}

/// Top-level names that belong to nobody outside: RFC 6761, RFC 6762, RFC 9476 and ICANN's `internal`.
fn is_internal(domain: &str) -> bool {
    let name = domain.trim_matches('.').to_ascii_lowercase();
    matches!(name.as_str(), "internal" | "local" | "localhost" | "test" | "lan" | "home" | "corp" | "intranet" | "consul" | "svc" | "cluster" | "alt")
}
