//! The vector of a finding about a live server.

use super::Power;
use crate::{
    evidence::Recorded,
    finding::{Finding, Level},
};
use overstay_rules::Component;

/// Levels that are the same for many findings: the lowest, the highest, why.
type Fixed = (u8, u8, &'static str);

/// Nothing shows that anybody outside has it.
pub(crate) const INTERNAL: Fixed = (0, 2, "no leak of it is known");
/// It works; Vault does not say when it was last used.
pub(crate) const LIVE: Fixed = (2, 3, "it works, and Vault does not say when it was last used");

/// Sets the components of a finding about something that a holder can do.
pub(crate) fn weigh(
    finding: &mut Finding,
    record: &impl Recorded,
    power: &Power,
    exposure: Fixed,
    liveness: Fixed,
    governance: Fixed,
) {
    let level = |(low, high, why): Fixed| Level::between(low, high, why).citing(record);
    finding
        .weigh(Component::Privilege, power.level().citing(record))
        .weigh(Component::Exposure, level(exposure))
        .weigh(Component::Liveness, level(liveness))
        .weigh(Component::Governance, level(governance))
        .weigh(Component::Reach, Level::between(0, 1, "one role of one server").citing(record));
}
