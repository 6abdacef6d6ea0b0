//! Names that may be one identity: suggestions for the identity register. A suggestion never makes a
//! finding and never clears one; a person decides.

use crate::{
    evidence::{Estate, Who},
    policy::governance::people,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// What stands around the telling part of a machine's name.
const AFFIXES: &[&str] =
    &["svc", "service", "sa", "role", "user", "app", "bot", "prod", "approle", "token", "account"];

/// Names shorter than this say nothing.
const SHORTEST: usize = 4;

/// Entries for `overstay-identities.toml`, each with its reason; names that the register already
/// links or keeps apart are left out.
pub fn suggest(estate: &Estate) -> String {
    let mut groups: BTreeMap<String, BTreeSet<Who>> = BTreeMap::new();
    for who in estate.everybody().filter(|who| !is_person(estate, *who)) {
        for core in cores(estate, who) {
            groups.entry(core).or_default().insert(who);
        }
    }
    let mut told: BTreeSet<Vec<Who>> = BTreeSet::new();
    let mut text = String::new();
    for (core, members) in groups.iter().filter(|(_, members)| members.len() > 1) {
        let members: Vec<Who> = members.iter().copied().collect();
        let systems: BTreeSet<&str> =
            members.iter().map(|who| namespace(estate.name_of(*who))).collect();
        // Two names of one system are two identities unless that system says otherwise.
        if systems.len() < members.len() || !told.insert(members.clone()) {
            continue;
        }
        let names: Vec<String> =
            members.iter().map(|who| toml::Value::from(estate.name_of(*who)).to_string()).collect();
        let _ = write!(
            text,
            "# weak: the names agree on \"{core}\". Check, add who decided and when, or list one under `not`.\n\
             [[identity]]\nid = {}\naliases = [{}]\n\n",
            toml::Value::from(core.as_str()),
            names.join(", "),
        );
    }
    if text.is_empty() { "# no two names look like one identity\n".to_owned() } else { text }
}

fn is_person(estate: &Estate, who: Who) -> bool {
    people::kind(estate, who) == crate::evidence::IdentityType::Human
}

fn namespace(name: &str) -> &str {
    name.split_once(':').map_or("", |(namespace, _)| namespace)
}

/// The telling part of each name that a record gives an identity, or of the name alone.
fn cores(estate: &Estate, who: Who) -> BTreeSet<String> {
    let given = estate.identities_of(who).flat_map(|r| &r.aliases).map(String::as_str);
    let names = given.chain([estate.name_of(who)]);
    names.filter(|name| !crate::evidence::is_immutable(name)).filter_map(core).collect()
}

/// `aws:arn:aws:iam::1:role/svc-payments` → `payments`.
fn core(name: &str) -> Option<String> {
    let last = name.rsplit(['/', ':']).next()?.split('@').next()?.to_lowercase();
    let words = last.split(|c: char| !c.is_alphanumeric());
    let telling: Vec<&str> =
        words.filter(|word| !word.is_empty() && !AFFIXES.contains(word)).collect();
    let core = telling.join("-");
    (core.len() >= SHORTEST && core.chars().any(char::is_alphabetic)).then_some(core)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Thresholds, parse_lines};

    fn estate(names: &[(&str, &str)]) -> Estate {
        let lines: Vec<String> = names.iter().enumerate().map(|(i, (name, kind))| format!(
            r#"{{"v":"overstay-evidence/1","kind":"identity","id":"i{i}","src":{{"system":"s{i}"}},"as_of":"2026-11-01T00:00:00Z","type":"{kind}","status":"active","aliases":["{name}"]}}"#
        )).collect();
        let (records, _) = parse_lines(&lines.join("\n"));
        Estate::build(
            records,
            "2026-11-22T00:00:00Z".parse().expect("a time"),
            Thresholds::default(),
        )
    }

    #[test]
    fn names_of_two_systems_that_agree_are_suggested_with_the_reason() {
        let estate = estate(&[
            ("vault:approle/svc-payments", "service"),
            ("aws:arn:aws:iam::123456789012:role/payments-role", "workload"),
            ("aws:arn:aws:iam::123456789012:role/billing", "workload"),
            ("hr:payments", "human"),
        ]);
        assert_eq!(
            suggest(&estate),
            "# weak: the names agree on \"payments\". Check, add who decided and when, or list one under `not`.\n\
            [[identity]]\nid = \"payments\"\naliases = [\"aws:arn:aws:iam::123456789012:role/payments-role\", \"vault:approle/svc-payments\"]\n\n"
        );
    }

    #[test]
    fn two_names_of_one_system_and_names_that_say_nothing_are_not() {
        let estate = estate(&[
            ("aws:role/payments", "workload"),
            ("aws:user/svc-payments", "service"),
            ("vault:svc-prod", "service"),
            ("iga:service-prod", "service"),
        ]);
        assert_eq!(suggest(&estate), "# no two names look like one identity\n");
    }
}
