//! The live source against an account in order: all of it is read, with few requests, and nothing
//! that its own policy does not allow.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::allow_attributes, reason = "the server is shared with other tests")]

#[path = "aws/server.rs"]
#[allow(dead_code, reason = "not every test file uses all of it")]
mod server;

use serde_json::Value;
use server::{
    ACCOUNT, NOW, Server,
    answers::{TRUST, base64, job, jobs, key, page, report, role, two_pages, user, xml},
    gap, key_id, lines, of,
};

#[test]
fn an_account_in_order_is_read_whole_with_few_requests() {
    let server = Server::start(|request, _| jobs(request));
    let home = tempfile::tempdir().unwrap();
    let arguments = ["collect", "--source", "aws", "--now", NOW, "--strict"];
    let output = server.run(home.path(), &arguments);
    let evidence = lines(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{evidence:#?}");
    let requests = server.requests();
    assert!(requests.len() < 30, "{} requests", requests.len());
    let collection = of(&evidence, "collection")[0];
    assert_eq!(collection["attrs"]["requests"], requests.len());

    let keys = of(&evidence, "aws-access-key");
    assert_eq!(keys.len(), 1, "{keys:#?}");
    assert_eq!(keys[0]["key_id"].as_str(), Some(key_id("CI").as_str()));
    assert_eq!(keys[0]["last_used"], "2026-11-20T00:00:00Z");
    let users: Vec<&Value> =
        of(&evidence, "identity").into_iter().filter(|i| i["attrs"]["aws"] == "user").collect();
    assert_eq!(users.len(), 2, "one identity a user: {users:#?}");

    for request in &requests {
        for secret in ["GetSecretValue", "GetParameter", "SecretBinary", "Create", "Put", "Delete"]
        {
            assert!(!request.operation.contains(secret), "{}", request.operation);
        }
        assert!(!request.fields.contains_key("WithDecryption"), "{request:?}");
    }
}

fn messages(server: &Server) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let arguments = ["scan", "--source", "aws", "--format", "jsonl", "--now", NOW];
    let findings = lines(&server.run(home.path(), &arguments).stdout);
    findings.iter().map(|f| f["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn findings_come_from_encoded_documents_and_old_keys() {
    let server = Server::start(|request, _| jobs(request));
    let messages = messages(&server);
    for part in [
        "Role 'deploy' is a standing administrator of account 111122223333",
        "Role 'deploy' can be assumed by every AWS principal",
        &format!("access key {}", key_id("CI")),
    ] {
        assert!(messages.iter().any(|m| m.contains(part)), "{part}: {messages:#?}");
    }
}

#[test]
fn every_page_is_read() {
    let server = Server::start(|request, _| two_pages(request));
    let evidence = server.evidence();
    let names: Vec<&str> =
        of(&evidence, "identity").iter().filter_map(|i| i["name"].as_str()).collect();
    assert!(names.contains(&"ci") && names.contains(&"deploy"), "{names:?}");
    let secrets = of(&evidence, "aws-secret");
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets[0]["attrs"]["created"], "2011-03-13T07:06:40Z");
    assert_eq!(secrets[0]["attrs"]["rotated"], Value::Null, "asserted: never");
    assert!(gap(&evidence, "GetAccountAuthorizationDetails").is_none(), "{evidence:#?}");
}

/// 3,900 roles and 2,200 users, a thousand principals a page as IAM gives them.
#[test]
fn a_big_account_takes_few_requests() {
    const PAGES: usize = 7;
    let users = |page: usize| (page * 1000..2200.min(page * 1000 + 1000)).map(|n| format!("u{n}"));
    let server = Server::start(move |request, _| match request.operation.as_str() {
        "GetAccountAuthorizationDetails" => {
            assert_eq!(request.field("MaxItems"), "1000");
            let number: usize = request.field("Marker").parse().unwrap_or(0);
            let mut principals: String = users(number).map(|name| user(&name)).collect();
            principals = format!("<UserDetailList>{principals}</UserDetailList>");
            if number >= 3 {
                let plain = |n| {
                    role(&format!("r{n}"), TRUST).replace("AdministratorAccess", "ReadOnlyAccess")
                };
                let roles: String = (number * 1000..number * 1000 + 975).map(plain).collect();
                principals = format!("<RoleDetailList>{roles}</RoleDetailList>");
            }
            let next = (number + 1 < PAGES).then(|| (number + 1).to_string());
            Some(page(&principals, next.as_deref()))
        }
        "GetCredentialReport" => {
            let rows: Vec<String> =
                (0..2200).map(|n| format!("u{n},false,N/A,false,false,N/A,N/A")).collect();
            let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
            let content = base64(&report(&rows));
            Some(xml("GetCredentialReport", &format!("<Content>{content}</Content>")))
        }
        _ => jobs(request),
    });
    let evidence = server.evidence();
    let principals = of(&evidence, "identity").len();
    assert_eq!(principals, 6100);
    // 7 pages, the report in two requests, each other list in one.
    assert_eq!(server.requests().len(), 22, "{:?}", operations(&server));
}

#[test]
fn a_job_is_waited_for() {
    let server = Server::start(|request, before| match request.operation.as_str() {
        "GetServiceLastAccessedDetails" if before < 2 => Some(job("IN_PROGRESS")),
        "GenerateCredentialReport" if before < 2 => {
            Some(xml("GenerateCredentialReport", "<State>INPROGRESS</State>"))
        }
        _ => jobs(request),
    });
    let evidence = server.evidence();
    let used = of(&evidence, "aws-last-accessed");
    let names: Vec<&str> = used.iter().filter_map(|u| u["attrs"]["principal"].as_str()).collect();
    let arn = format!("aws:arn:aws:iam::{ACCOUNT}");
    let mighty = [format!("{arn}:role/deploy"), format!("{arn}:user/ci")];
    assert_eq!(names, mighty, "the administrator and the program that can become it");
    assert_eq!(used[0]["attrs"]["services"]["s3"], "2026-11-01T00:00:00Z");
    assert_eq!(used[0]["attrs"]["services"]["ec2"], Value::Null, "asserted: never");
    assert_eq!(used[0]["attrs"]["actions"]["s3:GetObject"], "2026-11-01T00:00:00Z");
    assert!(gap(&evidence, "iam:").is_none(), "{evidence:#?}");
}

#[test]
fn keys_that_the_report_does_not_tell_apart_are_asked_themselves() {
    let made = "2024-01-01T00:00:00Z";
    let server = Server::start(move |request, _| match request.operation.as_str() {
        "GetCredentialReport" => {
            let head = "user,arn,user_creation_time,password_enabled,access_key_1_active,\
                        access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,\
                        access_key_2_last_rotated,access_key_2_last_used_date\n";
            let row = format!(
                "ci,arn:aws:iam::{ACCOUNT}:user/ci,{made},false,true,{made},N/A,true,{made},N/A\n"
            );
            let content = base64(&format!("{head}{row}"));
            Some(xml("GetCredentialReport", &format!("<Content>{content}</Content>")))
        }
        "ListAccessKeys" if request.field("UserName") == "ci" => {
            let keys = [key("ci", "ONE", made), key("ci", "TWO", made)].concat();
            Some(xml("ListAccessKeys", &format!("<AccessKeyMetadata>{keys}</AccessKeyMetadata>")))
        }
        "GetAccessKeyLastUsed" => {
            let date = if request.field("AccessKeyId") == key_id("ONE") {
                "<LastUsedDate>2026-11-20T00:00:00Z</LastUsedDate>"
            } else {
                ""
            };
            let used = format!("{date}<Region>eu-west-1</Region><ServiceName>s3</ServiceName>");
            Some(xml(
                "GetAccessKeyLastUsed",
                &format!("<AccessKeyLastUsed>{used}</AccessKeyLastUsed>"),
            ))
        }
        _ => jobs(request),
    });
    let evidence = server.evidence();
    let keys = of(&evidence, "aws-access-key");
    assert_eq!(keys.len(), 2, "{keys:#?}");
    let used = |name: &str| {
        let id = key_id(name);
        keys.iter().find(|k| k["key_id"] == id.as_str()).unwrap()["last_used"].clone()
    };
    assert_eq!(used("ONE"), "2026-11-20T00:00:00Z");
    assert_eq!(used("TWO"), Value::Null);
}

fn operations(server: &Server) -> Vec<String> {
    server.requests().into_iter().map(|request| request.operation).collect()
}

#[test]
fn the_printed_policy_allows_what_is_asked_and_no_more() {
    let server = Server::start(|request, _| jobs(request));
    server.evidence();
    let home = tempfile::tempdir().unwrap();
    let printed = server.run(home.path(), &["permissions", "aws"]).stdout;
    let policy: Value = serde_json::from_slice(&printed).unwrap();
    let actions: Vec<&str> = policy["Statement"][0]["Action"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap().split_once(':').unwrap().1)
        .collect();
    for operation in operations(&server) {
        let named = match operation.as_str() {
            "GetCallerIdentity" => continue,
            "GET /trustanchors" => "ListTrustAnchors",
            "GET /profiles" => "ListProfiles",
            "GET /analyzer" => "ListAnalyzers",
            name => name,
        };
        assert!(actions.contains(&named), "{operation}");
    }
    assert!(actions.iter().all(|action| !action.contains('*') && !action.starts_with("Put")));
}
