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
    ACCOUNT, NOW, Say, Server,
    answers::{answer, base64, error, job, jobs, report, secret, two_pages, xml, xml_error},
    gap, key_id, lines, of,
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
