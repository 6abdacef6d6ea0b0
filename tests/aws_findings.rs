//! What the rules say of what the live source brings, in the shapes that AWS's services answer in:
//! credentials besides access keys, Roles Anywhere, findings of Access Analyzer.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::allow_attributes, reason = "the server is shared with other tests")]

#[path = "aws/server.rs"]
#[allow(dead_code, reason = "not every test file uses all of it")]
mod server;

use serde_json::{Value, json};
use server::{
    ACCOUNT, NOW, Request, Say, Server,
    answers::{TRUST, answer, base64, role, user, xml},
    lines,
};

/// What a rule says of an account that answers so.
fn messages(plan: fn(&Request) -> Option<Say>, rule: &str) -> Vec<String> {
    let server = Server::start(move |request, _| plan(request));
    let home = tempfile::tempdir().unwrap();
    let arguments = ["scan", "--source", "aws", "--format", "jsonl", "--now", NOW];
    let findings = lines(&server.run(home.path(), &arguments).stdout);
    let of_rule = findings.iter().filter(|finding| finding["rule"] == rule);
    let mut messages: Vec<String> =
        of_rule.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect();
    messages.sort();
    messages
}

/// `ci`, which may use CodeCommit and has every kind of credential, and `ann`, a person.
fn credentials(request: &Request) -> Option<Say> {
    let operation = request.operation.as_str();
    let list = |name: &str, members: &[String]| {
        let members: String = members.iter().map(|m| format!("<member>{m}</member>")).collect();
        Some(xml(operation, &format!("<{name}>{members}</{name}><IsTruncated>false</IsTruncated>")))
    };
    let of_ci = request.field("UserName") == "ci";
    match operation {
        "GetAccountAuthorizationDetails" => {
            let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"codecommit:Git*","Resource":"*"}}"#;
            let inline = format!(
                "<UserPolicyList><member><PolicyName>git</PolicyName><PolicyDocument>{}</PolicyDocument></member></UserPolicyList>",
                policy.replace('"', "%22").replace('{', "%7B").replace('}', "%7D")
            );
            let users = format!("{}{}", user("ci"), user("ann"));
            let users = users.replacen("<UserPolicyList/>", &inline, 1);
            let lists = format!("<UserDetailList>{users}</UserDetailList><IsTruncated>false</IsTruncated>");
            Some(xml(operation, &lists))
        }
        "GetCredentialReport" => {
            let head = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
            let row = |name: &str, password: &str, certificate: &str| {
                format!("{name},arn:aws:iam::{ACCOUNT}:user/{name},2019-03-09T10:41:45+00:00,{password},N/A,true,{certificate},2024-01-01T00:00:00+00:00,false,N/A")
            };
            let text = format!("{head}\n{}\n{}\n", row("ci", "false", "true"), row("ann", "true", "false"));
            Some(xml(operation, &format!("<Content>{}</Content>", base64(&text))))
        }
        "ListServiceSpecificCredentials" => {
            let credential = |id: &str, service: &str, status: &str, made: &str, ends: &str| {
                format!("<UserName>ci</UserName><Status>{status}</Status><CreateDate>{made}</CreateDate>{ends}<ServiceName>{service}</ServiceName><ServiceSpecificCredentialId>{id}</ServiceSpecificCredentialId>")
            };
            let (old, young) = ("2025-01-01T00:00:00Z", "2026-11-01T00:00:00Z");
            let ends = "<ExpirationDate>2026-12-01T00:00:00Z</ExpirationDate>";
            list(
                "ServiceSpecificCredentials",
                &[
                    credential("ACCAEXAMPLE000000001", "codecommit.amazonaws.com", "Active", old, ""),
                    credential("ACCAEXAMPLE000000002", "codecommit.amazonaws.com", "Inactive", old, ""),
                    credential("ACCAEXAMPLE000000003", "bedrock.amazonaws.com", "Active", young, ""),
                    credential("ACCAEXAMPLE000000004", "bedrock.amazonaws.com", "Active", young, ends),
                ],
            )
        }
        "ListSSHPublicKeys" if of_ci => {
            let key = |id: &str, made: &str| {
                format!("<UserName>ci</UserName><SSHPublicKeyId>{id}</SSHPublicKeyId><Status>Active</Status><UploadDate>{made}</UploadDate>")
            };
            list(
                "SSHPublicKeys",
                &[key("APKAEXAMPLE000000001", "2024-05-01T00:00:00Z"), key("APKAEXAMPLE000000002", "2026-11-20T00:00:00Z")],
            )
        }
        "ListSigningCertificates" if of_ci => list(
            "Certificates",
            &["<UserName>ci</UserName><CertificateId>TA7EXAMPLE000000000000001</CertificateId><CertificateBody>-</CertificateBody><Status>Active</Status><UploadDate>2024-01-01T00:00:00Z</UploadDate>".to_owned()],
        ),
        _ => None,
    }
}

