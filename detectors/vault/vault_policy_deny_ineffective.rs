//! A deny that another rule beats.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{IneffectiveDeny, ineffective_denies, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let acl = policy.acl();
        for deny in ineffective_denies(&acl) {
            let finding = findings
                .report(policy.record, &policy.record.subject, message(policy.name(), &deny))
                .key(format!("{}#{}", policy.record.id, deny.deny.pattern))
                .fix(fix(&deny))
                .weigh(
                    Component::Privilege,
                    Level::between(1, 3, "what should be denied is allowed").citing(policy.record),
                )
                .weigh(Component::Governance, policy.governance());
            let rule = |at: &crate::policy::vault::RuleRef| policy.policy.rules.get(at.rule);
            for denies in deny.deny.rules.iter().filter_map(rule) {
                finding.at(policy.place_of(denies));
            }
            for decides in deny.by.rules.iter().filter_map(rule) {
                finding.related(policy.place_of(decides), "this rule decides instead");
            }
        }
    }
}

fn message(name: &str, deny: &IneffectiveDeny) -> String {
    let (pattern, by, path) = (&deny.deny.pattern, &deny.by.pattern, &deny.path);
    let allowed = deny.capabilities;
    if deny.misses_data {
        return format!(
            "Vault policy '{name}' denies `{pattern}`, but KV version 2 is read below `data/`: `{path}` is decided by `{by}`, which allows {allowed}."
        );
    }
    format!(
        "Vault policy '{name}' denies `{pattern}`, but on `{path}` the deny loses to `{by}`, which allows {allowed}."
    )
}

fn fix(deny: &IneffectiveDeny) -> String {
    format!(
        "Write the deny as literally as the allow, for this case `path \"{}\" {{ capabilities = [\"deny\"] }}`, and ask `overstay vault can` for the result.",
        deny.path.split("<more>").next().map_or(String::new(), |literal| {
            if literal.len() < deny.path.len() { format!("{literal}*") } else { literal.to_owned() }
        })
    )
}
