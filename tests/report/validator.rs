//! The native validator of Microsoft's SARIF multitool. Its exit code says nothing, so the file it
//! writes is read; its npm wrapper cuts `Sarif;Ghas` at the semicolon, so the binary is called.

use serde_json::Value;
use std::{env, fs, path::Path, process::Command};

const BINARY: &str = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";

/// Errors and warnings of the rule kinds Sarif and Ghas, one a line. `None` when the validator is
/// not installed (`./test.sh` installs it).
pub(crate) fn faults(log: &str) -> Option<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = env::var_os("OVERSTAY_SARIF_MULTITOOL").map_or(root.join(BINARY), Into::into);
    if !binary.is_file() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.sarif"), folder.path().join("out.sarif"));
    fs::write(&input, log).unwrap();
    let run = Command::new(binary)
        .args(["validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"])
        .arg("--config")
        .arg(root.join("tests/data/sarif-github-rules.xml"))
        .arg("-o")
        .args([&output, &input])
        .output()
        .unwrap();
    let text = fs::read_to_string(&output)
        .unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&run.stdout)));
    let report: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
    let results = report["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    let bad = |result: &&Value| {
        matches!(result["level"].as_str().unwrap_or("warning"), "error" | "warning")
    };
    Some(results.iter().filter(bad).map(|r| format!("{} {}", r["ruleId"], r["message"])).collect())
}
