//! The audit log that a real OpenBao writes, as evidence.
//!
//! Needs `bao` in PATH or in `.venv/bin`; says so and passes when there is none.
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod bao;

use bao::{Bao, ROOT};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn overstay(subcommand: &str, log: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("CI", "1")
        .args([subcommand, "--source", &format!("vault-audit={}", log.display())])
        .args(arguments)
        .output()
        .unwrap()
}

fn evidence(log: &Path) -> Vec<Value> {
    let output = overstay("collect", log, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A server with one audit device, raw or not.
fn audited(name: &str, raw: bool) -> Option<Bao> {
    Bao::start_with(name, |home| {
        format!(
            "audit \"file\" \"declared\" {{\n  description = \"test\"\n  options {{\n    file_path = \
             \"{}/audit.log\"\n    log_raw = \"{raw}\"\n  }}\n}}\n",
            home.display()
        )
    })
}

/// What the fixture did, by the ids that the server gave.
struct Done {
    entity: String,
    token: String,
    secret: &'static str,
}

/// Logins, reads, refusals, tokens made and revoked, a role removed, a namespace.
fn busy(bao: &Bao) -> Done {
    let root = |method: &str, path: &str, body: Value| {
        let (status, answer) = bao.call(method, path, Some(body), &[]);
        assert!(matches!(status, 200 | 204), "{path}: {status} {answer}");
        answer
    };
    root("POST", "sys/auth/approle", json!({ "type": "approle" }));
    let policy = "path \"secret/data/app\" { capabilities = [\"read\"] }";
    root("POST", "sys/policies/acl/app", json!({ "policy": policy }));
    root("POST", "secret/data/app", json!({ "data": { "password": "planted-canary" } }));
    let role = json!({ "token_policies": ["app"], "token_ttl": "1h" });
    root("POST", "auth/approle/role/ci", role.clone());
    root("POST", "auth/approle/role/leaver", role);
    let role_id = root("GET", "auth/approle/role/ci/role-id", Value::Null);
    let metadata = json!({ "metadata": "{\"owner\":\"alice\",\"ticket\":\"CHG-101\"}" });
    let secret_id = root("POST", "auth/approle/role/ci/secret-id", metadata);
    let login = json!({ "role_id": role_id["data"]["role_id"], "secret_id": secret_id["data"]["secret_id"] });
    let login = root("POST", "auth/approle/login", login);
    let own = login["auth"]["client_token"].as_str().unwrap().to_owned();
    let as_app = [("X-Vault-Token", own.as_str())];
    for _ in 0..3 {
        assert_eq!(bao.call("GET", "secret/data/app", None, &as_app).0, 200);
    }
    assert_eq!(bao.call("GET", "secret/data/other", None, &as_app).0, 403);
    let wrong = json!({ "role_id": role_id["data"]["role_id"], "secret_id": "wrong" });
    assert_eq!(bao.call("POST", "auth/approle/login", Some(wrong), &[]).0, 400);
    let made = root("POST", "auth/token/create", json!({ "policies": ["app"], "ttl": "2h" }));
    let accessor = made["auth"]["accessor"].clone();
    root("POST", "auth/token/revoke-accessor", json!({ "accessor": accessor }));
    assert_eq!(bao.call("POST", "auth/token/revoke-self", Some(json!({})), &as_app).0, 204);
    root("DELETE", "auth/approle/role/leaver", Value::Null);
    root("POST", "sys/namespaces/team-a", json!({}));
    let namespace = [("X-Vault-Namespace", "team-a")];
    assert_eq!(bao.call("GET", "sys/mounts", None, &namespace).0, 200);
    Done {
        entity: login["auth"]["entity_id"].as_str().unwrap().to_owned(),
        token: own,
        secret: "planted-canary",
    }
}

/// A run that reads the live server too.
fn with_server(bao: &Bao, token: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("CI", "1")
        .env("VAULT_ADDR", format!("http://{}", bao.address))
        .env("VAULT_TOKEN", token)
        .args(arguments)
        .output()
        .unwrap()
}

fn of<'a>(evidence: &'a [Value], kind: &str, subject: &str) -> Vec<&'a Value> {
    evidence.iter().filter(|r| r["kind"] == kind && r["subject"] == subject).collect()
}

