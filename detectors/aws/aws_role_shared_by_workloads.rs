//! One role that several workloads use as their own.

use crate::{
    evidence::{Estate, Trust},
    finding::{Findings, Level},
    policy::{
        aws::{
            Kind,
            weight::{identity, is_ours_to_judge, privilege, weigh},
        },
        join::workflows::repositories,
    },
};
use overstay_rules::Component;
use std::collections::BTreeSet;

/// Services that run code of ours, and what that is called. Two of one kind are one workload.
const RUNNERS: [(&str, &str); 11] = [
    ("lambda.amazonaws.com", "Lambda"),
    ("edgelambda.amazonaws.com", "Lambda"),
    ("ec2.amazonaws.com", "EC2"),
    ("ecs-tasks.amazonaws.com", "ECS"),
    ("codebuild.amazonaws.com", "CodeBuild"),
    ("glue.amazonaws.com", "Glue"),
    ("sagemaker.amazonaws.com", "SageMaker"),
    ("pods.eks.amazonaws.com", "EKS"),
    ("tasks.apprunner.amazonaws.com", "App Runner"),
    ("build.apprunner.amazonaws.com", "App Runner"),
    ("bedrock-agentcore.amazonaws.com", "Bedrock AgentCore"),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let view = estate.aws();
    for principal in view.principals.iter().filter(|p| p.kind == Kind::Role) {
        if !is_ours_to_judge(estate, principal) {
            continue;
        }
        let subject = principal.subject();
        let trusts: Vec<&Trust> = view.trusts_of(estate, &subject).collect();
        let users = users(&trusts);
        if users.len() < 2 {
            continue;
        }
        let record = identity(estate, principal);
        let named = users.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!(
            "Role '{}' of {} is shared by {} workloads: {named}.",
            principal.name(),
            principal.account_in_words(),
            users.len(),
        );
        let finding = findings.report(record, subject.clone(), message);
        finding.key("shared").fix(format!(
            "Make a role for each, with what that one needs, and take this one away when its last use is past:\n\
             aws iam get-role --role-name {} --query Role.RoleLastUsed",
            principal.name()
        ));
        finding.locations.extend(record.location.clone());
        for trust in trusts {
            finding.because(trust);
        }
        weigh(finding, estate, principal);
        finding
            .weigh(Component::Privilege, privilege(estate, principal).citing(record))
            .weigh(Component::Reach, Level::between(1, 2, "several workloads hold it").citing(record));
    }
}

/// What runs as the role: kinds of runners, and repositories.
fn users(trusts: &[&Trust]) -> BTreeSet<String> {
    let services = trusts.iter().flat_map(|t| &t.principals).filter_map(|p| p.strip_prefix("aws-service:"));
    let runners = services.filter_map(|service| {
        RUNNERS.iter().find(|(name, _)| *name == service).map(|(_, what)| (*what).to_owned())
    });
    let repositories = trusts.iter().filter(|t| t.mechanism == "oidc").flat_map(|t| repositories(t));
    runners.chain(repositories).collect()
}
