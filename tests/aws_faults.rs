//! The live source against servers that misbehave: each fault is told, what else the server said is
//! kept, and the scanner's credentials go nowhere.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::allow_attributes, reason = "the server is shared with other tests")]

#[path = "aws/server.rs"]
#[allow(dead_code, reason = "not every test file uses all of it")]
mod server;

use serde_json::{Value, json};
use server::{
    ACCOUNT, NOW, Request, Say, Server, TRUST, answer, base64, error, gap, key, key_id, lines, of,
    report, role, user, xml, xml_error,
};
use std::{process::Command, thread, time::Duration};

/// What every account is asked, as the server names it, and how a part of it is called when it is
/// missing.
const ASKED: &[(&str, &str)] = &[
    ("GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails"),
    ("GenerateCredentialReport", "iam:GenerateCredentialReport"),
    ("GetCredentialReport", "iam:GetCredentialReport"),
    ("ListSAMLProviders", "iam:ListSAMLProviders"),
    ("ListOpenIDConnectProviders", "iam:ListOpenIDConnectProviders"),
    ("GetAccountSummary", "iam:GetAccountSummary"),
    ("GetAccountPasswordPolicy", "iam:GetAccountPasswordPolicy"),
    ("ListServiceSpecificCredentials", "iam:ListServiceSpecificCredentials"),
    ("ListVirtualMFADevices", "iam:ListVirtualMFADevices"),
    ("DescribeOrganization", "organizations:DescribeOrganization"),
    ("ListSecrets", "secretsmanager:ListSecrets"),
    ("DescribeParameters", "ssm:DescribeParameters"),
    ("GET /trustanchors", "rolesanywhere:ListTrustAnchors"),
    ("GET /profiles", "rolesanywhere:ListProfiles"),
    ("GET /analyzer", "access-analyzer:ListAnalyzers"),
];

/// Jobs that the server does at once, so that no test waits for them.
fn jobs(request: &Request) -> Option<Say> {
    match request.operation.as_str() {
        "GenerateServiceLastAccessedDetails" => Some(xml(&request.operation, "<JobId>1</JobId>")),
        "GetServiceLastAccessedDetails" => Some(job("COMPLETED")),
        _ => None,
    }
}

fn job(status: &str) -> Say {
    let services = "<member><ServiceName>S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>\
        <LastAuthenticated>2026-11-01T00:00:00Z</LastAuthenticated><TrackedActionsLastAccessed>\
        <member><ActionName>GetObject</ActionName><LastAccessedTime>2026-11-01T00:00:00Z\
        </LastAccessedTime></member></TrackedActionsLastAccessed></member><member><ServiceName>EC2\
        </ServiceName><ServiceNamespace>ec2</ServiceNamespace></member>";
    let moment = "2026-11-22T00:00:00Z";
    xml(
        "GetServiceLastAccessedDetails",
        &format!(
            "<JobStatus>{status}</JobStatus><JobCreationDate>{moment}</JobCreationDate>\
             <JobCompletionDate>{moment}</JobCompletionDate>\
             <ServicesLastAccessed>{services}</ServicesLastAccessed><IsTruncated>false</IsTruncated>"
        ),
    )
}

fn messages(server: &Server) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let arguments = ["scan", "--source", "aws", "--format", "jsonl", "--now", NOW];
    let findings = lines(&server.run(home.path(), &arguments).stdout);
    findings.iter().map(|f| f["message"].as_str().unwrap_or_default().to_owned()).collect()
}

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
fn each_refusal_is_told_and_costs_only_itself() {
    for (operation, part) in ASKED {
        let server = Server::start(move |request, _| match request.operation.as_str() {
            asked if asked == *operation => Some(error(request, 403, "AccessDenied")),
            _ => jobs(request),
        });
        let evidence = server.evidence();
        let told = gap(&evidence, part).unwrap_or_else(|| panic!("{operation}: {evidence:#?}"));
        let why = told["why"].as_str().unwrap();
        assert!(why.starts_with("AccessDenied"), "{why}");
        assert!(told["remedy"].as_str().unwrap().contains("overstay permissions aws"));
        assert_eq!(server.count(operation), 1, "a refusal is not retried: {operation}");
        let role = of(&evidence, "identity").into_iter().any(|i| i["name"] == "deploy");
        assert_eq!(role, *operation != "GetAccountAuthorizationDetails", "{operation}");
    }
}

