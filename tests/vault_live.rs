//! The live source against a running OpenBao, with the least privilege that it generates itself.
//!
//! Needs `bao` in PATH or in `.venv/bin`; says so and passes when there is none.
#![cfg(feature = "vault")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod bao;
#[path = "bao/fixture.rs"]
mod fixture;
#[path = "bao/postgres.rs"]
mod postgres;

use bao::{Bao, ROOT};
use postgres::Postgres;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    process::{Command, Output},
};

fn overstay(bao: &Bao, token: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("CI", "1")
        .env("VAULT_ADDR", format!("http://{}", bao.address))
        .env("VAULT_TOKEN", token)
        .args(arguments)
        .output()
        .unwrap()
}

/// A token with the policy that Overstay writes for this server. It is an orphan: it outlives the root
/// token that made it.
fn scanner(bao: &Bao) -> String {
    let policy = overstay(bao, ROOT, &["permissions", "vault"]);
    assert!(policy.status.success(), "{}", String::from_utf8_lossy(&policy.stderr));
    let text = String::from_utf8(policy.stdout).unwrap();
    bao.wrote("sys/policies/acl/scanner", json!({ "policy": text }));
    let body = json!({
        "policies": ["scanner"], "no_default_policy": true, "ttl": "1h", "explicit_max_ttl": "1h",
        "meta": { "owner": "security" }, "display_name": "scanner",
    });
    bao.made_token("auth/token/create-orphan", body)
}

