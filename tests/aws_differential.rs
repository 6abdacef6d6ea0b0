//! Thousands of random requests against random policies, judged by us and by an independent
//! evaluator in a process of its own. Runs where `node` and the package of `npm-packages.txt` are.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "aws_differential/cases.rs"]
mod cases;

use cases::{Case, Random};
use std::{fmt::Write as _, fs, path::Path, process::Command};

const CASES: usize = 12_000;

#[test]
fn no_verdict_differs_from_an_independent_evaluator() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("node_modules/@cloud-copilot/iam-simulate").is_dir() {
        eprintln!("left out: npm package @cloud-copilot/iam-simulate is not installed");
        return;
    }
    let mut random = Random::new(seed());
    let cases: Vec<Case> = (0..CASES).map(|_| Case::random(&mut random)).collect();
    let theirs = judge(root, &cases);
    assert_eq!(theirs.len(), CASES, "the evaluator stopped early");

    let mut report = String::new();
    let (mut different, mut allowed, mut explained) = (0, 0, 0);
    for (case, theirs) in cases.iter().zip(&theirs) {
        let ours = case.verdict();
        allowed += usize::from(ours == "allowed");
        if (ours, theirs.as_str()) == ("allowed", "denied") && case.everybody_meets_session_policy()
        {
            explained += 1;
        } else if ours != theirs {
            different += 1;
            if different <= 5 {
                writeln!(report, "ours {ours}, theirs {theirs}: {}", case.json()).unwrap();
            }
        }
    }
    assert_eq!(different, 0, "{different} of {CASES} differ\n{report}");
    assert!(explained <= CASES / 1000, "{explained} explained");
    // Neither verdict may be so rare that agreement means nothing.
    assert!((CASES / 10..CASES * 9 / 10).contains(&allowed), "{allowed} allowed");
}

/// The same cases every time, unless the environment asks for others.
fn seed() -> u64 {
    std::env::var("OVERSTAY_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_122)
}

fn judge(root: &Path, cases: &[Case]) -> Vec<String> {
    let file = std::env::temp_dir().join(format!("overstay-aws-{}.jsonl", std::process::id()));
    let lines: String = cases.iter().map(|case| format!("{}\n", case.json())).collect();
    fs::write(&file, lines).unwrap();
    let output = Command::new("node")
        .arg(root.join("tests/aws_differential/judge.mjs"))
        .arg(&file)
        .output()
        .expect("node runs");
    fs::remove_file(&file).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
