//! A policy that reaches every secret of a key-value store.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{
        AllSecrets, Mounts, all_secrets, live::holders::tell_holders, root_equivalent, written,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let acl = policy.acl();
        if root_equivalent(&acl).is_some() {
            continue;
        }
        let mounts = Mounts::of(estate, policy.record);
        let reached = all_secrets(&acl, &mounts);
        let Some(first) = reached.first() else { continue };
        let AllSecrets { mount, pattern, capabilities, .. } = first;
        let more = match reached.len() {
            1 => String::new(),
            n => format!(" The same holds for {} more mount{}.", n - 1, if n == 2 { "" } else { "s" }),
        };
        let finding = findings
            .report(
                policy.record,
                &policy.record.subject,
                format!(
                    "Vault policy '{}' reaches every secret of `{mount}/`: `{}` gives {} whatever the application.{more}",
                    policy.name(),
                    pattern.pattern,
                    capabilities.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", "),
                ),
            )
            .fix("Give one block for each application: `path \"MOUNT/data/APPLICATION/*\"`.")
            .weigh(
                Component::Privilege,
                Level::exactly(3, "it reaches the secrets of every application").citing(policy.record),
            )
            .weigh(
                Component::Reach,
                Level::between(1, 3, "one policy for the secrets of every application").citing(policy.record),
            )
            .weigh(Component::Governance, policy.governance());
        for rule in pattern.rules.iter().filter_map(|at| policy.policy.rules.get(at.rule)) {
            finding.at(policy.place_of(rule));
        }
        tell_holders(estate, policy.record, finding);
    }
}
