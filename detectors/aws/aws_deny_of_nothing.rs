//! A denial of an action that does not exist, or an exception from a permission that is none.

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
    (Effect::Deny, false, "denies"),
    (Effect::Allow, true, "allows everything but"),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for misnomers in misnomers(estate, &WAYS) {
        let policy = misnomers.policy;
        misnomers
            .report(findings)
            .weigh(Component::Governance, Level::exactly(2, "what was to be forbidden is not").citing(policy))
            .weigh(Component::Liveness, Level::between(1, 3, "the policy is in force where it is attached").citing(policy));
    }
}
