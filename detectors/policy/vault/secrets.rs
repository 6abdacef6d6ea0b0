//! Whether a policy reaches all secrets of a key-value store.

use super::{Acl, Capabilities, Capability, Mounts, Operation, Permissions};

/// A key-value mount whose every secret is reached.
#[derive(Clone, Debug)]
pub struct AllSecrets<'a> {
    /// The mount, without its last slash.
    pub mount: String,
    /// The pattern that reaches them.
    pub pattern: &'a Permissions,
    /// Which of read and the writing capabilities it gives.
    pub capabilities: Capabilities,
}

/// The names under which key-value stores usually stand. Another mount may well be the store of
/// one application, so without a server's list of mounts only these count, and any name where the
/// pattern spans mounts.
const USUAL: &[&str] = &["secret", "secrets", "kv", "kv-v2", "kv2"];

const TOUCH: &[Capability] = &[
    Capability::Read,
    Capability::Create,
    Capability::Update,
    Capability::Patch,
    Capability::Delete,
];

/// Key-value mounts of which the policies reach the secrets of any application.
pub fn all_secrets<'a>(acl: &'a Acl, mounts: &Mounts) -> Vec<AllSecrets<'a>> {
    let named = |kind: &str| mounts.of_types(false, &[kind]);
    if mounts.known {
        let second = named("kv2").into_iter().filter_map(|m| below(acl, &format!("{m}/data"), m));
        let first = named("kv").into_iter().filter_map(|m| below(acl, &m.clone(), m));
        return second.chain(first).collect();
    }
    let usual = USUAL.iter().map(|m| (*m).to_owned());
    let usual =
        usual.filter(|m| mounts.type_of(false, m).is_none_or(|kind| kind.starts_with("kv")));
    let defined = named("kv2").into_iter().filter(|m| !USUAL.contains(&m.as_str()));
    let found = usual.chain(defined).filter_map(|m| below(acl, &format!("{m}/data"), m));
    let mut found: Vec<_> = found.collect();
    // Many names, one pattern: the pattern spans mounts.
    found.dedup_by(|a, b| a.pattern.pattern == b.pattern.pattern);
    found
}

/// The pattern that gives any application's secret below a path, one and two levels deep.
fn below<'a>(acl: &'a Acl, base: &str, mount: String) -> Option<AllSecrets<'a>> {
    let samples = [
        format!("{base}/overstay-application/overstay-secret"),
        format!("{base}/overstay-application"),
        format!("{base}/overstay-application/overstay-part/overstay-secret"),
    ];
    samples.iter().find_map(|path| {
        let pattern = acl.decides(Operation::Read, path)?;
        let capabilities: Capabilities =
            TOUCH.iter().copied().filter(|c| pattern.capabilities.has(*c)).collect();
        let reached = !pattern.capabilities.is_denied() && capabilities != Capabilities::NONE;
        reached.then(|| AllSecrets { mount: mount.clone(), pattern, capabilities })
    })
}

#[cfg(test)]
mod tests {
    use super::super::VaultPolicy;
    use super::*;
    use std::collections::BTreeSet;

    fn policy(text: &str) -> VaultPolicy {
        VaultPolicy::parse(text, jiff::Timestamp::UNIX_EPOCH).unwrap()
    }

    fn reached<'p>(policies: impl IntoIterator<Item = &'p VaultPolicy>) -> BTreeSet<String> {
        let acl = Acl::new(policies);
        let found = all_secrets(&acl, &Mounts::unknown());
        found.into_iter().map(|found| found.pattern.pattern.clone()).collect()
    }

    /// Why no set of policies is asked: the pattern that decides for a set is in one of its policies and
    /// decides there too, and what the others add to the same pattern they give by themselves.
    #[test]
    fn what_a_set_reaches_one_of_its_policies_reaches() {
        let patterns =
            ["secret/*", "secret/data/*", "secret/+/+/*", "+/data/+/*", "*", "secret/data/+"];
        let words = ["read", "list", "update", "deny", "create"];
        let all: Vec<VaultPolicy> = patterns
            .iter()
            .flat_map(|pattern| {
                words.map(|word| {
                    policy(&format!("path \"{pattern}\" {{ capabilities = [\"{word}\"] }}"))
                })
            })
            .collect();
        let (mut pairs, mut reaching) = (0, 0);
        for first in &all {
            for second in &all {
                let together = reached([first, second]);
                let alone = &reached([first]) | &reached([second]);
                assert!(together.is_subset(&alone), "{first:?} {second:?}");
                pairs += 1;
                reaching += usize::from(!together.is_empty());
            }
        }
        assert!(pairs == 900 && reaching > 100, "{reaching} of {pairs}");
    }
}
