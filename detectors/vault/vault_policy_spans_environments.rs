//! One policy for production and for another environment.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{Capability, Rule, is_production, written},
};
use overstay_rules::Component;

const TOUCH: &[Capability] = &[
    Capability::Read,
    Capability::Create,
    Capability::Update,
    Capability::Patch,
    Capability::Delete,
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        let allows = |rule: &&Rule| !rule.expired && rule.capabilities.has_any(TOUCH);
        let first = |production: bool| {
            let mut rules = policy.policy.rules.iter().filter(allows);
            rules.find(|rule| is_production(&rule.pattern) == Some(production))
        };
        let (Some(production), Some(other)) = (first(true), first(false)) else { continue };
        findings
            .report(
                policy.record,
                &policy.record.subject,
                format!(
                    "Vault policy '{}' opens production (`{}`) and another environment (`{}`) to one holder.",
                    policy.name(),
                    production.pattern,
                    other.pattern
                ),
            )
            .at(policy.place_of(production))
            .related(policy.place_of(other), "the other environment")
            .fix("Write one policy for each environment and bind each to roles of that environment alone.")
            .weigh(
                Component::Privilege,
                Level::between(2, 3, "it reaches production").citing(policy.record),
            )
            .weigh(
                Component::Reach,
                Level::exactly(2, "it crosses environments").citing(policy.record),
            )
            .weigh(Component::Governance, policy.governance());
    }
}
