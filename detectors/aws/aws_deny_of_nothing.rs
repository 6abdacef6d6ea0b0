//! A denial of an action that does not exist.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{Document, Effect, actions::expand, name_of},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in estate.policies.iter().filter(|p| p.language.starts_with("aws-")) {
        // AWS's own policies name actions before, and after, others know them.
        if !policy.document.contains("Deny") || policy.subject.contains(":iam::aws:") {
            continue;
        }
        let Ok(document) = Document::parse(&policy.document) else { continue };
        let denials = document.statements.iter().filter(|s| s.effect == Effect::Deny && !s.actions.negated);
        let mut nothing: Vec<&str> = denials
            .flat_map(|s| &s.actions.patterns)
            .filter(|pattern| expand(pattern).is_some_and(|mut actions| actions.next().is_none()))
            .map(|pattern| pattern.text())
            .collect();
        nothing.sort_unstable();
        nothing.dedup();
        let Some(first) = nothing.first() else { continue };
        let more = match nothing.len() - 1 {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let name = policy.subject.split_once("#inline/").map_or_else(|| name_of(&policy.subject), |(_, name)| name);
        let message = format!("Policy '{name}' denies {first}{more}: AWS knows no such action.");
        let finding = findings.report(policy, policy.subject.clone(), message);
        finding.key(nothing.join(",")).fix(format!(
            "Look the action up, and write its name as AWS does: https://docs.aws.amazon.com/service-authorization/latest/reference/\n\
             Not known: {}",
            nothing.join(", ")
        ));
        finding.locations.extend(policy.location.clone());
        finding
            .weigh(Component::Governance, Level::exactly(2, "what was to be forbidden is not").citing(policy))
            .weigh(Component::Liveness, Level::between(1, 3, "the policy is in force where it is attached").citing(policy));
    }
}
