//! Sudo on a wildcard that spans several root-protected areas.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{protected_areas, root_equivalent, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let acl = policy.acl();
        if root_equivalent(&acl).is_some() {
            continue;
        }
        for permissions in acl.patterns() {
            let areas = protected_areas(&acl, permissions);
            if areas.len() < 2 {
                continue;
            }
            let count = areas.len();
            let shown: Vec<String> = areas.iter().take(3).map(|path| format!("`{path}`")).collect();
            let finding = findings
                .report(
                    policy.record,
                    &policy.record.subject,
                    format!(
                        "Vault policy '{}' has sudo on `{}`, which passes in {count} root-protected areas, among them {}.",
                        policy.name(),
                        permissions.pattern,
                        shown.join(", ")
                    ),
                )
                .key(format!("{}#{}", policy.record.id, permissions.pattern))
                .fix("Give sudo only in blocks that name one root-protected path each.")
                .weigh(
                    Component::Privilege,
                    Level::between(3, 4, "it passes where the server asks for root privileges")
                        .citing(policy.record),
                )
                .weigh(Component::Governance, policy.governance());
            for rule in permissions.rules.iter().filter_map(|at| policy.policy.rules.get(at.rule)) {
                finding.at(policy.place_of(rule));
            }
        }
    }
}
