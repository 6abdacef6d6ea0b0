//! How a reached sink is told.

use super::{
    corpus::{Written, written},
    live::holders::tell_holders,
    mounts::Mounts,
    reach::{Escalation, Reached, escalations_of},
    root::root_equivalent,
    sink::Family,
};
use crate::{
    evidence::Estate,
    finding::{Finding, Findings, Level},
};
use overstay_rules::Component;

/// How many further sinks a message names.
const ALSO: usize = 2;

/// Reports every policy that reaches a sink of the family, once, by its plainest way. A policy that
/// is root in all but name is told once, by the rule for that.
pub(crate) fn report_family(estate: &Estate, findings: &mut Findings, family: Family) {
    for policy in written(estate) {
        let acl = policy.acl();
        if root_equivalent(&acl).is_some() {
            continue;
        }
        let mounts = Mounts::of(estate, policy.record);
        let mut reached = escalations_of(&acl, &mounts, family);
        reached.sort_by_key(|escalation| std::cmp::Reverse(escalation.sink.privilege));
        if let Some((first, others)) = reached.split_first() {
            let finding = report(&policy, first, others, findings);
            tell_holders(estate, policy.record, finding);
        }
    }
}

fn report<'f>(
    policy: &Written,
    first: &Escalation,
    others: &[Escalation],
    findings: &'f mut Findings,
) -> &'f mut Finding {
    let mut message =
        format!("Vault policy '{}' can {}: {}.", policy.name(), first.can(), ways(first));
    let mut also: Vec<String> =
        others.iter().map(Escalation::can).filter(|can| *can != first.can()).collect();
    also.dedup();
    let count = also.len();
    also.truncate(ALSO);
    if !also.is_empty() {
        message.push_str(&format!(" It can also {}", also.join("; ")));
        if count > ALSO {
            message.push_str(&format!("; and {} more", count - ALSO));
        }
        message.push('.');
    }
    let pattern = &first.steps[0].pattern.pattern;
    let finding = findings
        .report(policy.record, &policy.record.subject, message)
        .fix(format!(
            "Narrow `path \"{pattern}\"` to the paths that the holder uses, or take {} off it.",
            first.steps[0].capability.as_str()
        ))
        .weigh(Component::Privilege, privilege(policy, first))
        .weigh(Component::Governance, policy.governance());
    for step in &first.steps {
        let says = because(step);
        for rule in step.pattern.rules.iter().filter_map(|at| policy.policy.rules.get(at.rule)) {
            let place = policy.place_of(rule);
            if !finding.locations.contains(&place) {
                finding.at(place.clone());
            }
            finding.step(place, says.clone());
        }
    }
    finding
}

/// What allows one request of a way.
pub(crate) fn because(step: &Reached) -> String {
    format!(
        "{}{} on `{}`, because `{}` decides there",
        step.capability.as_str(),
        if step.sudo { " and sudo" } else { "" },
        step.path,
        step.pattern.pattern
    )
}

/// The requests of a way, in order.
pub(crate) fn ways(escalation: &Escalation) -> String {
    let way = |step: &Reached| {
        let sudo = if step.sudo { " with sudo" } else { "" };
        if step.pattern.pattern == step.path {
            format!("{}{sudo} on `{}`", step.capability.as_str(), step.path)
        } else {
            format!(
                "{}{sudo} on `{}` through `{}`",
                step.capability.as_str(),
                step.path,
                step.pattern.pattern
            )
        }
    };
    escalation.steps.iter().map(way).collect::<Vec<_>>().join(", then ")
}

fn privilege(policy: &Written, escalation: &Escalation) -> Level {
    let highest = escalation.sink.privilege;
    let because = format!("it can {}", escalation.can());
    let level = if escalation.certain {
        Level::exactly(highest, because)
    } else {
        Level::between(highest - 1, highest, format!("{because}, if the mount is of that type"))
    };
    level.citing(policy.record)
}
