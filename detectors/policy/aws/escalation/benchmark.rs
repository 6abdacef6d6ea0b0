//! The published escalation benchmark: every exploitable policy is found at a principal that holds
//! it, both kinds of trap are judged rightly.

use super::routes;
use crate::{
    evidence::{Estate, Record, Src, Thresholds},
    policy::aws::{Principal, Truth},
    readers::{Document, read_document},
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const SERVICES: [&str; 12] = [
    "apprunner",
    "cloudformation",
    "codebuild",
    "datapipeline",
    "ec2",
    "ecs-tasks",
    "eks",
    "elasticbeanstalk",
    "glue",
    "lambda",
    "sagemaker",
    "ssm",
];

fn policies() -> Vec<(&'static str, Value)> {
    include_str!("iam_vulnerable.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap())
        .map(|(name, statements)| (name, serde_json::from_str(statements).unwrap()))
        .collect()
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

/// The policies that one principal of the benchmark holds: nearly always one.
fn held(policy: &str) -> Vec<&str> {
    match policy {
        "fn1-privesc3-partial" => vec![policy, "fn1-passrole-star"],
        "fp2-allow-all" => vec![policy, "deny-all"],
        _ => vec![policy],
    }
}

fn attached(names: &[&str]) -> Value {
    names.iter().map(|n| json!({"PolicyName": n, "PolicyArn": arn("policy", n)})).collect()
}

fn trust(principal: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

/// A user and a role for every policy, and the privileged role of the benchmark.
fn account() -> String {
    let services: Vec<String> = SERVICES.iter().map(|s| format!("{s}.amazonaws.com")).collect();
    let operator = json!({"AWS": arn("user", "operator")});
    let mut users = Vec::new();
    let mut roles = Vec::new();
    let mut documents = Vec::new();
    for (name, statements) in policies() {
        let services_role = name == "privesc-high-priv-service-policy";
        let groups = match name {
            "privesc8-AttachGroupPolicy" | "privesc11-PutGroupPolicy" => vec!["own"],
            _ => vec![],
        };
        let principal = if services_role { json!({"Service": services}) } else { operator.clone() };
        roles.push(json!({
            "RoleName": format!("{name}-role"), "Path": "/", "Arn": arn("role", &format!("{name}-role")),
            "RolePolicyList": [], "AssumeRolePolicyDocument": trust(&principal),
            "AttachedManagedPolicies": attached(&held(name)),
        }));
        if !services_role {
            users.push(json!({
                "UserName": format!("{name}-user"), "Path": "/", "Arn": arn("user", &format!("{name}-user")),
                "UserPolicyList": [], "GroupList": groups, "AttachedManagedPolicies": attached(&held(name)),
            }));
        }
        documents.push(json!({
            "PolicyName": name, "Arn": arn("policy", name), "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Version": "2012-10-17", "Statement": statements}}],
        }));
    }
    let group = |name: &str, policies: &[&str]| json!({"GroupName": name, "Arn": arn("group", name), "GroupPolicyList": [], "AttachedManagedPolicies": attached(policies)});
    json!({
        "UserDetailList": users, "RoleDetailList": roles, "Policies": documents,
        "GroupDetailList": [group("own", &[]), group("sre", &["privesc-sre-admin-policy"])],
    })
    .to_string()
}

fn estate(text: &str) -> Estate {
    let src = Src::new("git");
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let mut records: Vec<Record> = Vec::new();
    let document = Document {
        path: "iam.json",
        bytes: text.as_bytes(),
        src: &src,
        repository: None,
        as_of: now,
    };
    read_document(&document, &mut records);
    Estate::build(records, now, Thresholds::default())
}

/// Whether any holder of the policy is, or can make itself, an administrator.
fn found(estate: &Estate, policy: &str) -> bool {
    let view = estate.aws();
    let routes = routes(estate, view);
    let holds = |p: &Principal| {
        p.name().strip_suffix("-user").or(p.name().strip_suffix("-role")) == Some(policy)
    };
    view.principals.iter().zip(&routes).any(|(principal, route)| {
        holds(principal)
            && (route.is_some() || view.is_administrator(estate, principal) != Truth::No)
    })
}

#[test]
fn every_exploitable_policy_is_found_and_no_trap_is_fallen_into() {
    let estate = estate(&account());
    let (mut right, mut wrong) = ((0, 0, 0), Vec::new());
    for (name, _) in policies() {
        let found = found(&estate, name);
        match &name[..2] {
            "pr" if found => right.0 += 1,
            "fn" if found && name != "fn1-passrole-star" => right.1 += 1,
            "fp" if !found => right.2 += 1,
            _ if name == "deny-all" || name == "fn1-passrole-star" => {}
            _ => wrong.push(name),
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(right, (33, 4, 5));
}

#[test]
fn both_the_user_and_the_role_of_each_trap_are_judged() {
    let estate = estate(&account());
    let routes = routes(&estate, estate.aws());
    for (principal, route) in estate.aws().principals.iter().zip(routes) {
        let name = principal.name();
        if name.starts_with("fp") {
            assert_eq!(route, None, "{name}");
        } else if name.starts_with("fn") && !name.starts_with("fn1-passrole") {
            assert!(route.is_some_and(|r| r.certain), "{name}");
        }
    }
}
