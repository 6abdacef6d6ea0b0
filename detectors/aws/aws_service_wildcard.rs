//! A principal that may do everything that a sensitive service offers, to everything in it.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        ANYTHING, Asker, Effect, Principal, Truth, View,
        weight::{identity, noun, short_of_administrators, weigh},
    },
};
use overstay_rules::Component;

/// Services whose every action is too much for a machine: they hold identities, keys, data or code.
const SERVICES: [&str; 24] = [
    "cloudformation", "codebuild", "dynamodb", "ec2", "ecr", "ecs", "eks", "glue", "iam", "kms", "lambda",
    "organizations", "rds", "route53", "s3", "sagemaker", "secretsmanager", "sns", "sqs", "ssm", "sso",
    "states", "sts", "cloudtrail",
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (asker, members) in short_of_administrators(estate) {
        let services = whole_services(estate.aws(), &asker);
        if services.is_empty() {
            continue;
        }
        for principal in members {
            report(estate, principal, &services, findings);
        }
    }
}

fn whole_services(view: &View, asker: &Asker) -> Vec<&'static str> {
    let whole = |service: &&&str| {
        // An action that no policy names: only `service:*` and `*` allow it.
        let action = format!("{service}:{ANYTHING}");
        let starred = asker.principal.held.iter().flat_map(|h| &view.documents[h.document].statements);
        starred.filter(|s| s.effect == Effect::Allow).any(|s| s.actions.selects(&action))
            && asker.ask(&action, ANYTHING, &[]).verdict == Truth::Yes
    };
    SERVICES.iter().filter(whole).copied().collect()
}

fn report(estate: &Estate, principal: &Principal, services: &[&str], findings: &mut Findings) {
    const NAMED: usize = 6;
    let more = match services.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more services"),
    };
    let named = services.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let message = format!(
        "{} '{}' may do everything in {named}{more} of {}.",
        noun(principal),
        principal.name(),
        principal.account_in_words(),
    );
    let record = identity(estate, principal);
    let finding = findings.report(record, principal.subject(), message);
    finding.key("service-wildcard").fix(right_size(principal));
    finding.locations.extend(record.location.clone());
    weigh(finding, estate, principal);
    let identities = services.iter().any(|s| matches!(*s, "iam" | "organizations" | "sso" | "sts"));
    let level = if identities {
        Level::between(3, 4, "it manages identities")
    } else {
        Level::exactly(3, "it manages whole services")
    };
    finding.weigh(Component::Privilege, level.citing(record));
}

fn right_size(principal: &Principal) -> String {
    if principal.is_declared() {
        return "Replace SERVICE:* by the actions that the workload calls, and the resource * by its own resources, in the policy that this file attaches.".to_owned();
    }
    format!(
        "See which actions it used, and name those:\n\
         id=$(aws iam generate-service-last-accessed-details --granularity ACTION_LEVEL --arn {} --query JobId --output text)\n\
         aws iam get-service-last-accessed-details --job-id $id --query 'ServicesLastAccessed[?LastAuthenticated].[ServiceNamespace,TrackedActionsLastAccessed[?LastAccessedTime].ActionName]'",
        principal.arn
    )
}
