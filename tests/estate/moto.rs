//! A seeded AWS account in moto.

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
    /// The access key of the user `pay-deploy`: its id and its secret.
    pub(crate) key: (String, String),
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
    pub(crate) fn start(name: &str) -> Option<Moto> {
        let Some(python) = python() else {
            eprintln!(
                "SKIPPED {name}: no Python with moto (pip install -r tests/requirements.txt)"
            );
            return None;
        };
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estate/moto_seed.py");
        let mut child = Command::new(python)
            .arg(seed)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let seeded: Value = lines.find_map(|l| serde_json::from_str(&l.unwrap()).ok()).unwrap();
        // moto says more later, and stops answering when nobody listens.
        thread::spawn(move || lines.for_each(drop));
        let text = |name: &str| seeded[name].as_str().unwrap().to_owned();
        let key = (text("key_id"), text("secret"));
        Some(Moto { port: seeded["port"].as_u64().unwrap(), key, child })
    }
}
