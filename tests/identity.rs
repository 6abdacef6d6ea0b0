//! Ledgers, the register and the chain of custody, through the real binary.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn overstay(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(args)
        .args(["--now", "2026-11-22T00:00:00Z"])
        .current_dir(folder)
        .env_remove("OVERSTAY_STATE")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const APPROVALS: &str = "Number,Account,Target,Role,State,Approver,Decided,Until\n\
    R1,svc-pay,db/pay,read,Approved,ann,2026-01-02,2026-06-30\n\
    R2,svc-log,db/log,read,Approved,ann,2026-01-02,2027-06-30\n";

const MAPPING: &str = r#"
title = "Requests of the desk"
system = "desk"
[[record]]
kind = "entitlement"
id = "{Number}"
[record.fields]
subject = "desk:{Account}"
"grant.system" = "vault"
"grant.resource" = "{Target}"
"grant.privilege" = "{Role}"
"grant.rank" = "read"
state = { from = "{State}", map = [["Approved", "approved"]] }
not_before = "{Decided}"
not_after = "{Until}"
approvals = { fields = { by = "desk:{Approver}", at = "{Decided}", decision = { from = "{State}", map = [["Approved", "approve"]] } } }
"#;

const REGISTER: &str = "[[identity]]\nid = \"pay\"\naliases = [\"desk:svc-pay\", \"vault:pay\"]\ntype = \"service\"\n\
    owner = \"desk:ann\"\npurpose = \"settlement\"\n\n\
    [[identity]]\nid = \"log\"\naliases = [\"desk:svc-log\", \"vault:log\"]\ntype = \"service\"\nowner = \"desk:ann\"\npurpose = \"logs\"\n";

fn observed(name: &str) -> String {
    format!(
        r#"{{"v":"overstay-evidence/1","kind":"observed","id":"o-{name}","src":{{"system":"vault"}},"as_of":"2026-11-21T00:00:00Z","subject":"vault:{name}","grant":{{"system":"vault","resource":"db/{name}","privilege":"read","rank":"read"}},"standing":true,"expires_at":null,"origin":"direct","created_at":"2026-02-01T00:00:00Z"}}"#
    )
}

/// A repository with a register, a folder of exports, and what lives.
fn estate(complete: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("repo/overstay-identities.toml", REGISTER);
    write("exports/requests.csv", APPROVALS);
    write("exports/desk.toml", MAPPING);
    write(
        "exports/overstay-ledgers.toml",
        &format!(
            "[[export]]\nfiles = \"requests.csv\"\nmapping = \"desk.toml\"\nfrom = 2025-01-01\n\
             exported_at = 2026-11-21T12:00:00Z\ncomplete = {complete}\n"
        ),
    );
    let live = [observed("pay"), observed("log"), observed("ghost")].join("\n");
    write("live.jsonl", &live);
    folder
}

const SOURCES: [&str; 5] =
    ["repo", "--source", "ledger=exports", "--source", "evidence=live.jsonl"];

fn findings(folder: &Path) -> (Vec<String>, String) {
    let args: Vec<&str> =
        ["scan"].into_iter().chain(SOURCES).chain(["--format", "jsonl"]).collect();
    let output = overstay(folder, &args);
    let lines = text(&output.stdout);
    let line = |line: &str| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {}", finding["rule"].as_str().unwrap(), finding["identity"].as_str().unwrap())
    };
    let text_args: Vec<&str> = ["scan"].into_iter().chain(SOURCES).collect();
    (lines.lines().map(line).collect(), text(&overstay(folder, &text_args).stdout))
}

#[test]
fn approvals_from_a_spreadsheet_meet_what_lives() {
    let folder = estate(true);
    let (findings, _) = findings(folder.path());
    let of = |rule: &str| -> Vec<&str> {
        let named = findings.iter().filter_map(|f| f.split_once(' ')).filter(|(r, _)| *r == rule);
        named.map(|(_, identity)| identity).collect()
    };
    let ended = overstay_rules::find("R02").unwrap().slug;
    let never = overstay_rules::find("R01").unwrap().slug;
    assert_eq!(of(ended), ["desk:svc-pay"], "{findings:?}");
    assert_eq!(of(never), ["vault:ghost"], "{findings:?}");
}

#[test]
fn an_export_that_nobody_vouches_for_proves_no_absence() {
    let folder = estate(false);
    let (findings, told) = findings(folder.path());
    let never = overstay_rules::find("R01").unwrap().slug;
    assert!(!findings.iter().any(|f| f.starts_with(never)), "{findings:?}");
    let gap = told.contains("nobody says that the export is complete");
    assert!(gap, "the gap is told: {told}");
}

#[test]
fn one_identity_is_told_with_its_clocks_and_its_owner() {
    let folder = estate(true);
    let args: Vec<&str> = ["identity", "svc-pay"].into_iter().chain(SOURCES).collect();
    let told = text(&overstay(folder.path(), &args).stdout);
    for line in [
        "desk:svc-pay (service, of unknown status)",
        "  desk:ann, of unknown status (says register) [identity:register:pay]",
        "  2026-01-02  approval    approved by desk:ann: read on db/pay (vault) [entitlement:desk:R1]",
        "  2026-06-30  approval    approval ends: read on db/pay (vault) [entitlement:desk:R1]",
        "  2026-11-22  now",
    ] {
        assert!(told.contains(line), "no `{line}` in\n{told}");
    }
    let args: Vec<&str> = ["identity", "svc-payy"].into_iter().chain(SOURCES).collect();
    let output = overstay(folder.path(), &args);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("it knows desk:svc-pay"), "{}", text(&output.stderr));
}

#[test]
fn who_changed_the_defining_file_last_is_named_where_nobody_answers_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let commit = |path: &str, content: &str| {
        fs::write(root.join(path), content).unwrap();
        for args in [&["add", "."][..], &["commit", "-q", "-m", "change"]] {
            let person = ["-c", "user.name=Bo", "-c", "user.email=bo@example.com"];
            let git = Command::new("git").args(person).args(args).current_dir(root).output();
            assert!(git.unwrap().status.success());
        }
    };
    let init = Command::new("git").args(["init", "-q"]).current_dir(root).output();
    assert!(init.unwrap().status.success());
    commit("vault.tf", "resource \"vault_identity_entity\" \"bot\" {\n  name = \"bot\"\n}\n");
    let told = || text(&overstay(root, &["identity", "vault_identity_entity.bot", "."]).stdout);
    let by_commit = told();
    assert!(by_commit.contains("email:bo@example.com"), "{by_commit}");
    assert!(by_commit.contains("the last commit of its file"), "{by_commit}");
    commit("CODEOWNERS", "*.tf @acme/platform\n");
    let by_codeowners = told();
    assert!(by_codeowners.contains("github-team:acme/platform"), "{by_codeowners}");
    assert!(!by_codeowners.contains("bo@example.com"), "{by_codeowners}");
}
