//! Parameter constraints where the server never looks at them as meant.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{Mounts, Rule, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let mounts = Mounts::of(estate, policy.record);
        for rule in policy.policy.rules.iter().filter(|rule| !rule.expired) {
            let Some(field) = constrained(rule).filter(|_| is_kv2_data(rule, &mounts)) else { continue };
            findings
                .report(
                    policy.record,
                    &policy.record.subject,
                    format!(
                        "Vault policy '{}' sets {field} on `{}`, where it cannot see the keys of a secret: KV version 2 wraps them in `data`.",
                        policy.name(),
                        rule.pattern
                    ),
                )
                .key(format!("{}#{}", policy.record.id, rule.pattern))
                .at(policy.place_of(rule))
                .fix(format!("Remove {field}; keep apart what must not be written by paths."))
                .weigh(
                    Component::Privilege,
                    Level::between(1, 2, "what should be refused may pass").citing(policy.record),
                );
        }
    }
}

/// The first constraint that names keys other than those of the KV version 2 request itself.
fn constrained(rule: &Rule) -> Option<&'static str> {
    let own = |name: &String| ["data", "options", "*", "version"].contains(&name.as_str());
    let foreign = |parameters: &Option<crate::policy::vault::Parameters>| {
        parameters.as_ref().is_some_and(|p| p.keys().any(|name| !own(name)))
    };
    if foreign(&rule.allowed_parameters) {
        return Some("allowed_parameters");
    }
    if foreign(&rule.denied_parameters) {
        return Some("denied_parameters");
    }
    rule.required_parameters.iter().any(|name| !own(name)).then_some("required_parameters")
}

/// True for a path below `data/` of a KV version 2 store: of the server's list, or one with a usual
/// name where there is no list.
fn is_kv2_data(rule: &Rule, mounts: &Mounts) -> bool {
    let Some((mount, _)) = rule.pattern.split_once("/data/") else { return false };
    if mounts.known {
        return mounts.engines.iter().any(|(path, kind)| path == mount && kind == "kv2");
    }
    ["secret", "secrets", "kv", "kv-v2", "kv2"].contains(&mount)
}