#[test]
fn credentials_besides_access_keys_are_judged() {
    let user = format!("User 'ci' of account {ACCOUNT} has");
    let old = "past the rotation period of 90 days.";
    assert_eq!(
        messages(credentials, "aws-service-credential-unrotated"),
        [
            format!("{user} SSH key APKAEXAMPLE000000001 from 2024-05-01, {old}"),
            format!(
                "{user} a password for codecommit.amazonaws.com (ACCAEXAMPLE000000001) from 2025-01-01, {old}"
            ),
            format!("{user} signing certificate TA7EXAMPLE000000000000001 from 2024-01-01, {old}"),
        ]
    );
    assert_eq!(
        messages(credentials, "aws-bedrock-key-without-end"),
        [format!("{user} Bedrock API key ACCAEXAMPLE000000003, which never expires.")]
    );
}

const ANYWHERE: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22rolesanywhere.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

/// Two roles for machines elsewhere, one of them in a profile, and one of another service.
fn anywhere(request: &Request) -> Option<Say> {
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let thing = |kind: &str| format!("arn:aws:rolesanywhere:eu-west-1:{ACCOUNT}:{kind}/1");
    match request.operation.as_str() {
        "GetAccountAuthorizationDetails" => {
            let roles = [
                role("edge", ANYWHERE),
                role("spare", ANYWHERE),
                role("web", &ANYWHERE.replace("rolesanywhere", "lambda")),
            ];
            let lists = format!(
                "<RoleDetailList>{}</RoleDetailList><IsTruncated>false</IsTruncated>",
                roles.concat()
            );
            Some(xml("GetAccountAuthorizationDetails", &lists))
        }
        "GET /trustanchors" => Some(answer(&json!({"trustAnchors": [{
            "trustAnchorArn": thing("trust-anchor"), "name": "ca", "enabled": true,
            "source": {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": "-"}},
        }]}))),
        "GET /profiles" => Some(answer(&json!({"profiles": [{
            "profileArn": thing("profile"), "name": "hosts", "enabled": true, "roleArns": [arn("edge")],
        }]}))),
        _ => None,
    }
}

#[test]
fn a_profile_makes_an_open_role_for_machines_elsewhere_surer() {
    let server = Server::start(|request, _| anywhere(request));
    let home = tempfile::tempdir().unwrap();
    let arguments = ["scan", "--source", "aws", "--format", "jsonl", "--now", NOW];
    let findings = lines(&server.run(home.path(), &arguments).stdout);
    let exposure = |role: &str| -> Value {
        let named = |f: &&Value| f["message"].as_str().unwrap().contains(&format!("'{role}'"));
        let mut open = findings.iter().filter(|f| f["rule"] == "aws-roles-anywhere-trust-open");
        open.find(named).map(|f| f["vector"]["exposure"].clone()).unwrap_or_default()
    };
    assert!(exposure("edge").to_string().contains("profile 'hosts'"), "{}", exposure("edge"));
    assert!(!exposure("spare").is_null() && !exposure("spare").to_string().contains("hosts"));
    assert!(exposure("web").is_null());
}

/// An analyzer of the organisation with four open findings.
fn analyzer(request: &Request) -> Option<Say> {
    let arn = format!("arn:aws:access-analyzer:eu-west-1:{ACCOUNT}:analyzer/main");
    let finding = |id: &str, kind: &str, resource: String, of: &str| {
        json!({
            "id": id, "findingType": kind, "resource": resource, "resourceType": of,
            "resourceOwnerAccount": ACCOUNT, "status": "ACTIVE", "analyzedAt": "2026-11-20T00:00:00Z",
            "createdAt": "2026-02-03T00:00:00Z", "updatedAt": "2026-02-03T00:00:00Z",
        })
    };
    match request.operation.as_str() {
        "GET /analyzer" => Some(answer(&json!({"analyzers": [{
            "arn": arn, "name": "main", "type": "ORGANIZATION", "status": "ACTIVE", "createdAt": "2025-01-01T00:00:00Z",
        }]}))),
        "POST /analyzer/findings" | "POST /findingv2" => Some(answer(&json!({"findings": [
            finding("1", "ExternalAccess", format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:app-AbCdEf"), "AWS::SecretsManager::Secret"),
            finding("2", "ExternalAccess", format!("arn:aws:iam::{ACCOUNT}:role/deploy"), "AWS::IAM::Role"),
            finding("3", "ExternalAccess", "arn:aws:s3:::data".to_owned(), "AWS::S3::Bucket"),
            finding("4", "UnusedIAMRole", format!("arn:aws:iam::{ACCOUNT}:role/gone"), "AWS::IAM::Role"),
        ]}))),
        "GetAccountAuthorizationDetails" => {
            let lists = format!(
                "<RoleDetailList>{}</RoleDetailList><IsTruncated>false</IsTruncated>",
                role("deploy", TRUST)
            );
            Some(xml("GetAccountAuthorizationDetails", &lists))
        }
        _ => None,
    }
}

#[test]
fn an_open_finding_of_the_analyzer_on_a_secret_is_told() {
    assert_eq!(
        messages(analyzer, "aws-analyzer-external-access"),
        [format!(
            "Secret 'app-AbCdEf' of account {ACCOUNT} can be used from outside of the organisation, and the finding of IAM Access Analyzer is open since 2026-02-03."
        )]
    );
}
