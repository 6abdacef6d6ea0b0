//! A certificate role whose certificates live longer than a rotation.

use crate::{
    evidence::{Estate},
    finding::{Findings, Level},
    policy::vault::live::{
        resources,
        words::{duration, namespace_flag, number, path, place, text, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let days = u64::try_from(estate.thresholds.rotation_days).unwrap_or(0);
    for role in resources(estate, "vault-pki-role") {
        let fixed = text(&role.attrs, "not_after");
        let longest = number(&role.attrs, "effective_max_ttl");
        if fixed.is_none() && longest <= days.saturating_mul(86_400) {
            continue;
        }
        let life = fixed.map_or_else(|| duration(longest), |at| format!("until {at}"));
        let why = match (fixed, text(&role.attrs, "effective_max_ttl_origin")) {
            (Some(_), _) => "not_after is set",
            (_, Some("role")) => "max_ttl of the role",
            (_, Some("mount")) => "the role sets no max_ttl, so that of the mount holds",
            _ => "neither role nor mount sets a maximum",
        };
        let stored = role.attrs.get("no_store").and_then(serde_json::Value::as_bool) == Some(true);
        let blind = if stored { " no_store is on, so none of them can be found and revoked." } else { "" };
        let message = format!(
            "PKI role '{}' signs certificates that live {life}: {why}.{blind}",
            path(&role.subject)
        );
        let finding = findings.report(role, &role.subject, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao patch{} {at} ttl=72h max_ttl=720h, and let the clients renew by themselves (agent, cert-manager, ACME).",
            namespace_flag(&role.attrs)
        ));
        finding.at(place(&role.src, &role.attrs));
        finding
            .weigh(Component::Privilege, Level::between(2, 3, "a certificate is an identity").citing(role))
            .weigh(Component::Exposure, Level::between(0, 2, "no leak of it is known").citing(role))
            .weigh(Component::Liveness, Level::between(1, 3, "its use is not known").citing(role))
            .weigh(Component::Governance, Level::between(1, 2, "no short end is set").citing(role))
            .weigh(Component::Reach, Level::between(0, 2, "every service that trusts the CA").citing(role));
    }
}
