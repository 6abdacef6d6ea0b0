//! A machine principal that may do everything, always.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        Held, Kind, Principal, Truth, name_of,
        weight::{identity, is_ours_to_judge, noun, weigh},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let view = estate.aws();
    for principal in &view.principals {
        if !is_ours_to_judge(estate, principal) {
            continue;
        }
        let verdict = view.is_administrator(estate, principal);
        if verdict == Truth::No {
            continue;
        }
        let policies = view.administrator_policies(principal);
        let mut names: Vec<&str> = policies.iter().map(|held| policy_name(held)).collect();
        names.sort_unstable();
        names.dedup();
        let limits = if verdict == Truth::Unknown { ", subject to conditions" } else { "" };
        let message = format!(
            "{} '{}' is a standing administrator of {}{limits}, through {}.",
            noun(principal),
            principal.name(),
            principal.account_in_words(),
            names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "),
        );
        let identity = identity(estate, principal);
        let privilege = match verdict {
            Truth::Yes => Level::exactly(4, "every action on every resource is allowed"),
            _ => Level::between(2, 4, "every action is allowed, subject to conditions"),
        };
        let finding = findings.report(identity, principal.subject(), message);
        finding.key("administrator").fix(fix(principal, &policies));
        finding.locations.extend(identity.location.clone());
        for record in policies.iter().filter_map(|held| held.record) {
            finding.because(&estate.policies[record]);
        }
        weigh(finding, estate, principal);
        finding.weigh(Component::Privilege, privilege.citing(identity));
    }
}

fn policy_name(held: &Held) -> &str {
    held.name.split_once("#inline/").map_or_else(|| name_of(&held.name), |(_, name)| name)
}

/// The commands that take the policies away, once a narrower one is attached.
fn fix(principal: &Principal, policies: &[&Held]) -> String {
    if principal.is_declared() {
        return "In the code, attach a policy with the actions that the workload calls on its own resources, in place of this one; until it is known which, bound it:\n\
                Terraform: permissions_boundary = aws_iam_policy.boundary.arn\n\
                CloudFormation: PermissionsBoundary: !Ref BoundaryPolicy"
            .to_owned();
    }
    let (kind, name) = match principal.kind {
        Kind::Role => ("role", principal.name()),
        Kind::User | Kind::Group | Kind::Holder => ("user", principal.name()),
    };
    let mut lines = vec![
        "Attach a policy with the actions that it used, then take the administrator policy away:".to_owned(),
        format!("aws iam generate-service-last-accessed-details --granularity ACTION_LEVEL --arn {}", principal.arn),
    ];
    for held in policies {
        let policy = held.name.trim_start_matches("aws:");
        lines.push(match (held.name.split_once("#inline/"), held.group.is_some()) {
            (Some((_, inline)), false) => {
                format!("aws iam delete-{kind}-policy --{kind}-name {name} --policy-name {inline}")
            }
            (None, false) => {
                format!("aws iam detach-{kind}-policy --{kind}-name {name} --policy-arn {policy}")
            }
            (_, true) => format!(
                "aws iam remove-user-from-group --user-name {name} --group-name GROUP   # the group that holds {policy}"
            ),
        });
    }
    lines.join("\n")
}