#[test]
fn a_real_log_says_who_used_what_and_what_was_ended() {
    let Some(bao) = audited("audit", false) else { return };
    let done = busy(&bao);
    let log = bao.home().join("audit.log");
    let evidence = evidence(&log);
    let holder = format!("vault-entity:{}", done.entity);

    let uses = of(&evidence, "use", &holder);
    let read = uses.iter().find(|u| u["grant"]["resource"] == "secret/data/app").unwrap();
    assert_eq!((&read["count"], &read["attrs"]["granting_policies"]), (&json!(3), &json!(["app"])));

    let tokens = of(&evidence, "issuance", &holder);
    let [token] = tokens.as_slice() else { panic!("{tokens:#?}") };
    assert_eq!(
        (&token["attrs"]["owner"], &token["attrs"]["ticket"]),
        (&json!("alice"), &json!("CHG-101"))
    );
    assert!(token["expires_at"].is_string() && token["ended_at"].is_string(), "{token:#}");
    assert_eq!(read["issuance_ref"], token["id"]);

    let secret_ids = of(&evidence, "issuance", "vault-role:auth/approle/ci");
    assert_eq!(secret_ids[0]["expires_at"], Value::Null, "a secret id without end");
    assert_eq!(secret_ids[0]["cred"]["type"], "approle-secret-id");

    let revoked = evidence.iter().filter(|r| r["kind"] == "revocation").collect::<Vec<_>>();
    let ends = |kind: &str| revoked.iter().filter(|r| r["target"]["kind"] == kind).count();
    // The third credential is the token that a development server makes for itself first.
    assert_eq!((ends("credential"), ends("identity")), (3, 1), "{revoked:#?}");

    let refused = of(&evidence, "resource", &holder);
    assert_eq!(refused[0]["attrs"]["paths"], json!({ "secret/data/other": 1 }));
    let wrong = of(&evidence, "resource", "vault:auth/approle/");
    assert_eq!(wrong[0]["attrs"]["denied"], 1, "{wrong:#?}");

    assert!(
        evidence.iter().any(|r| r["grant"]["resource"] == "team-a/sys/mounts"),
        "the namespace is part of the path"
    );
    let window = evidence.iter().filter(|r| r["kind"] == "coverage").collect::<Vec<_>>();
    assert!(window.len() == 1 && window[0]["complete"] == true, "{window:#?}");
    assert!(!evidence.iter().any(|r| r["type"] == "vault-audit-log"), "the device hashes");

    // A log alone accuses nobody: what a token opens is for its policies to say.
    let scanned = overstay("scan", &log, &["--format", "jsonl"]);
    assert_eq!(String::from_utf8_lossy(&scanned.stdout), "");
}

