//! `overstay vault can` as a person runs it.
#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};
use std::{
    path::PathBuf,
    process::{Command, Output},
};

const POLICY: &str = "path \"secret/data/team/*\" {\n  capabilities = [\"read\", \"list\"]\n}\npath \"secret/+/team/prod\" {\n  capabilities = [\"deny\"]\n}\npath \"kv/{{identity.entity.name}}/*\" {\n  policy = \"write\"\n}\n";

fn policy(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vault-can");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file
}

fn can(file: &PathBuf, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overstay"));
    command.args(["vault", "can", "--policy"]).arg(file).args(args).output().unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn it_answers_as_the_server_does_and_names_the_rule() {
    let file = policy("team.hcl", POLICY);
    let allowed = can(&file, &["secret/data/team/prod", "--format", "json"]);
    assert_eq!(allowed.status.code(), Some(0));
    let answer = json_of(&allowed);
    assert_eq!(answer["capabilities"], json!(["list", "read"]));
    assert_eq!(answer["rule"]["pattern"], "secret/data/team/*");
    assert_eq!(answer["rule"]["places"][0]["line"], 1);
    let nothing = json_of(&can(&file, &["other", "--format", "json"]));
    assert_eq!((&nothing["capabilities"], &nothing["rule"]), (&json!(["deny"]), &Value::Null));
}

#[test]
fn the_exit_code_is_the_answer_to_one_capability() {
    let file = policy("one.hcl", POLICY);
    assert_eq!(can(&file, &["secret/data/team/a", "read"]).status.code(), Some(0));
    assert_eq!(can(&file, &["secret/data/team/a", "update"]).status.code(), Some(3));
    assert_eq!(can(&file, &["secret/data/team/a", "READ"]).status.code(), Some(2));
}

#[test]
fn templates_apply_to_an_entity_alone() {
    let file = policy("template.hcl", POLICY);
    let path = ["kv/ann/x", "--format", "json"];
    assert_eq!(json_of(&can(&file, &path))["capabilities"], json!(["deny"]));
    let with_entity = [&path[..], &["--entity", "ann"]].concat();
    let answer = json_of(&can(&file, &with_entity));
    assert_eq!(answer["capabilities"], json!(["create", "delete", "list", "read", "update"]));
}

#[test]
fn a_broken_policy_is_a_usage_error_with_its_line() {
    let file = policy("broken.hcl", "path \"a\" {\n  capabilities = [\"reed\"]\n}\n");
    let output = can(&file, &["a"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("broken.hcl:2:") && said.contains("`reed`"), "{said}");
}
