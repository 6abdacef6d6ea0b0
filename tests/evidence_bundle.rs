//! `overstay evidence`: what is bundled can be verified, by us and by tools of others; what was
//! changed cannot pass.
#![expect(clippy::unwrap_used, reason = "tests")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env, fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const WORKFLOW: &str = "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      \
    - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
    aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          \
    aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          aws-region: eu-west-1\n";

fn overstay(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(args)
        .current_dir(folder)
        .env_remove("OVERSTAY_STATE")
        .output()
        .unwrap()
}

/// A folder with a workflow that has a finding, and a key pair made by OpenSSL.
fn project(algorithm: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("repo/.github/workflows")).unwrap();
    fs::write(folder.path().join("repo/.github/workflows/deploy.yml"), WORKFLOW).unwrap();
    openssl(folder.path(), &[&["genpkey", "-out", "key.pem"], algorithm].concat());
    openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem"]);
    folder
}

fn openssl(folder: &Path, args: &[&str]) -> Output {
    let done = Command::new("openssl").args(args).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done
}

fn bundle(folder: &Path, extra: &[&str]) {
    let args = ["evidence", "bundle", "repo", "--now", "2026-11-22T00:00:00Z", "-o", "b.tar.zst"];
    let done = overstay(folder, &[&args, extra].concat());
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The members of an archive by name.
type Members = BTreeMap<String, Vec<u8>>;
/// What somebody does to an archive.
type Change = Box<dyn Fn(&mut Members)>;

fn members(bundle: &Path) -> Members {
    let archive = zstd::stream::Decoder::new(fs::File::open(bundle).unwrap()).unwrap();
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().display().to_string(), bytes)
    };
    tar::Archive::new(archive).entries().unwrap().map(read).collect()
}

fn pack(bundle: &Path, members: &Members) {
    let file = fs::File::create(bundle).unwrap();
    let mut archive = tar::Builder::new(zstd::stream::Encoder::new(file, 0).unwrap());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap();
}

