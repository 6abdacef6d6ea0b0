//! AWS as moto plays it, seeded by a script, for the tests that need one.

use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

/// The seeded server; it ends with the test.
pub(crate) struct Moto {
    child: Child,
    pub(crate) port: u64,
    seeded: Value,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python3");
    [venv, PathBuf::from("python3")].into_iter().find(|python| {
        let import = Command::new(python).args(["-c", "import moto.server, boto3"]).output();
        import.is_ok_and(|output| output.status.success())
    })
}

impl Moto {
    /// Runs a script below `tests/` that starts moto, fills it, and prints a line of JSON with its
    /// port. `None`, and a word about it, without a Python that has moto.
    pub(crate) fn start(name: &str, seed: &str, arguments: &[&str]) -> Option<Moto> {
        let Some(python) = python() else {
            eprintln!(
                "SKIPPED {name}: no Python with moto (pip install -r tests/requirements.txt)"
            );
            return None;
        };
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(seed);
        let mut child = Command::new(python)
            .arg(seed)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let seeded: Value = lines.find_map(|l| serde_json::from_str(&l.unwrap()).ok()).unwrap();
        // moto says more later, and stops answering when nobody listens.
        thread::spawn(move || lines.for_each(drop));
        Some(Moto { child, port: seeded["port"].as_u64().unwrap(), seeded })
    }

    /// A fact that the script printed.
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.seeded[name].as_str().unwrap()
    }
}
