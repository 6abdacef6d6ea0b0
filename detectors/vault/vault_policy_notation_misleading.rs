//! A policy that is written so that people read it wrong.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{Rule, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for policy in written(estate) {
        for (number, rule) in policy.policy.rules.iter().enumerate() {
            let Some(why) = misleading(rule) else { continue };
            let nth = policy.policy.rules[..number].iter().filter(|r| r.pattern == rule.pattern).count();
            findings
                .report(
                    policy.record,
                    &policy.record.subject,
                    format!(
                        "Vault policy '{}' is easily misread at `{}`: {why}.",
                        policy.name(),
                        rule.pattern
                    ),
                )
                .key(format!("{}#{}#{nth}", policy.record.id, rule.pattern))
                .at(policy.place_of(rule))
                .fix(format!(
                    "Write what the server makes of it: `capabilities = [{}]`.",
                    rule.capabilities
                        .as_server_says()
                        .iter()
                        .map(|word| format!("\"{word}\""))
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
                .weigh(
                    Component::Privilege,
                    Level::between(1, 2, "it may give more than its readers think")
                        .citing(policy.record),
                );
        }
    }
}

fn misleading(rule: &Rule) -> Option<String> {
    let means = rule.capabilities;
    if rule.notes.assigned_twice {
        return Some(format!(
            "the capabilities are assigned twice, and the server adds the lists up to {means}"
        ));
    }
    if rule.notes.deny_beside_others {
        return Some("`deny` voids the capabilities beside it".into());
    }
    rule.notes
        .old_policy
        .then(|| format!("the old `policy = …` form means {means} here, whatever `capabilities` says"))
}