/// The findings of a scan: one JSON object each.
fn findings(bao: &Bao, token: &str, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["scan", "--source", "vault", "--format", "jsonl"];
    all.extend(arguments);
    let scanned = overstay(bao, token, &all);
    let text = String::from_utf8(scanned.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Rule and message of each finding.
fn told(findings: &[Value]) -> Vec<(&str, &str)> {
    findings
        .iter()
        .map(|f| {
            (f["rule"].as_str().unwrap_or_default(), f["message"].as_str().unwrap_or_default())
        })
        .collect()
}

/// True when a rule says something that holds these words.
fn says(findings: &[Value], rule: &str, words: &str) -> bool {
    told(findings).iter().any(|(told, message)| *told == rule && message.contains(words))
}

/// What gives a secret, a credential or a change, and what the scanner's own token is not for.
const FORBIDDEN: &[(&str, &str)] = &[
    ("GET", "secret/data/app/db"),
    ("GET", "secret/subkeys/app/db"),
    ("POST", "secret/data/app/db"),
    ("POST", "secret/metadata/app/db"),
    ("DELETE", "secret/metadata/app/db"),
    ("GET", "kv1/app"),
    ("GET", "database/creds/app"),
    ("GET", "database/static-creds/app"),
    ("POST", "database/rotate-root/app"),
    ("POST", "pki/issue/web"),
    ("POST", "pki/sign/web"),
    ("POST", "ssh/sign/host"),
    ("GET", "totp/code/app"),
    ("GET", "transit/export/encryption-key/app"),
    ("GET", "transit/backup/app"),
    ("POST", "transit/decrypt/app"),
    ("GET", "auth/approle/role/ci/role-id"),
    ("POST", "auth/approle/role/ci/secret-id"),
    ("POST", "auth/approle/role/ci/secret-id-accessor/destroy"),
    ("GET", "auth/token/lookup-self"),
    ("POST", "auth/token/lookup"),
    ("POST", "auth/token/create"),
    ("POST", "auth/token/revoke-accessor"),
    ("GET", "identity/oidc/client/app"),
    ("POST", "identity/entity"),
    ("GET", "cubbyhole/app"),
    ("GET", "sys/raw/core"),
    ("GET", "sys/storage/raft/snapshot"),
    ("POST", "sys/policies/acl/editor"),
    ("POST", "sys/mounts/more"),
    ("POST", "sys/leases/revoke"),
    ("POST", "sys/leases/revoke-prefix/database"),
    ("POST", "sys/seal"),
];

#[test]
fn the_generated_policy_allows_every_call_and_no_secret() {
    let Some(bao) = Bao::start("live") else { return };
    bao.wrote("sys/auth/approle", json!({ "type": "approle" }));
    bao.wrote("sys/auth/people/local", json!({ "type": "userpass" }));
    let policy = "path \"sys/policies/acl/*\" { capabilities = [\"create\", \"update\"] }";
    bao.wrote("sys/policies/acl/editor", json!({ "policy": policy }));
    bao.wrote("auth/approle/role/ci", json!({ "token_policies": ["editor"] }));
    bao.wrote("auth/approle/role/ci/secret-id", json!({}));
    bao.wrote("secret/data/app/db", json!({ "data": { "password": "planted-canary-value" } }));

    for (mount, kind) in [
        ("database", "database"),
        ("kv1", "kv"),
        ("pki", "pki"),
        ("ssh", "ssh"),
        ("totp", "totp"),
        ("transit", "transit"),
    ] {
        bao.wrote(&format!("sys/mounts/{mount}"), json!({ "type": kind }));
    }
    let token = scanner(&bao);
    for (method, path) in FORBIDDEN {
        let body = (*method == "POST").then(|| json!({}));
        let (status, answer) = bao.call(method, path, body, &[("X-Vault-Token", &token)]);
        assert_eq!(status, 403, "{method} {path} answers {answer}");
    }

    let collected = overstay(&bao, &token, &["collect", "--source", "vault", "--strict"]);
    let evidence = String::from_utf8(collected.stdout).unwrap();
    assert_eq!(collected.status.code(), Some(0), "something was refused:\n{evidence}");
    for kind in ["approle-secret-id", "vault-token", "kv-secret", "vault-mount", "\"trust\""] {
        assert!(evidence.contains(kind), "no {kind} in:\n{evidence}");
    }
    for secret in ["planted-canary-value", ROOT, token.as_str()] {
        assert!(!evidence.contains(secret), "a secret stands in the evidence");
    }
    let scanned = overstay(&bao, &token, &["scan", "--source", "vault", "--format", "jsonl"]);
    let findings = String::from_utf8(scanned.stdout).unwrap();
    let editor = findings.lines().find(|line| line.contains("vault-policy-rewrites-policies"));
    let editor = editor.unwrap_or_else(|| panic!("not found: {findings}"));
    assert!(editor.contains("Held by login 'auth/approle/ci'."), "{editor}");
}

#[test]
fn a_token_without_rights_is_an_incomplete_scan_and_a_wrong_one_a_failed_source() {
    let Some(bao) = Bao::start("refused") else { return };
    let body = json!({ "policies": ["default"], "ttl": "1h" });
    let weak = bao.made_token("auth/token/create", body);
    for token in [weak.as_str(), "no-such-token"] {
        let output = overstay(&bao, token, &["collect", "--source", "vault", "--strict"]);
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
        let evidence = String::from_utf8(output.stdout).unwrap();
        assert!(evidence.contains("403") && !evidence.contains(token), "{evidence}");
    }
}

/// What the bad server has, and which rule must say so.
const PLANTED: &[(&str, &str)] = &[
    ("vault-root-token-live", "left-root"),
    ("vault-token-without-end", "periodic-ci"),
    ("vault-token-unowned", "periodic-ci"),
    ("vault-token-unowned", "legacy-job"),
    ("vault-token-long-lived", "year-job"),
    ("vault-token-principal-gone", "auth/userpass/alice"),
    ("vault-token-principal-gone", "auth/approle/old"),
    ("dangling-access-reference", "temporary"),
    ("vault-secret-id-without-end", "auth/approle/ci"),
    ("vault-secret-id-without-end", "team-a/auth/approle/nested"),
    ("vault-secret-id-unbound", "auth/approle/ci"),
    ("vault-login-lifetime-long", "auth/approle/ci"),
    ("credential-predates-shorter-limit", "auth/approle/batch"),
    ("vault-approle-without-secret-id", "auth/approle/open"),
    ("vault-jwt-role-unbound", "auth/github/anybody"),
    ("vault-jwt-role-too-broad", "auth/github/organisation"),
    ("vault-kubernetes-role-wildcard", "auth/kubernetes/any"),
    ("vault-login-audience-missing", "auth/kubernetes/any"),
    ("vault-kv-v1-mount", "old/"),
    ("vault-pki-role-any-name", "pki/roles/anything"),
    ("vault-pki-certificate-long-lived", "pki/roles/anything"),
    ("vault-ssh-role-any-user", "ssh/roles/any-user"),
    ("vault-transit-key-exportable", "transit/keys/leaky"),
    ("vault-audit-off", "has no audit device"),
    ("vault-policy-set-escalates", "held together by token 'both-halves'"),
];

/// The same, where there is a PostgreSQL.
const PLANTED_DATABASES: &[(&str, &str)] = &[
    ("vault-database-role-without-end", "database/roles/forever"),
    ("vault-static-role-unrotated", "database/static-roles/slow"),
    ("vault-database-password-in-url", "database/config/by-hand"),
];

#[test]
fn every_planted_problem_is_found_and_nothing_else() {
    let Some(bao) = Bao::start("bad") else { return };
    let postgres = Postgres::start("bad");
    fixture::bad(&bao, postgres.as_ref());
    let token = scanner(&bao);
    let found = findings(&bao, &token, &[]);
    let mut planted = PLANTED.to_vec();
    if postgres.is_some() {
        planted.extend(PLANTED_DATABASES);
    }
    let missing: Vec<_> =
        planted.iter().filter(|(rule, words)| !says(&found, rule, words)).collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\namong {:#?}", told(&found));
    // The root token that the server starts with is one too.
    assert_eq!(told(&found).iter().filter(|(rule, _)| *rule == "vault-root-token-live").count(), 2);
    let expected = |rule: &str, message: &str| {
        rule == "vault-root-token-live"
            || planted.iter().any(|(planted, words)| *planted == rule && message.contains(words))
    };
    let noise: Vec<_> =
        told(&found).into_iter().filter(|(rule, message)| !expected(rule, message)).collect();
    assert!(noise.is_empty(), "nobody planted: {noise:#?}");
    for finding in &found {
        let text = finding.to_string();
        for secret in ["planted-canary-value", ROOT, token.as_str()] {
            assert!(!text.contains(secret), "a secret stands in {text}");
        }
    }

    // What is young today is old in two years.
    let later = findings(&bao, &token, &["--now", "2029-01-01T00:00:00Z"]);
    for (rule, words) in [
        ("vault-transit-key-unrotated", "transit/keys/leaky"),
        ("vault-as-static-store", "secret/metadata/app/postgres"),
    ] {
        let database = rule == "vault-as-static-store" && postgres.is_none();
        assert!(database || says(&later, rule, words), "{rule} in {:#?}", told(&later));
    }
}

#[test]
fn the_well_kept_twin_has_no_finding_and_the_scan_asks_for_no_secret() {
    let Some(bao) = Bao::start_with("twin", fixture::audited) else { return };
    let postgres = Postgres::start("twin");
    fixture::well_kept(&bao, postgres.as_ref());
    let token = scanner(&bao);
    bao.wrote("auth/token/revoke-self", json!({}));
    let before = std::fs::read_to_string(bao.home().join("audit.log")).unwrap().lines().count();
    let found = findings(&bao, &token, &[]);
    let loud: Vec<_> = found.iter().filter(|f| f["band"] != "note").cloned().collect();
    assert!(loud.is_empty(), "{:#?}", told(&loud));

    let log = std::fs::read_to_string(bao.home().join("audit.log")).unwrap();
    let mut asked = BTreeSet::new();
    for line in log.lines().skip(before) {
        let entry: Value = serde_json::from_str(line).unwrap();
        let request = &entry["request"];
        let path = request["path"].as_str().unwrap_or_default().to_owned();
        asked.insert((request["operation"].as_str().unwrap_or_default().to_owned(), path));
    }
    assert!(asked.len() > 40, "the log has only {asked:#?}");
    for (operation, path) in &asked {
        let segments: Vec<&str> = path.split('/').collect();
        let forbidden = [
            "data",
            "creds",
            "static-creds",
            "issue",
            "sign",
            "export",
            "backup",
            "role-id",
            "raw",
            "rotate-root",
            "revoke",
            "login",
            "create",
        ];
        assert!(!segments.iter().any(|s| forbidden.contains(s)), "{operation} {path}");
        let looks_up = path.ends_with("/lookup") || path.ends_with("lookup-accessor");
        assert!(matches!(operation.as_str(), "read" | "list") || looks_up, "{operation} {path}");
    }
}

/// The evidence of a scan, one JSON object a line.
fn evidence(bao: &Bao, token: &str) -> Vec<Value> {
    let collected = overstay(bao, token, &["collect", "--source", "vault"]);
    let text = String::from_utf8(collected.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Six ways in which approval, credential and directory do not end together: what the server does, what
/// the source says of it, and what is reported.
#[test]
fn the_three_clocks_on_a_real_server() {
    let Some(bao) = Bao::start("clocks") else { return };
    let postgres = Postgres::start("clocks");
    fixture::well_kept(&bao, postgres.as_ref());

    // 1 and 2: the user and the role are deleted, and their tokens read on.
    let user = bao.user("leaver", "app");
    bao.deleted("auth/userpass/users/leaver");
    let workload =
        bao.approle("retired", json!({ "secret_id_ttl": "24h", "secret_id_num_uses": 2 }));
    bao.deleted("auth/approle/role/retired");
    assert!(bao.reads(&user) && bao.reads(&workload));

    // 3: the entity is disabled; the token looks healthy and is refused.
    let blocked = bao.user("blocked", "app");
    let entity = bao.wrote("auth/token/lookup", json!({ "token": blocked }));
    let id = entity["data"]["entity_id"].as_str().unwrap().to_owned();
    bao.wrote(&format!("identity/entity/id/{id}"), json!({ "disabled": true }));
    assert!(!bao.reads(&blocked));

    // 4: the policy is deleted: the token still names it; who makes it again gives it back.
    let policy = json!({ "policy": "path \"secret/data/app/*\" { capabilities = [\"read\"] }" });
    bao.wrote("sys/policies/acl/project", policy.clone());
    let waiting = bao.made_token(
        "auth/token/create-orphan",
        json!({ "policies": ["project"], "ttl": "24h", "meta": { "owner": "payments" } }),
    );
    assert!(bao.reads(&waiting));
    bao.deleted("sys/policies/acl/project");
    assert!(!bao.reads(&waiting));

    // 5: the limit is tightened; the secret id that is out keeps its endless life.
    bao.approle("tightened", json!({ "secret_id_num_uses": 3 }));
    bao.wrote("auth/approle/role/tightened", json!({ "secret_id_ttl": "1h" }));

    // 6: the account owns a table, so it cannot be dropped, and nothing else ends it.
    let stays = postgres.as_ref().map(|postgres| {
        let sql = "CREATE ROLE \"{{name}}\" WITH SUPERUSER LOGIN PASSWORD '{{password}}';";
        bao.wrote(
            "database/roles/forever",
            json!({ "db_name": "pg", "creation_statements": [sql], "default_ttl": "1h", "max_ttl": "1h" }),
        );
        let (_, lease) = bao.call("GET", "database/creds/forever", None, &[]);
        let account = lease["data"]["username"].as_str().unwrap().to_owned();
        postgres.ask(&account, "CREATE TABLE kept (id int)").unwrap();
        let body = json!({ "lease_id": lease["lease_id"], "sync": true });
        let (status, _) = bao.call("POST", "sys/leases/revoke", Some(body), &[]);
        assert_eq!(status, 400, "the revocation should fail");
        let sql = format!("SELECT rolsuper AND rolvaliduntil IS NULL FROM pg_roles WHERE rolname = '{account}'");
        assert_eq!(postgres.ask("postgres", &sql).as_deref(), Some("t"), "{account} should stay");
        lease["lease_id"].as_str().unwrap().to_owned()
    });

    let token = scanner(&bao);
    let records = evidence(&bao, &token);
    let credential = |principal: &str| {
        let name = format!("vault-role:{principal}");
        let found = records.iter().find(|r| r["attrs"]["principal"] == name.as_str());
        found.unwrap_or_else(|| panic!("no token of {principal}")).clone()
    };
    assert_eq!(credential("auth/userpass/leaver")["status"], "active");
    assert_eq!(credential("auth/approle/retired")["status"], "active");
    assert_eq!(credential("auth/userpass/blocked")["status"], "disabled");
    let grants = |policy: &str| -> Vec<&Value> {
        let named = |r: &&Value| r["kind"] == "observed" && r["grant"]["privilege"] == policy;
        records.iter().filter(named).collect()
    };
    assert!(grants("project").iter().all(|grant| grant["attrs"]["usable"] == false));
    let found = findings(&bao, &token, &[]);
    for (rule, words) in [
        ("vault-token-principal-gone", "auth/userpass/leaver"),
        ("vault-token-principal-gone", "auth/approle/retired"),
        ("dangling-access-reference", "project"),
        ("credential-predates-shorter-limit", "auth/approle/tightened"),
    ] {
        assert!(says(&found, rule, words), "no {rule} about {words} in {:#?}", told(&found));
    }
    let about_blocked: Vec<Value> = found
        .iter()
        .filter(|f| f.to_string().contains("blocked") && f["band"] != "note")
        .cloned()
        .collect();
    assert!(about_blocked.is_empty(), "{:#?}", told(&about_blocked));
    if let Some(lease) = stays {
        let open =
            records.iter().find(|r| r["kind"] == "issuance" && r["cred"]["ref"] == lease.as_str());
        assert!(open.is_some_and(|r| r["expires_at"].is_string()), "no issuance of {lease}");
        assert!(says(&found, "vault-database-role-without-end", "makes superusers"));
    }

    // 4 again: the name comes back, and the access with it.
    bao.wrote("sys/policies/acl/project", policy);
    assert!(bao.reads(&waiting));
    let found = findings(&bao, &token, &[]);
    assert!(!says(&found, "dangling-access-reference", "project"));
}
