//! Every path of the table, expressed as an account: who holds exactly what the path needs is found,
//! and who lacks one of its actions does not climb by this path.

use super::{Hop, PATHS, Path, Reach, routes};
use crate::{
    evidence::{Estate, Record, Src, Thresholds},
    policy::aws::Kind,
    readers::{Document, read_document},
};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn attached(arns: &[&str]) -> Value {
    arns.iter().map(|arn| json!({"PolicyName": "p", "PolicyArn": arn})).collect()
}

/// What is denied to those who could take the denial away: enough not to be administrators.
fn denial() -> Value {
    json!({"Effect": "Deny", "Action": ["iam:Attach*", "iam:Put*", "iam:Create*", "iam:Update*", "iam:Add*", "iam:Pass*", "iam:Set*", "sts:*"], "Resource": "*"})
}

/// An account in which the user and the role `climber` hold the actions, and somebody else of each
/// kind is an administrator.
fn account(path: &Path, actions: &[&str]) -> String {
    let reaches = |reach: Reach| path.needs.iter().any(|need| need.reach == reach);
    let allow = json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]);
    let own = arn("policy", "own");
    let denying = arn("policy", "denying");
    let bounded = reaches(Reach::BoundedSelfUser) || reaches(Reach::BoundedSelfRole);
    let denied = reaches(Reach::OwnDenial) || reaches(Reach::OwnInlineDenial);
    let mut inline = vec![];
    let mut held = vec![own.as_str()];
    let mut statements = allow.clone();
    if denied {
        statements = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        let lacks: Vec<&str> = path
            .needs
            .iter()
            .map(|need| need.written.as_str())
            .filter(|a| !actions.contains(a))
            .collect();
        if !lacks.is_empty() {
            statements =
                json!([statements[0], {"Effect": "Deny", "Action": lacks, "Resource": "*"}]);
        }
        match reaches(Reach::OwnDenial) {
            true => held.push(&denying),
            false => inline.push(
                json!({"PolicyName": "denying", "PolicyDocument": policy(&json!([denial()]))}),
            ),
        }
    } else if bounded {
        held.push(ADMIN);
    }
    let boundary = json!({"PermissionsBoundaryArn": arn("policy", "boundary"), "PermissionsBoundaryType": "Policy"});
    let services: Vec<&String> = path.services.iter().collect();
    let trust = |principal: &Value, action: &str| {
        policy(&json!([{"Effect": "Allow", "Principal": principal, "Action": action}]))
    };
    let admits = match path.services.first().map(String::as_str) {
        Some("cognito-identity.amazonaws.com") => {
            trust(&json!({"Federated": services[0]}), "sts:AssumeRoleWithWebIdentity")
        }
        Some(_) => trust(&json!({"Service": services}), "sts:AssumeRole"),
        None => {
            trust(&json!({"AWS": arn("root", "").replace(":root/", ":root")}), "sts:AssumeRole")
        }
    };
    let nobody = trust(&json!({"Service": "lambda.amazonaws.com"}), "sts:AssumeRole");
    let mut climbers = (
        json!({"UserName": "climber", "Path": "/", "Arn": arn("user", "climber"), "UserPolicyList": inline, "GroupList": ["own"], "AttachedManagedPolicies": attached(&held)}),
        json!({"RoleName": "climber", "Path": "/", "Arn": arn("role", "climber"), "RolePolicyList": inline, "AttachedManagedPolicies": attached(&held), "AssumeRolePolicyDocument": nobody}),
    );
    if bounded {
        climbers.0["PermissionsBoundary"] = boundary.clone();
        climbers.1["PermissionsBoundary"] = boundary;
    }
    let admin = attached(&[ADMIN]);
    let group = |name: &str, policies: &Value| json!({"GroupName": name, "Arn": arn("group", name), "GroupPolicyList": [], "AttachedManagedPolicies": policies});
    let version = |id: &str, current: bool, statements: &Value| json!({"VersionId": id, "IsDefaultVersion": current, "Document": policy(statements)});
    let managed = |name: &str, statements: &Value| {
        let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        json!({"PolicyName": name, "Arn": arn("policy", name), "PolicyVersionList": [version("v2", true, statements), version("v1", false, &all)]})
    };
    json!({
        "UserDetailList": [climbers.0, {"UserName": "chief", "Path": "/", "Arn": arn("user", "chief"), "UserPolicyList": [], "GroupList": [], "AttachedManagedPolicies": admin}],
        "RoleDetailList": [climbers.1, {"RoleName": "chief", "Path": "/", "Arn": arn("role", "chief"), "RolePolicyList": [], "AttachedManagedPolicies": admin, "AssumeRolePolicyDocument": admits}],
        "GroupDetailList": [group("own", &attached(&[])), group("chiefs", &admin)],
        "Policies": [managed("own", &statements), managed("denying", &json!([denial()])), managed("boundary", &allow)],
    })
    .to_string()
}

/// The first step of whoever holds these actions, if there is one.
fn first_hops(path: &Path, actions: &[&str]) -> Vec<Hop> {
    let text = account(path, actions);
    let src = Src::new("git");
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let mut records: Vec<Record> = Vec::new();
    let (path, bytes) = ("iam.json", text.as_bytes());
    read_document(&Document { path, bytes, src: &src, repository: None, as_of: now }, &mut records);
    let estate = Estate::build(records, now, Thresholds::default());
    let view = estate.aws();
    let routes = routes(&estate, view);
    let climbers = view.principals.iter().zip(routes);
    let climbers = climbers.filter(|(p, _)| p.name() == "climber" && p.kind != Kind::Group);
    climbers.filter_map(|(_, route)| route?.hops.into_iter().next()).collect()
}

#[test]
fn who_holds_what_a_path_needs_is_found() {
    let missed: Vec<&str> = PATHS
        .iter()
        .filter(|path| {
            let actions: Vec<&str> = path.needs.iter().map(|need| need.written.as_str()).collect();
            first_hops(path, &actions).is_empty()
        })
        .map(|path| path.id.as_str())
        .collect();
    assert_eq!(missed, Vec::<&str>::new());
}

#[test]
fn who_lacks_one_action_does_not_climb_by_the_path() {
    let mut wrong = Vec::new();
    for path in PATHS.iter() {
        for lacking in &path.needs {
            // A trust that names the account gives the action by itself to nobody; a trust that
            // names a user does, so that this need cannot be taken away by a policy.
            let kept = path.needs.iter().map(|need| need.written.as_str());
            let kept: Vec<&str> = kept.filter(|action| *action != lacking.written).collect();
            let actions = if kept.is_empty() { vec!["s3:ListAllMyBuckets"] } else { kept };
            if first_hops(path, &actions).iter().any(|hop| hop.path.id == path.id) {
                wrong.push(format!("{} without {}", path.id, lacking.written));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
