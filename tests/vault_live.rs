//! The live source against a running OpenBao, with the least privilege that it generates itself.
//!
//! Needs `bao` in PATH or in `.venv/bin`; says so and passes when there is none.
#![cfg(feature = "vault")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that did not run says so")]

mod bao;

use bao::{Bao, ROOT};
use serde_json::{Value, json};
use std::process::{Command, Output};

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

fn wrote(bao: &Bao, path: &str, body: Value) -> Value {
    let (status, answer) = bao.call("POST", path, Some(body), &[]);
    assert!(matches!(status, 200 | 204), "{path}: {status} {answer}");
    answer
}

/// A token with the policy that Overstay writes for this server.
fn scanner(bao: &Bao) -> String {
    let policy = overstay(bao, ROOT, &["permissions", "vault"]);
    assert!(policy.status.success(), "{}", String::from_utf8_lossy(&policy.stderr));
    let text = String::from_utf8(policy.stdout).unwrap();
    wrote(bao, "sys/policies/acl/scanner", json!({ "policy": text }));
    let body = json!({ "policies": ["scanner"], "no_default_policy": true, "ttl": "1h" });
    let answer = wrote(bao, "auth/token/create", body);
    answer["auth"]["client_token"].as_str().unwrap().to_owned()
}

#[test]
fn the_generated_policy_allows_every_call_and_no_secret() {
    let Some(bao) = Bao::start("live") else { return };
    wrote(&bao, "sys/auth/approle", json!({ "type": "approle" }));
    wrote(&bao, "sys/auth/people/local", json!({ "type": "userpass" }));
    let policy = "path \"sys/policies/acl/*\" { capabilities = [\"create\", \"update\"] }";
    wrote(&bao, "sys/policies/acl/editor", json!({ "policy": policy }));
    wrote(&bao, "auth/approle/role/ci", json!({ "token_policies": ["editor"] }));
    wrote(&bao, "auth/approle/role/ci/secret-id", json!({}));
    wrote(&bao, "secret/data/app/db", json!({ "data": { "password": "planted-canary-value" } }));

    let token = scanner(&bao);
    for path in ["secret/data/app/db", "auth/approle/role/ci/role-id", "sys/seal"] {
        let (status, _) = bao.call("GET", path, None, &[("X-Vault-Token", &token)]);
        assert!(status == 403 || status == 405, "{path} answers {status}");
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
    assert!(findings.contains("vault-policy-rewrites-policies"), "{findings}");
}

#[test]
fn a_token_without_rights_is_an_incomplete_scan_and_a_wrong_one_a_failed_source() {
    let Some(bao) = Bao::start("refused") else { return };
    let body = json!({ "policies": ["default"], "ttl": "1h" });
    let answer = wrote(&bao, "auth/token/create", body);
    let weak = answer["auth"]["client_token"].as_str().unwrap();
    for token in [weak, "no-such-token"] {
        let output = overstay(&bao, token, &["collect", "--source", "vault", "--strict"]);
        assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
        let evidence = String::from_utf8(output.stdout).unwrap();
        assert!(evidence.contains("403") && !evidence.contains(token), "{evidence}");
    }
}
