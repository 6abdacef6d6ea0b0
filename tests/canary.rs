//! Planted credentials leave the matcher in no form: not in any report, not in evidence, not on stderr.
#![expect(clippy::unwrap_used, reason = "tests")]

mod packed;

use packed::unpacked;
use std::{fs, path::Path, process::Command};

/// Credentials of several kinds, put together here so that none stands in this file: the value that
/// must not come out, and the file that holds it.
fn canaries() -> Vec<(String, &'static str, String)> {
    let token = ["gh", "p_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"].concat();
    let secret = ["wJalrXUtnFEMI/K7", "MDENG/bPxRfiCYzQ4Np1Lk8s"].concat();
    let password = ["Tr0ub4dor", "&3xKq9Zp"].concat();
    let slack = ["xo", "xb-263594206564-", "2343594206574-FGqddMF8t08v8N7Oq4i57vs1"].concat();
    let url = ["pQ7vK2mX", "w9TzR4bN"].concat();
    let aws = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {secret}\n",
        ["AKIA", "Y34FZKBOKMUTVV7A"].concat()
    );
    vec![
        (token.clone(), "src/client.py", format!("token = \"{token}\"\n")),
        (secret, ".aws/credentials", aws),
        (
            password.clone(),
            "deploy/values.yaml",
            format!("database:\n  password: \"{password}\"\n"),
        ),
        (slack.clone(), "notes.md", format!("Use {slack} for the bot.\n")),
        (
            url.clone(),
            "app.env",
            format!("DATABASE_URL=postgres://shop:{url}@db.internal:5432/shop\n"),
        ),
    ]
}

fn plant(folder: &Path) -> Vec<String> {
    let login = ["Hx8!kLm2", "#pQr5vWz"].concat();
    let workflow = format!(
        "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker login -u ci -p '{login}' registry.example.com\n"
    );
    let mut values = vec![login];
    let mut files = vec![(".github/workflows/push.yml", workflow)];
    for (value, path, text) in canaries() {
        values.push(value);
        files.push((path, text));
    }
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    values
}

#[test]
fn no_output_shows_a_planted_credential() {
    let folder = tempfile::tempdir().unwrap();
    let values = plant(folder.path());
    let formats: &[&[&str]] = &[
        &["scan", "--format", "text", "--persona", "auditor"],
        &["scan", "--format", "jsonl", "--persona", "auditor"],
        &["scan", "--format", "sarif", "--sarif-profile", "github"],
        &["scan", "--format", "sarif", "--sarif-profile", "archive", "--persona", "auditor"],
        &["scan", "--format", "csv", "--persona", "auditor"],
        &["scan", "--format", "markdown", "--persona", "auditor"],
        &["scan", "--format", "annotations", "--persona", "auditor"],
        &["scan", "--format", "html", "--persona", "auditor"],
        &["scan", "--format", "oscal", "--persona", "auditor"],
        &["collect"],
    ];
    for arguments in formats {
        let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
            .env("CI", "1")
            .env("OVERSTAY_LOG", "trace")
            .args(*arguments)
            .arg(folder.path())
            .output()
            .unwrap();
        let out = unpacked(&output.stdout);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code().is_some_and(|code| code == 0 || code == 3),
            "{arguments:?} {err}"
        );
        assert!(
            ["leaked-credential", "LeakedCredential", "exposure", "is exposed"]
                .iter()
                .any(|w| out.contains(w)),
            "{arguments:?} finds nothing"
        );
        for value in &values {
            // Half of a value is too much as well.
            let half = &value[..value.len() / 2 + 1];
            let at = out.find(half).map(|at| out[at.saturating_sub(300)..at].to_owned());
            assert_eq!(at, None, "{arguments:?} shows a canary");
            assert!(!err.contains(half), "{arguments:?} logs a canary");
        }
    }
}

#[test]
fn every_planted_credential_is_found() {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path());
    let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env("CI", "1")
        .args(["scan", "--format", "jsonl"])
        .arg(folder.path())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    for (_, path, _) in canaries() {
        assert!(out.contains(path), "nothing is found in {path}:\n{out}");
    }
    assert!(out.contains(".github/workflows/push.yml"), "{out}");
}
