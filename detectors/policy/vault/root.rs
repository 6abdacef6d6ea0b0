//! Whether a policy gives everything.

use super::{Acl, Capability, Operation, Permissions};

/// Paths of different depth and kind, on names that nobody uses, so that no narrow rule decides
/// about them: what is allowed here is allowed nearly everywhere.
const ANYWHERE: &[&str] = &[
    "overstay-mount/overstay-name",
    "overstay-mount/data/overstay-app/overstay-name",
    "auth/overstay-mount/role/overstay-name",
    "sys/policies/acl/overstay-name",
    "sys/mounts/overstay-name",
    "identity/entity/name/overstay-name",
];

/// How much of everything a set of policies gives.
#[derive(Clone, Copy, Debug)]
pub struct RootEquivalent<'a> {
    /// The pattern that gives it.
    pub pattern: &'a Permissions,
    /// True when it also passes where the server asks for root privileges.
    pub sudo: bool,
}

/// The rule that makes a set of policies root in all but name: it reads, writes and deletes on
/// paths of every kind.
pub fn root_equivalent(acl: &Acl) -> Option<RootEquivalent<'_>> {
    const NEEDED: &[Operation] =
        &[Operation::Create, Operation::Read, Operation::Update, Operation::Delete];
    let mut sudo = true;
    let mut pattern = None;
    for path in ANYWHERE {
        let decides = acl.decides(Operation::Update, path)?;
        if !NEEDED.iter().all(|op| decides.capabilities.has(op.capability())) {
            return None;
        }
        if !decides.lets_choose(&["policy"]) || decides.control_group {
            return None;
        }
        sudo &= decides.capabilities.has(Capability::Sudo);
        pattern.get_or_insert(decides);
    }
    pattern.map(|pattern| RootEquivalent { pattern, sudo })
}
