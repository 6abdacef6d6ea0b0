//! A policy that gives everything on every path.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{live::holders::tell_holders, root_equivalent, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let acl = policy.acl();
        let Some(root) = root_equivalent(&acl) else { continue };
        let name = policy.name();
        let how = if root.sudo {
            "including the paths that ask for root privileges"
        } else {
            "and can write itself a policy with sudo"
        };
        let finding = findings
            .report(
                policy.record,
                &policy.record.subject,
                format!(
                    "Vault policy '{name}' is root in all but name: `{}` reads, writes and deletes on every path, {how}.",
                    root.pattern.pattern
                ),
            )
            .fix(format!(
                "Replace `path \"{}\"` by one block for each path that the holder needs, with only the capabilities it uses.",
                root.pattern.pattern
            ))
            .weigh(
                Component::Privilege,
                Level::exactly(4, "it can do everything").citing(policy.record),
            )
            .weigh(
                Component::Reach,
                Level::exactly(3, "it spans every mount and environment of the server")
                    .citing(policy.record),
            )
            .weigh(Component::Governance, policy.governance());
        for at in &root.pattern.rules {
            if let Some(rule) = policy.policy.rules.get(at.rule) {
                finding.at(policy.place_of(rule));
            }
        }
        tell_holders(estate, policy.record, finding);
    }
}
