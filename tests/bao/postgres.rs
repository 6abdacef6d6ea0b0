//! A PostgreSQL of our own for the database engine: a fresh cluster on a free port, gone with the test.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A cluster that lives as long as the test.
pub(crate) struct Postgres {
    child: Child,
    home: PathBuf,
    pub(crate) port: u16,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown; its children end with it.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// The newest installation: Debian keeps the programs out of PATH.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|dirs| dirs.flatten().map(|dir| dir.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.into_iter().rev().chain(std::env::split_paths(&path)).find(|d| d.join("initdb").is_file())
}

/// The account `nobody`, when we are root: PostgreSQL refuses to run as root.
fn nobody() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    if uid.split_whitespace().nth(1)? != "0" {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    passwd.lines().find_map(|line| line.strip_prefix("nobody:")?.split(':').nth(1)?.parse().ok())
}

fn as_nobody(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(uid) = nobody() {
        command.uid(uid).gid(uid);
    }
    command
}

impl Postgres {
    pub(crate) fn start(name: &str) -> Option<Postgres> {
        let Some(bin) = programs() else {
            eprintln!("SKIPPED {name}: no PostgreSQL (apt install postgresql)");
            return None;
        };
        let home = std::env::temp_dir().join(format!("overstay-pg-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        if let Some(uid) = nobody() {
            chown(&home, Some(uid), Some(uid)).unwrap();
        }
        let data = home.join("data");
        let made = as_nobody(&bin.join("initdb"))
            .current_dir(&home)
            .args(["--auth=trust", "--username=postgres", "--no-sync", "-D"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed in {}", data.display());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = as_nobody(&bin.join("postgres"))
            .current_dir(&home)
            .args(["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-p", &port.to_string()])
            .arg("-k")
            .arg(&home)
            .arg("-D")
            .arg(&data)
            .spawn()
            .unwrap();
        let postgres = Postgres { child, home, port };
        for _ in 0..300 {
            let open = TcpStream::connect(("127.0.0.1", postgres.port)).is_ok();
            if open && postgres.ask("postgres", "SELECT 1").is_some() {
                return Some(postgres);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL did not start");
    }

    /// What one statement answers, as this account; `None` when the database refuses.
    pub(crate) fn ask(&self, user: &str, sql: &str) -> Option<String> {
        let output = Command::new("psql")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", user, "-d", "postgres"])
            .args(["-v", "ON_ERROR_STOP=1", "-Atc", sql])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    }

    /// The connection that Vault is given.
    pub(crate) fn url(&self) -> String {
        let port = self.port;
        format!(
            "postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{port}/postgres?sslmode=disable"
        )
    }
}
