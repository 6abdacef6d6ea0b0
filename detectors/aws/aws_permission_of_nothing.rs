//! A permission for an action that does not exist.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        Effect,
        nothing::{Way, misnomers},
    },
};
use overstay_rules::Component;

const WAYS: [Way; 2] = [
    (Effect::Allow, false, "allows"),
    (Effect::Deny, true, "denies everything but"),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for misnomers in misnomers(estate, &WAYS) {
        let policy = misnomers.policy;
        misnomers
            .report(findings)
            .weigh(Component::Governance, Level::exactly(1, "nobody tried what the policy says").citing(policy))
            .weigh(Component::Liveness, Level::exactly(0, "there is nothing that it permits").citing(policy));
    }
}
