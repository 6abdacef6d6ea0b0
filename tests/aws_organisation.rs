//! A whole organisation through the live source: every account through its own role, the one that
//! refuses is told, and a session cannot do more than look.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::allow_attributes, reason = "the server is shared with other tests")]

#[path = "aws/server.rs"]
#[allow(dead_code, reason = "not every test file uses all of it")]
mod server;

use serde_json::{Value, json};
use server::{
    ACCOUNT, NOW, Request, Say, Server,
    answers::{TRUST, answer, base64, json_error, report, role, xml, xml_error},
    gap, key_id, lines, of,
};

const MEMBER: &str = "222233334444";
const CLOSED: &str = "333344445555";
const GONE: &str = "444455556666";

fn organisation(request: &Request) -> Option<Say> {
    let node = request.field("ParentId");
    let body = match request.operation.as_str() {
        "DescribeOrganization" => json!({"Organization": {
            "Id": "o-example", "MasterAccountId": ACCOUNT, "FeatureSet": "ALL",
            "Arn": format!("arn:aws:organizations::{ACCOUNT}:organization/o-example"),
        }}),
        "ListRoots" => json!({"Roots": [{"Id": "r-root", "PolicyTypes": []}]}),
        "ListOrganizationalUnitsForParent" if node == "r-root" => {
            json!({"OrganizationalUnits": [{"Id": "ou-root-apps", "Name": "apps"}]})
        }
        "ListOrganizationalUnitsForParent" => json!({"OrganizationalUnits": []}),
        "ListAccountsForParent" if node == "r-root" => json!({"Accounts": [{"Id": ACCOUNT}]}),
        "ListAccountsForParent" => json!({"Accounts": [{"Id": MEMBER}, {"Id": CLOSED}]}),
        "ListAccounts" => json!({"Accounts": [
            {"Id": ACCOUNT, "State": "ACTIVE"}, {"Id": MEMBER, "State": "ACTIVE", "Name": "apps"},
            {"Id": CLOSED, "State": "ACTIVE"}, {"Id": GONE, "State": "SUSPENDED"},
        ]}),
        "ListPolicies" if request.field("Filter") == "SERVICE_CONTROL_POLICY" => {
            json!({"Policies": [
                {"Id": "p-deny", "Name": "deny", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": false},
            ]})
        }
        "ListPolicies" => json!({"Policies": []}),
        "DescribePolicy" => json!({"Policy": {
            "PolicySummary": {"Id": "p-deny", "Name": "deny", "Type": "SERVICE_CONTROL_POLICY"},
            "Content": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
        }}),
        "ListTargetsForPolicy" => json!({"Targets": [{"TargetId": "ou-root-apps"}]}),
        "ListDelegatedAdministrators" => json!({"DelegatedAdministrators": [{"Id": MEMBER}]}),
        "ListDelegatedServicesForAccount" => {
            json!({"DelegatedServices": [{"ServicePrincipal": "guardduty.amazonaws.com"}]})
        }
        _ => return None,
    };
    Some(answer(&body))
}

/// The management account, two members of which one lets nobody in.
fn accounts(request: &Request) -> Option<Say> {
    if request.operation == "AssumeRole" {
        let role = request.field("RoleArn");
        if role.contains(CLOSED) {
            return Some(xml_error(403, "AccessDenied"));
        }
        let key = key_id("MEMBER");
        return Some(xml(
            "AssumeRole",
            &format!(
                "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>planted-member-secret\
                 </SecretAccessKey><SessionToken>planted-member-token</SessionToken>\
                 <Expiration>2046-11-22T00:00:00Z</Expiration></Credentials>"
            ),
        ));
    }
    let member = request.signer == key_id("MEMBER");
    match request.operation.as_str() {
        "ListRoots" if member => Some(json_error(400, "AccessDeniedException")),
        "GetAccountAuthorizationDetails" if member => {
            let role = role("member-role", TRUST).replace(ACCOUNT, MEMBER);
            Some(xml(&request.operation, &format!("<RoleDetailList>{role}</RoleDetailList>")))
        }
        "GetCredentialReport" if member => {
            let text = base64(&report(&[]));
            Some(xml(&request.operation, &format!("<Content>{text}</Content>")))
        }
        "GenerateServiceLastAccessedDetails" => Some(xml_error(403, "AccessDenied")),
        "ListOrganizationsFeatures" => Some(xml_error(400, "ServiceAccessNotEnabled")),
        _ => organisation(request),
    }
}

fn evidence(server: &Server, source: &str) -> Vec<Value> {
    let home = tempfile::tempdir().unwrap();
    let output = server.run(home.path(), &["collect", "--source", source, "--now", NOW]);
    lines(&output.stdout)
}

#[test]
fn every_active_account_is_read_through_its_role() {
    let server = Server::start(|request, _| accounts(request));
    let evidence = evidence(&server, "aws:org");
    let roles: Vec<&str> =
        of(&evidence, "identity").iter().filter_map(|i| i["name"].as_str()).collect();
    assert!(roles.contains(&"deploy") && roles.contains(&"member-role"), "{roles:?}");

    let told = gap(&evidence, &format!("account {CLOSED}: sts:AssumeRole")).unwrap();
    assert!(told["why"].as_str().unwrap().contains("AccessDenied"), "{told}");
    let assumed: Vec<_> =
        server.requests().into_iter().filter(|r| r.operation == "AssumeRole").collect();
    assert!(assumed.iter().all(|r| r.field("RoleArn").ends_with(":role/overstay-read")));
    assert!(!assumed.iter().any(|r| r.field("RoleArn").contains(GONE)), "a closed account is left");
    for request in assumed {
        let policy = request.field("Policy");
        assert!(policy.contains("iam:ListAccessKeys") && !policy.contains("GetSecretValue"));
    }
}

#[test]
fn the_tree_and_its_policies_reach_the_accounts() {
    let server = Server::start(|request, _| accounts(request));
    let evidence = evidence(&server, "aws:org=role:audit");
    let member = evidence
        .iter()
        .find(|r| r["subject"] == format!("aws-account:{MEMBER}"))
        .unwrap_or_else(|| panic!("{evidence:#?}"));
    assert_eq!(member["attrs"]["parents"], json!(["aws-root:r-root", "aws-ou:ou-root-apps"]));
    assert_eq!(member["attrs"]["delegated_services"], json!(["guardduty.amazonaws.com"]));
    let policy = of(&evidence, "policy").into_iter().find(|p| p["language"] == "aws-scp").unwrap();
    assert_eq!(policy["attached_to"], json!(["aws-ou:ou-root-apps"]));
    let assumed = server.requests().into_iter().find(|r| r.operation == "AssumeRole").unwrap();
    assert!(assumed.field("RoleArn").ends_with(":role/audit"));
}

/// The member's role is an administrator by its own policy, and the unit's policy forbids all.
#[test]
fn a_service_control_policy_takes_a_finding_away() {
    let server = Server::start(|request, _| accounts(request));
    let home = tempfile::tempdir().unwrap();
    let arguments = ["scan", "--source", "aws:org", "--format", "jsonl", "--now", NOW];
    let findings = lines(&server.run(home.path(), &arguments).stdout);
    let administrators: Vec<&str> = findings
        .iter()
        .filter(|f| f["rule"] == "aws-standing-admin")
        .filter_map(|f| f["message"].as_str())
        .collect();
    assert_eq!(administrators.len(), 1, "{administrators:#?}");
    assert!(administrators[0].contains("'deploy'"));
}

#[test]
fn a_member_account_alone_says_that_it_does_not_see_the_organisation() {
    let server = Server::start(|request, _| match request.operation.as_str() {
        "DescribeOrganization" => Some(answer(&json!({"Organization": {
            "Id": "o-example", "MasterAccountId": "999988887777",
        }}))),
        "ListRoots" => Some(json_error(400, "AccessDeniedException")),
        "GenerateServiceLastAccessedDetails" => Some(xml_error(403, "AccessDenied")),
        _ => None,
    });
    let evidence = evidence(&server, "aws");
    let told = gap(&evidence, "organizations:ListRoots").unwrap();
    assert_eq!(told["by_design"], true, "{told}");
    assert!(told["remedy"].as_str().unwrap().contains("aws:org"));
}