#[test]
fn an_account_that_says_nothing_but_html_is_one_gap_after_another() {
    let server = Server::start(|request, _| {
        let html = "<html><body>Internal Server Error</body></html>";
        (request.operation != "GetCallerIdentity").then(|| Say(500, html.to_owned()))
    });
    let evidence = server.evidence();
    for (operation, part) in ASKED {
        let told = gap(&evidence, part).unwrap_or_else(|| panic!("{operation}: {evidence:#?}"));
        let why = told["why"].as_str().unwrap();
        assert_eq!(why, "status 500, and no answer that AWS would give", "{operation}");
    }
    let whole = |r: &&Value| r["kind"] == "coverage" && r["complete"] == true;
    assert!(!evidence.iter().any(|r| whole(&r)), "{evidence:#?}");
}

#[test]
fn who_throttles_is_asked_again() {
    let server = Server::start(|request, before| {
        let busy = ["GetAccountAuthorizationDetails", "ListSecrets"];
        let busy = busy.contains(&request.operation.as_str()) && before == 0;
        let code =
            if request.operation == "ListSecrets" { "ThrottlingException" } else { "Throttling" };
        busy.then(|| error(request, 400, code)).or_else(|| jobs(request))
    });
    let evidence = server.evidence();
    for operation in ["GetAccountAuthorizationDetails", "ListSecrets"] {
        assert!(gap(&evidence, operation).is_none(), "{evidence:#?}");
        assert_eq!(server.count(operation), 2);
    }
}

fn page(body: &str, marker: Option<&str>) -> Say {
    let more = marker.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |marker| {
        format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>")
    });
    xml("GetAccountAuthorizationDetails", &format!("{body}{more}"))
}

/// Two pages of details and of secrets.
fn two_pages(request: &Request) -> Option<Say> {
    match (request.operation.as_str(), request.field("Marker"), request.field("NextToken")) {
        ("GetAccountAuthorizationDetails", "", _) => {
            Some(page(&format!("<UserDetailList>{}</UserDetailList>", user("ci")), Some("two")))
        }
        ("GetAccountAuthorizationDetails", "two", _) => {
            Some(page(&format!("<RoleDetailList>{}</RoleDetailList>", role("deploy", TRUST)), None))
        }
        ("ListSecrets", _, "") => {
            Some(answer(&json!({"SecretList": [secret("one")], "NextToken": "two"})))
        }
        ("ListSecrets", _, "two") => Some(answer(&json!({"SecretList": [secret("two")]}))),
        _ => jobs(request),
    }
}

