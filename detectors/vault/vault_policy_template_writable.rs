//! A templated path whose value somebody else may write.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{Family, Mounts, Rule, Written, directives, escalations_of, written},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let policies: Vec<Written> = written(estate).collect();
    let writers: Vec<(&Written, String)> =
        policies.iter().filter_map(|policy| Some((policy, writes_metadata(estate, policy)?))).collect();
    for policy in &policies {
        for rule in policy.policy.rules.iter().filter(|r| !r.expired && !r.capabilities.is_denied()) {
            let Some(directive) = writable(rule) else { continue };
            let same_server = |(writer, _): &&(&Written, String)| {
                writer.record.src.system == policy.record.src.system
                    && writer.record.src.tenant == policy.record.src.tenant
            };
            if let Some((writer, pattern)) = writers.iter().find(same_server) {
                report(findings, policy, rule, directive, writer, pattern);
            }
        }
    }
}

/// The directive of a rule whose value is metadata that an API request can set.
fn writable(rule: &Rule) -> Option<&str> {
    directives(&rule.pattern).find(|directive| {
        let alias = directive.starts_with("identity.entity.aliases.");
        directive.contains(".custom_metadata.") || (!alias && directive.contains(".metadata."))
    })
}

/// The pattern by which a policy may write the metadata of entities or groups.
fn writes_metadata(estate: &Estate, policy: &Written) -> Option<String> {
    let acl = policy.acl();
    let mounts = Mounts::of(estate, policy.record);
    let reached = escalations_of(&acl, &mounts, Family::Identity);
    let first = reached.first()?.steps.first()?;
    Some(first.pattern.pattern.clone())
}

fn report(
    findings: &mut Findings,
    policy: &Written,
    rule: &Rule,
    directive: &str,
    writer: &Written,
    pattern: &str,
) {
    findings
        .report(
            policy.record,
            &policy.record.subject,
            format!(
                "Vault policy '{}' opens the path that `{{{{{directive}}}}}` names, and policy '{}' may write that value through `{pattern}`.",
                policy.name(),
                writer.name()
            ),
        )
        .key(format!("{}#{}", policy.record.id, rule.pattern))
        .because(writer.record)
        .at(policy.place_of(rule))
        .fix("Build the path from `{{identity.entity.id}}` or an alias name, which no request can choose.")
        .weigh(
            Component::Privilege,
            Level::between(1, 3, "who writes the metadata chooses the path").citing(policy.record),
        )
        .weigh(Component::Governance, policy.governance());
}
