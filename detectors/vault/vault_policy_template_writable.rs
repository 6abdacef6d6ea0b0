//! A templated path whose value somebody else may write.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::vault::{Capability, Rule, Step, Written, allows_any, directives, step, written},
};
use overstay_rules::Component;

const CHANGE: &[Capability] = &[Capability::Update];
const METADATA: &[&str] = &["metadata"];

/// The requests that write the metadata of an entity.
const ENTITY: &[Step] = &[
    step("identity/entity/id/{entity}", CHANGE).setting(METADATA),
    step("identity/entity/name/{entity}", CHANGE).setting(METADATA),
    step("identity/entity", CHANGE).setting(METADATA),
];
/// The same of a group.
const GROUP: &[Step] = &[
    step("identity/group/id/{group}", CHANGE).setting(METADATA),
    step("identity/group/name/{group}", CHANGE).setting(METADATA),
    step("identity/group", CHANGE).setting(METADATA),
];
/// The same of an alias, whose own metadata only its auth method writes.
const ALIAS: &[Step] = &[
    step("identity/entity-alias/id/{alias}", CHANGE).setting(&["custom_metadata"]),
    step("identity/entity-alias", CHANGE).setting(&["custom_metadata"]),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let policies: Vec<Written> = written(estate).collect();
    for policy in &policies {
        for rule in policy.policy.rules.iter().filter(|r| !r.expired && !r.capabilities.is_denied()) {
            let Some((directive, requests)) = writable(rule) else { continue };
            let mut same_server = policies.iter().filter(|writer| {
                writer.record.src.system == policy.record.src.system
                    && writer.record.src.tenant == policy.record.src.tenant
            });
            let writer = same_server.find_map(|writer| {
                let acl = writer.acl();
                let by = allows_any(&acl, requests)?;
                Some((writer, by.pattern.pattern.clone()))
            });
            if let Some((writer, pattern)) = writer {
                report(findings, policy, rule, directive, writer, &pattern);
            }
        }
    }
}

/// The directive of a rule whose value is metadata that an API request can set, and those requests.
fn writable(rule: &Rule) -> Option<(&str, &'static [Step])> {
    directives(&rule.pattern).find_map(|directive| {
        let requests = if directive.contains(".custom_metadata.") {
            ALIAS
        } else if directive.starts_with("identity.entity.aliases.") || !directive.contains(".metadata.") {
            return None;
        } else if directive.starts_with("identity.groups.") {
            GROUP
        } else {
            ENTITY
        };
        Some((directive, requests))
    })
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