fn verdict(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = overstay(folder, &[&["evidence", "verify", "b.tar.zst"], args].concat());
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn a_bundle_is_whole_and_signed_and_openssl_agrees() {
    for algorithm in [
        &["-algorithm", "ed25519"][..],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ] {
        let folder = project(algorithm);
        bundle(folder.path(), &["--key", "key.pem"]);
        let (code, text) = verdict(folder.path(), &["--key", "pub.pem"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.starts_with("whole: 6 members, signed with this key"), "{text}");

        let members = members(&folder.path().join("b.tar.zst"));
        let envelope: Value = serde_json::from_slice(&members["statement.dsse.json"]).unwrap();
        let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        let kind = envelope["payloadType"].as_str().unwrap();
        let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
        message.extend_from_slice(&payload);
        let signature =
            STANDARD.decode(envelope["signatures"][0]["sig"].as_str().unwrap()).unwrap();
        fs::write(folder.path().join("message"), message).unwrap();
        fs::write(folder.path().join("signature"), signature).unwrap();
        let check = ["pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-sigfile", "signature"];
        let ec = ["-digest", "sha256"];
        let how = if algorithm.contains(&"EC") { &ec[..] } else { &[] };
        openssl(folder.path(), &[&check, &["-rawin", "-in", "message"][..], how].concat());
    }
}

#[test]
fn the_statement_names_what_was_read_and_what_was_found() {
    let folder = project(&["-algorithm", "ed25519"]);
    bundle(folder.path(), &[]);
    let members = members(&folder.path().join("b.tar.zst"));
    let statement: Value = serde_json::from_slice(&members["statement.json"]).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    let scan = &statement["predicate"];
    assert_eq!(scan["now"], "2026-11-22T00:00:00Z");
    let lines = |name: &str| members[name].split_inclusive(|byte| *byte == b'\n').count() as u64;
    let records: u64 =
        scan["sources"].as_array().unwrap().iter().map(|s| s["records"].as_u64().unwrap()).sum();
    assert_eq!(records, lines("evidence.jsonl"));
    let findings: u64 =
        scan["findings"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(findings, lines("findings.jsonl"));
    assert!(findings > 0);
}

#[test]
fn the_evidence_of_a_bundle_is_judged_as_the_scan_was() {
    let folder = project(&["-algorithm", "ed25519"]);
    bundle(folder.path(), &[]);
    let members = members(&folder.path().join("b.tar.zst"));
    fs::write(folder.path().join("evidence.jsonl"), &members["evidence.jsonl"]).unwrap();
    let now = ["--now", "2026-11-22T00:00:00Z", "--format", "jsonl"];
    let again = overstay(folder.path(), &[&["analyze", "evidence.jsonl"], &now[..]].concat());
    assert_eq!(String::from_utf8(again.stdout).unwrap().into_bytes(), members["findings.jsonl"]);
}

#[test]
fn the_same_scan_gives_the_same_bytes() {
    let folder = project(&["-algorithm", "ed25519"]);
    let read = || fs::read(folder.path().join("b.tar.zst")).unwrap();
    bundle(folder.path(), &["--key", "key.pem"]);
    let first = read();
    bundle(folder.path(), &["--key", "key.pem"]);
    assert!(first == read());
}

#[test]
fn what_was_changed_added_or_taken_out_cannot_pass() {
    let folder = project(&["-algorithm", "ed25519"]);
    let path = folder.path().join("b.tar.zst");
    bundle(folder.path(), &["--key", "key.pem"]);
    let whole = members(&path);
    let mut cases: Vec<(&str, Change)> = vec![
        (
            "`findings.jsonl` is not what",
            Box::new(|m| m.get_mut("findings.jsonl").unwrap().clear()),
        ),
        ("`coverage.jsonl` is missing", Box::new(|m| drop(m.remove("coverage.jsonl")))),
        ("`note.txt` is not part", Box::new(|m| drop(m.insert("note.txt".into(), vec![1])))),
        ("no statement", Box::new(|m| drop(m.remove("statement.dsse.json")))),
    ];
    let unsigned = |m: &mut Members| {
        let envelope: Value =
            serde_json::from_slice(&m.remove("statement.dsse.json").unwrap()).unwrap();
        let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        m.insert("statement.json".into(), payload);
    };
    cases.push(("not signed with this key", Box::new(unsigned)));
    for (why, change) in cases {
        let mut changed = whole.clone();
        change(&mut changed);
        pack(&path, &changed);
        let (code, text) = verdict(folder.path(), &["--key", "pub.pem"]);
        assert_eq!(code, Some(3), "{why}: {text}");
        assert!(text.contains(why), "{why}: {text}");
    }
    openssl(folder.path(), &["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]);
    bundle(folder.path(), &["--key", "key.pem"]);
    assert!(verdict(folder.path(), &["--key", "pub.pem"]).1.contains("not signed with this key"));
    assert_eq!(verdict(folder.path(), &[]).0, Some(0));
    fs::write(&path, "not an archive").unwrap();
    assert_eq!(verdict(folder.path(), &[]).0, Some(3));
}

#[test]
fn a_key_that_cannot_sign_is_a_wrong_usage_and_is_never_quoted() {
    let folder = project(&["-algorithm", "ed25519"]);
    for key in ["pub.pem", "repo/.github/workflows/deploy.yml", "missing.pem"] {
        let args = ["evidence", "bundle", "repo", "--key", key];
        let done = overstay(folder.path(), &args);
        assert_eq!(done.status.code(), Some(2), "{key}");
        let text = String::from_utf8(done.stderr).unwrap();
        assert!(text.contains(key) && !text.contains("MC"), "{text}");
    }
}

/// The models of NIST, as compliance-trestle has them.
#[test]
fn the_oscal_document_is_valid() {
    let python = env::var_os("OVERSTAY_PYTHON").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"),
        PathBuf::from,
    );
    let folder = project(&["-algorithm", "ed25519"]);
    let args = ["scan", "repo", "--format", "oscal", "--output", "results.json"];
    assert_eq!(overstay(folder.path(), &args).status.code(), Some(3));
    let text = fs::read_to_string(folder.path().join("results.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let result = &document["assessment-results"]["results"][0];
    let count = |what: &str| result[what].as_array().unwrap().len();
    assert!(count("observations") > 0 && count("findings") > 0);
    let read = "import sys\nfrom pathlib import Path\n\
        from trestle.oscal.assessment_results import AssessmentResults\n\
        AssessmentResults.oscal_read(Path(sys.argv[1])).results[0].observations[0]\n";
    let probe = Command::new(&python).args(["-c", "import trestle"]).output();
    if !probe.is_ok_and(|done| done.status.success()) {
        return eprintln!("skipped: compliance-trestle is not installed (./test.sh installs it)");
    }
    let mut validator = Command::new(python);
    let done =
        validator.args(["-c", read, "results.json"]).current_dir(folder.path()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
