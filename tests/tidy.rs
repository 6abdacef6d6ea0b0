//! What a reviewer would otherwise have to watch: the shape of the house.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files beyond this are a table or two things in one.
const MAX_LINES: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn no_file_grows_beyond_reading() {
    let long: Vec<String> = ["src", "detectors", "rules"]
        .into_iter()
        .flat_map(rust_files)
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            // The records are one table of types.
            let table = path.ends_with("evidence/record.rs");
            (lines > MAX_LINES && !table).then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_core_does_not_know_the_world() {
    let forbidden = [
        "tokio::",
        "reqwest::",
        "TcpStream",
        "UdpSocket",
        "std::process",
        "std::fs::",
        "aws_sdk",
        "octocrab",
    ];
    let mut wrong = Vec::new();
    for path in rust_files("detectors") {
        if path.components().any(|c| c.as_os_str() == "benches" || c.as_os_str() == "tests") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in forbidden {
            if code.contains(word) {
                wrong.push(format!("{} uses {word}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_do_not_import_each_other() {
    let planes =
        ["agents", "aws", "ci", "entra", "exposure", "federation", "github", "governance", "vault"];
    let mut wrong = Vec::new();
    for plane in planes {
        let folder = format!("detectors/{plane}");
        if !root().join(&folder).is_dir() {
            continue;
        }
        for path in rust_files(&folder) {
            let text = fs::read_to_string(&path).unwrap();
            for other in planes {
                if text.contains(&format!("crate::{other}::"))
                    || text.contains("super::") && !text.contains("#[cfg(test)]")
                {
                    wrong.push(format!("{} reaches into plane {other}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_sarif_module_names_serde_sarif() {
    let wrong: Vec<PathBuf> = rust_files("src")
        .into_iter()
        .filter(|path| !path.components().any(|c| c.as_os_str() == "sarif"))
        .filter(|path| fs::read_to_string(path).unwrap().contains("serde_sarif"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_source_does_not_import_another() {
    let sources = root().join("src/sources");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(&sources).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let own = folder.file_name().unwrap().to_string_lossy().into_owned();
        for path in rust_files(&format!("src/sources/{own}")) {
            let text = fs::read_to_string(&path).unwrap();
            for other in ["git", "aws", "vault", "ledgers", "entra", "github"] {
                if other != own && text.contains(&format!("sources::{other}::")) {
                    wrong.push(format!("{} imports the source {other}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_names_a_machine() {
    let wrong: Vec<PathBuf> = ["src", "detectors", "rules", "tests"]
        .into_iter()
        .flat_map(rust_files)
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            [["/wo", "rk/"].concat(), ["/ro", "ot/."].concat()]
                .iter()
                .any(|word| text.contains(word))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
