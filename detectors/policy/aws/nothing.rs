//! Actions that policies name and AWS does not know: the name is misspelt, or it is that of an API
//! call whose permission is called otherwise.

use super::{
    actions::expand,
    document::{Document, Effect},
    principal::name_of,
};
use crate::{
    evidence::{Estate, Policy},
    finding::{Finding, Findings},
};
use std::collections::HashMap;

/// What a statement does with an action: its effect, whether it is a `NotAction`, and the words.
pub(crate) type Way = (Effect, bool, &'static str);

/// A policy with the actions of one way that AWS does not know.
pub(crate) struct Misnomers<'a> {
    /// The policy.
    pub(crate) policy: &'a Policy,
    verb: &'static str,
    actions: Vec<String>,
}

/// The policies that name unknown actions in one of these ways. AWS's own policies name actions
/// before, and after, others know them, so they are left out.
pub(crate) fn misnomers<'a>(estate: &'a Estate, ways: &[Way]) -> Vec<Misnomers<'a>> {
    let mut read: HashMap<&str, Vec<(&'static str, Vec<String>)>> = HashMap::new();
    let mut found = Vec::new();
    let ours = |p: &&Policy| p.language.starts_with("aws-") && !p.subject.contains(":iam::aws:");
    for policy in estate.policies.iter().filter(ours) {
        let unknown = read.entry(&policy.document).or_insert_with(|| unknown(policy, ways));
        found.extend(unknown.iter().map(|(verb, actions)| Misnomers {
            policy,
            verb,
            actions: actions.clone(),
        }));
    }
    found
}

fn unknown(policy: &Policy, ways: &[Way]) -> Vec<(&'static str, Vec<String>)> {
    let Ok(document) = Document::parse(&policy.document) else { return Vec::new() };
    let of_way = |(effect, negated, verb): &Way| {
        let mut actions: Vec<String> = document
            .statements
            .iter()
            .filter(|s| s.effect == *effect && s.actions.negated == *negated)
            .flat_map(|s| &s.actions.patterns)
            .filter(|pattern| expand(pattern).is_some_and(|mut known| known.next().is_none()))
            .map(|pattern| as_written(pattern.text(), &policy.document).to_owned())
            .collect();
        actions.sort_unstable();
        actions.dedup();
        (!actions.is_empty()).then_some((*verb, actions))
    };
    ways.iter().filter_map(of_way).collect()
}

/// A name in lower case as the policy writes it.
fn as_written<'t>(name: &'t str, text: &'t str) -> &'t str {
    let place = text.to_ascii_lowercase().find(name);
    place.and_then(|at| text.get(at..at + name.len())).unwrap_or(name)
}

impl Misnomers<'_> {
    /// Reports the policy, with the names to look up.
    pub(crate) fn report<'f>(&self, findings: &'f mut Findings) -> &'f mut Finding {
        let policy = self.policy;
        let first = self.actions.first().map_or("", String::as_str);
        let more = match self.actions.len().saturating_sub(1) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let inline = policy.subject.split_once("#inline/").map(|(_, name)| name);
        let name = inline.unwrap_or_else(|| name_of(&policy.subject));
        let message =
            format!("Policy '{name}' {} {first}{more}: AWS knows no such action.", self.verb);
        let all = self.actions.join(", ");
        let finding = findings.report(policy, policy.subject.clone(), message);
        finding.key(self.actions.join(",")).fix(format!(
            "Look the action up, and write its name as AWS does: https://docs.aws.amazon.com/service-authorization/latest/reference/\n\
             Not known: {all}"
        ));
        finding.locations.extend(policy.location.clone());
        finding
    }
}
