//! An AppRole that asks for no secret.

use crate::{
    evidence::{Estate},
    finding::{Findings, Level},
    policy::vault::live::{
        roles, weigh,
        words::{list, namespace_flag, path, place, written_at},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for role in roles(estate, &["approle"]) {
        if role.attrs.get("bind_secret_id").and_then(serde_json::Value::as_bool) != Some(false) {
            continue;
        }
        let mut from = list(&role.attrs, "secret_id_bound_cidrs");
        from.extend(list(&role.attrs, "token_bound_cidrs"));
        let open = from.is_empty() || from.iter().all(|cidr| cidr.ends_with("/0"));
        let whence = if open { "any address".to_owned() } else { from.join(", ") };
        let message = format!(
            "AppRole '{}' logs in with its role id alone, from {whence}: the role id is no secret.",
            path(&role.target)
        );
        let finding = findings.report(role, &role.target, message);
        let at = written_at(&role.src);
        finding.key("").fix(format!(
            "bao write{} {at} bind_secret_id=true secret_id_ttl=24h",
            namespace_flag(&role.attrs)
        ));
        finding.at(place(&role.src, &role.attrs));
        let power = estate.vault().of(&role.src, &role.attrs);
        let live = (1, 3, "its logins are not known");
        weigh(finding, role, &power, (2, 3, ""), live, (1, 3, "its logins prove nothing"));
        let exposure = if open {
            Level::between(2, 3, "the role id stands in configuration files and in the audit log")
        } else {
            Level::between(1, 2, "everybody on that network can log in")
        };
        finding.weigh(Component::Exposure, exposure.citing(role));
    }
}