#[cfg(feature = "vault")]
#[test]
fn hashed_accessors_join_the_live_tokens() {
    let Some(bao) = audited("audit-join", false) else { return };
    let done = busy(&bao);
    let made = |body: Value| {
        let (status, answer) = bao.call("POST", "auth/token/create-orphan", Some(body), &[]);
        assert_eq!(status, 200, "{answer}");
        answer["auth"].clone()
    };
    let job = made(json!({ "policies": ["app"], "ttl": "24h", "display_name": "night-job" }));
    let as_job = [("X-Vault-Token", job["client_token"].as_str().unwrap())];
    assert_eq!(bao.call("GET", "secret/data/app", None, &as_job).0, 200);
    let accessor = job["accessor"].as_str().unwrap();
    let policy = with_server(&bao, ROOT, &["permissions", "vault"]);
    let policy = String::from_utf8(policy.stdout).unwrap();
    let (status, _) =
        bao.call("POST", "sys/policies/acl/scanner", Some(json!({ "policy": policy })), &[]);
    assert_eq!(status, 204);
    let scanner = made(json!({
        "policies": ["scanner"], "no_default_policy": true, "ttl": "1h", "explicit_max_ttl": "1h",
    }));
    let token = scanner["client_token"].as_str().unwrap();

    let log = bao.home().join("audit.log");
    let raw = fs::read_to_string(&log).unwrap();
    assert!(!raw.contains(accessor) && raw.contains("hmac-sha256:"), "the device does not hash");
    // What the log alone knows the token by; with the server, its accessor.
    let name = format!("vault-token:{accessor}");
    let source = format!("vault-audit={}", log.display());
    let both = ["identity", &name, "--source", "vault", "--source", &source];
    let output = with_server(&bao, token, &both);
    let story = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(story.contains("used: read on secret/data/app"), "the use is not among:\n{story}");
    for secret in [job["client_token"].as_str().unwrap(), done.token.as_str(), token] {
        assert!(!story.contains(secret), "a token stands in the answer");
    }

    // Asked only when there is a log to join, and a refusal is one gap.
    let collected = |token: &str, sources: &[&str]| {
        let before = fs::read_to_string(&log).unwrap().matches("sys/audit-hash/").count();
        let mut arguments = vec!["collect"];
        arguments.extend(sources);
        let output = with_server(&bao, token, &arguments);
        let after = fs::read_to_string(&log).unwrap().matches("sys/audit-hash/").count();
        (String::from_utf8(output.stdout).unwrap(), (after - before) / 2)
    };
    let (_, alone) = collected(token, &["--source", "vault"]);
    assert_eq!(alone, 0);
    let (evidence, asked) = collected(token, &["--source", "vault", "--source", &source]);
    assert!(asked > 2 && evidence.contains("audit_hashes"), "{asked} hashes asked for");

    let without = policy.lines().filter(|line| !line.contains("sys/audit-hash"));
    let without = without.collect::<Vec<_>>().join("\n");
    let body = json!({ "policy": without });
    assert_eq!(bao.call("POST", "sys/policies/acl/scanner", Some(body), &[]).0, 204);
    let (evidence, asked) = collected(token, &["--source", "vault", "--source", &source]);
    assert_eq!(asked, 1, "one refusal is enough");
    let gaps: Vec<Value> = evidence
        .lines()
        .filter(|line| line.contains("\"complete\":false"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [gap] = gaps.as_slice() else { panic!("{gaps:#?}") };
    assert_eq!(gap["part"], "sys/audit-hash/declared");
}

#[test]
fn a_raw_log_gives_no_secret_away() {
    let Some(bao) = audited("audit-raw", true) else { return };
    let done = busy(&bao);
    let log = bao.home().join("audit.log");
    let raw = fs::read_to_string(&log).unwrap();
    assert!(raw.contains(&done.token) && raw.contains(done.secret), "the log is not raw");
    for (subcommand, arguments) in [
        ("collect", &[] as &[&str]),
        ("scan", &["--format", "jsonl", "--persona", "auditor"]),
        ("scan", &["--format", "sarif", "--sarif-profile", "archive"]),
    ] {
        let output = overstay(subcommand, &log, arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        for secret in [done.token.as_str(), done.secret, ROOT] {
            assert!(!said.contains(secret), "{subcommand} shows a secret");
        }
    }
    let evidence = evidence(&log);
    assert!(evidence.iter().any(|r| r["type"] == "vault-audit-log"));
}

#[test]
fn the_evidence_is_the_same_when_it_is_read_again() {
    let Some(bao) = audited("audit-again", false) else { return };
    busy(&bao);
    let log = bao.home().join("audit.log");
    assert_eq!(
        overstay("collect", &log, &["--now", "2026-11-22T00:00:00Z"]).stdout,
        overstay("collect", &log, &["--now", "2026-11-22T00:00:00Z"]).stdout
    );
}