fn secret(name: &str) -> Value {
    json!({
        "ARN": format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{name}"), "Name": name,
        "CreatedDate": 1_300_000_000.5, "LastChangedDate": 1_300_000_000.5,
    })
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

#[test]
fn a_page_that_is_refused_leaves_the_first_ones_and_a_gap() {
    let server = Server::start(|request, _| match request.field("Marker") {
        "two" => Some(xml_error(403, "AccessDenied")),
        _ => two_pages(request),
    });
    let evidence = server.evidence();
    assert!(of(&evidence, "identity").iter().any(|i| i["name"] == "ci"));
    assert!(gap(&evidence, "iam:GetAccountAuthorizationDetails").is_some());
    let details = evidence
        .iter()
        .find(|r| r["id"] == format!("coverage:aws:{ACCOUNT}:authorization-details"));
    assert_eq!(details.unwrap()["complete"].as_bool(), Some(false));
}

#[test]
fn a_service_that_names_the_same_page_forever_is_left() {
    let server = Server::start(|request, _| match request.operation.as_str() {
        "ListSecrets" => {
            Some(answer(&json!({"SecretList": [secret("one")], "NextToken": "again"})))
        }
        _ => jobs(request),
    });
    let evidence = server.evidence();
    assert!(gap(&evidence, "secretsmanager:ListSecrets").is_some(), "{evidence:#?}");
    assert_eq!(server.count("ListSecrets"), 2);
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
fn a_job_that_fails_is_told() {
    let server = Server::start(|request, _| match request.operation.as_str() {
        "GetServiceLastAccessedDetails" => Some(job("FAILED")),
        _ => jobs(request),
    });
    let told = server.evidence();
    let told = gap(&told, "iam:GetServiceLastAccessedDetails").unwrap();
    assert!(told["why"].as_str().unwrap().contains("FAILED"), "{told}");
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

#[test]
fn a_run_that_was_interrupted_goes_on_where_it_was() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let server = Server::start(|request, before| {
        let second = request.field("Marker") == "two" && before == 1;
        if second {
            thread::sleep(Duration::from_secs(30));
        }
        two_pages(request)
    });
    let arguments = ["collect", "--source", "aws", "--now", NOW, "--state"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ENDPOINT_URL", format!("http://{}", server.address))
        .env("AWS_ACCESS_KEY_ID", key_id("ROOT"))
        .env("AWS_SECRET_ACCESS_KEY", server::SECRET)
        .env("AWS_REGION", "eu-west-1")
        .args(arguments)
        .arg(&state)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while server.count("GetAccountAuthorizationDetails") < 2 {
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let state = state.display().to_string();
    let output = server.run(home.path(), &[&arguments[..], &[&state]].concat());
    let evidence = lines(&output.stdout);
    let first_pages = server
        .requests()
        .iter()
        .filter(|r| r.operation == "GetAccountAuthorizationDetails" && r.field("Marker").is_empty())
        .count();
    assert_eq!(first_pages, 1, "the first page was kept");
    let names: Vec<&str> =
        of(&evidence, "identity").iter().filter_map(|i| i["name"].as_str()).collect();
    assert!(names.contains(&"ci") && names.contains(&"deploy"), "{names:?}");

    // What was saved gives the same evidence without a request.
    let before = server.requests().len();
    let saved = format!("aws={state}/aws");
    let replayed = server.run(home.path(), &["collect", "--source", &saved, "--now", NOW]).stdout;
    assert_eq!(server.requests().len(), before);
    let same = |evidence: Vec<Value>| -> Vec<Value> {
        evidence.into_iter().filter(|r| r["type"] != "collection").collect()
    };
    assert_eq!(same(lines(&replayed)), same(evidence));

    // A run that came to its end is not gone on with.
    server.run(home.path(), &[&arguments[..], &[&state]].concat());
    assert!(server.requests().len() > before + 10);
}

#[test]
fn an_account_without_credentials_is_one_failed_source() {
    let server = Server::start(|_, _| None);
    let home = tempfile::tempdir().unwrap();
    let none =
        [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_SESSION_TOKEN", "")];
    let output = server.run_with(home.path(), &none, &["collect", "--source", "aws", "--strict"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let evidence = lines(&output.stdout);
    assert!(
        evidence[0]["why"].as_str().unwrap().starts_with("no AWS credentials"),
        "{evidence:#?}"
    );
    assert!(server.requests().is_empty());
}

#[test]
fn credentials_that_do_not_work_are_one_failed_source() {
    let server = Server::start(|_, _| Some(xml_error(403, "InvalidClientTokenId")));
    let evidence = server.evidence();
    assert_eq!(evidence.len(), 1, "{evidence:#?}");
    assert!(evidence[0]["why"].as_str().unwrap().contains("InvalidClientTokenId"));
}

#[test]
fn a_report_with_another_head_gives_no_users_and_no_panic() {
    let server = Server::start(|request, _| match request.operation.as_str() {
        "GetCredentialReport" => {
            let content = base64(&report(
                &["short"].map(|name| format!("{name},x")).each_ref().map(String::as_str),
            ));
            Some(xml("GetCredentialReport", &format!("<Content>{content}</Content>")))
        }
        _ => jobs(request),
    });
    let evidence = server.evidence();
    let told = gap(&evidence, "iam:GetCredentialReport");
    assert!(told.is_some(), "{evidence:#?}");
}
