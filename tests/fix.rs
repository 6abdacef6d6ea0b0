//! `overstay scan --fix` on real files: what is shown, what is written, what is left.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::Path, process::Command};

const WORKFLOW: &str = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4 # get\n      - run: make\n";

fn overstay(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .args(["scan", "."])
        .args(args)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

#[test]
fn a_diff_shows_and_a_fix_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".github/workflows/ci.yml");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, WORKFLOW).unwrap();

    let (code, stdout, stderr) = overstay(folder.path(), &["--fix", "--diff"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.starts_with("--- a/.github/workflows/ci.yml\n+++ b/.github/workflows/ci.yml\n@@"),
        "{stdout}"
    );
    assert!(stdout.contains("\n+permissions:\n+  contents: read\n"), "{stdout}");
    assert!(stdout.contains("\n+          persist-credentials: false\n"), "{stdout}");
    assert!(
        stderr.contains("left ./.github/workflows/ci.yml:6: 'actions/checkout@v4' was not pinned"),
        "{stderr}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), WORKFLOW);

    let pins = "\"actions/checkout@v4\" = \"11bd71901bbe5b1630ceea73d27597364c9af683\"\n";
    fs::write(folder.path().join("pins.toml"), pins).unwrap();
    let (_, _, stderr) =
        overstay(folder.path(), &["--fix", "--pins", "pins.toml", "--fail-on", "none"]);
    let written = fs::read_to_string(&file).unwrap();
    assert!(
        written.contains("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # get\n"),
        "{written}{stderr}"
    );
    let (_, stdout, _) = overstay(folder.path(), &["--fix", "--diff", "--pins", "pins.toml"]);
    assert_eq!(stdout, "", "nothing is left to change");
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_wrong_map_is_the_users_fault() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pins.toml"), "\"a/b@v1\" = \"main\"\n").unwrap();
    let (code, _, stderr) = overstay(folder.path(), &["--fix", "--pins", "pins.toml"]);
    assert_eq!(code, 2, "{stderr}");
}

#[test]
fn a_folder_without_workflows_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = overstay(folder.path(), &["--fix", "--diff"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("it has no workflow in .github/workflows"), "{stderr}");
}
