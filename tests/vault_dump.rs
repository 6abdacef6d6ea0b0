//! A saved dump of a server's answers gives the evidence that the live server gave.
#![cfg(feature = "vault")]
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn collect(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("CI", "1")
        .args(["collect", "--source", &format!("vault={}", folder.display())])
        .args(arguments)
        .output()
        .unwrap()
}

fn evidence(folder: &Path) -> Vec<Value> {
    let output = collect(folder, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn answers_of_a_real_server_are_its_evidence() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/vault/openbao-2.7.2");
    let evidence = evidence(&folder);
    let of = |kind: &str, subject: &str| {
        evidence.iter().find(|r| r["kind"] == kind && r["subject"] == subject)
    };
    for (kind, subject) in [
        ("policy", "vault-policy:ci-admin"),
        ("resource", "vault:database/roles/forever"),
        ("resource", "vault:transit/keys/no-rotate"),
        ("resource", "vault:secret/metadata/payments/prod/db"),
    ] {
        assert!(of(kind, subject).is_some(), "no {kind} {subject}");
    }
    let tokens = evidence.iter().filter(|r| r["type"] == "vault-token").count();
    assert!(tokens >= 8, "{tokens} tokens");
    // When the server was asked, not when the dump is read.
    let as_of = evidence.iter().all(|r| r["as_of"] == "2026-11-22T00:53:23Z");
    assert!(as_of, "the dump is as old as it is");
    // What the live source would never ask for is not read: a login, the token that looked itself up.
    let text = serde_json::to_string(&evidence).unwrap();
    for secret in ["REDACTED", "9e420c64-9cf7-4b64-0058-5554c7db776b"] {
        assert!(!text.contains(secret), "{secret} is shown");
    }
    let unused = evidence.iter().find(|r| r["part"] == "unused answers").unwrap();
    assert_eq!(unused["by_design"], true);
    for file in ["token-lookup-self.json", "approle-roleid.json", "kv2-subkeys.json"] {
        assert!(unused["why"].as_str().unwrap().contains(file), "{file} was read");
    }
    // The manifest does not say that this file answers for another namespace.
    let twice = evidence.iter().find(|r| r["part"] == "sys/auth" && r["complete"] != true);
    assert!(twice.unwrap()["why"].as_str().unwrap().contains("ns-team-a-auth.json"));
}

#[test]
fn namespaces_refusals_and_broken_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, body: &str| fs::write(folder.path().join(name), body).unwrap();
    let mounts = r#"{"data":{"secret/":{"type":"kv","options":{"version":"2"},"config":{}}}}"#;
    write("m.json", mounts);
    write("child.json", mounts);
    write("list.json", r#"{"errors":[]}"#);
    write("refused.json", r#"{"errors":["permission denied"]}"#);
    write("broken.json", "{\"data\": ");
    let request = |file: &str, method: &str, path: &str, namespace: &str| json!({ "file": file, "method": method, "path": path, "namespace": namespace });
    let manifest = json!({
        "address": "https://vault.example:8200",
        "taken_at": "2026-11-01T00:00:00Z",
        "requests": [
            request("m.json", "GET", "/v1/sys/mounts", ""),
            request("child.json", "GET", "/v1/sys/mounts", "team-a"),
            request("list.json", "GET", "/v1/secret/metadata?list=true", ""),
            request("refused.json", "GET", "/v1/sys/audit", ""),
            request("broken.json", "LIST", "/v1/sys/policies/acl", ""),
            request("../m.json", "LIST", "/v1/auth/token/accessors", ""),
            request("missing.json", "GET", "/v1/sys/health", ""),
        ],
    });
    write("_manifest.json", &manifest.to_string());
    let evidence = evidence(folder.path());
    let mut mounts: Vec<&str> = evidence
        .iter()
        .filter(|r| r["type"] == "vault-mount")
        .map(|r| r["subject"].as_str().unwrap())
        .collect();
    mounts.sort_unstable();
    assert_eq!(mounts, ["vault:secret/", "vault:team-a/secret/"]);
    for (part, why) in [
        ("sys/audit", "refused"),
        ("sys/policies/acl", "not JSON"),
        ("auth/token/accessors", "outside"),
        ("sys/health", "not found"),
    ] {
        let gap = evidence.iter().find(|r| r["part"] == part && r["complete"] != true);
        let said = gap.unwrap_or_else(|| panic!("{part}: {evidence:#?}"))["why"].as_str().unwrap();
        assert!(said.contains(why), "{part}: {said}");
    }
    assert!(!evidence.iter().any(|r| r["part"] == "secret/metadata/" && r["complete"] != true));
}

#[test]
fn a_folder_without_manifest_is_a_failed_source() {
    let folder = tempfile::tempdir().unwrap();
    let output = collect(folder.path(), &["--strict"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stdout).contains("_manifest.json"));
}
