//! The live source against servers that misbehave: each fault is told, what else the server said is
//! kept, and the scanner's token goes nowhere.
#![cfg(feature = "vault")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

const TOKEN: &str = "planted-scanner-token";
const POLICY: &str =
    r#"{"data":{"policy":"path \"*\" { capabilities = [\"sudo\", \"update\"] }"}}"#;

/// What the server says to one request.
#[derive(Clone)]
enum Say {
    /// Status, further header lines, body.
    Answer(u16, String, String),
    /// The first half of an answer, then the end of the connection.
    Half(String),
    /// Nothing within the time limit.
    Silence,
}

type Plan = Arc<dyn Fn(&str, &str, usize) -> Option<Say> + Send + Sync>;

/// A server that follows a plan: `METHOD`, path and how often that was asked before. What the plan
/// does not name is a good server's answer.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(plan: impl Fn(&str, &str, usize) -> Option<Say> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (plan, log): (Plan, _) = (Arc::new(plan), Arc::clone(&asked));
        let counts = Arc::new(Mutex::new(HashMap::new()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (plan, log, counts) =
                    (Arc::clone(&plan), Arc::clone(&log), Arc::clone(&counts));
                thread::spawn(move || serve(stream, &plan, &log, &counts));
            }
        });
        Server { address, asked }
    }

    fn requests(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn collect(&self, arguments: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
            .env_clear()
            .env("CI", "1")
            .env("RUST_LOG", "trace")
            .env("VAULT_ADDR", format!("http://{}", self.address))
            .env("VAULT_TOKEN", TOKEN)
            .env("VAULT_CLIENT_TIMEOUT", "1")
            .args(["collect", "--source", "vault"])
            .args(arguments)
            .output()
            .unwrap();
        for text in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(text).contains(TOKEN), "the token is in the output");
        }
        output
    }

    /// The evidence, one JSON value a line.
    fn evidence(&self) -> Vec<serde_json::Value> {
        let output = self.collect(&[]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn serve(
    stream: TcpStream,
    plan: &Plan,
    log: &Mutex<Vec<String>>,
    counts: &Mutex<HashMap<String, usize>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut line = String::new();
    if reader.read_line(&mut line).is_err() {
        return;
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().trim_start_matches("/v1/").to_owned();
    let (mut head, mut length) = (line.clone(), 0);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        head.push_str(&header);
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    log.lock().unwrap().push(head);
    let before = {
        let mut counts = counts.lock().unwrap();
        let count = counts.entry(format!("{method} {path}")).or_insert(0);
        *count += 1;
        *count - 1
    };
    let say = plan(&method, &path, before).unwrap_or_else(|| good(&method, &path));
    let _ = match say {
        Say::Answer(status, headers, body) => write!(
            writer,
            "HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        Say::Half(body) => {
            write!(writer, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len() * 2)
        }
        Say::Silence => {
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
    };
}

/// A small server in order: one policy, nothing else.
fn good(method: &str, path: &str) -> Say {
    let body = match (method, path) {
        ("GET", "sys/health") => r#"{"initialized":true,"sealed":false,"version":"2.7.2"}"#,
        ("GET", "sys/auth") => r#"{"data":{"token/":{"type":"token","config":{}}}}"#,
        ("GET", "sys/mounts") => r#"{"data":{}}"#,
        ("LIST", "sys/policies/acl") => r#"{"data":{"keys":["everything"]}}"#,
        ("GET", "sys/policies/acl/everything") => POLICY,
        ("GET", _) => r#"{"data":{}}"#,
        _ => return Say::Answer(404, String::new(), r#"{"errors":[]}"#.into()),
    };
    Say::Answer(200, String::new(), body.into())
}

fn answer(status: u16, body: &str) -> Option<Say> {
    Some(Say::Answer(status, String::new(), body.to_owned()))
}

/// The coverage record of a part that was not read.
fn gap<'a>(evidence: &'a [serde_json::Value], part: &str) -> Option<&'a str> {
    let found = evidence.iter().find(|r| {
        r["kind"] == "coverage" && r["part"] == part && r["complete"].as_bool() == Some(false)
    });
    found.and_then(|record| record["why"].as_str())
}

fn has_policy(evidence: &[serde_json::Value]) -> bool {
    evidence.iter().any(|r| r["kind"] == "policy" && r["subject"] == "vault-policy:everything")
}

#[test]
fn an_empty_list_is_no_gap() {
    let server = Server::start(|_, _, _| None);
    let output = server.collect(&["--strict"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("vault-policy:everything"));
    let all = server.requests().concat();
    for secret in ["/data/", "/creds/", "/issue/", "lookup-self", "role-id"] {
        assert!(!all.contains(secret), "{secret} was asked for");
    }
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let server = Server::start(|_, path, before| {
        let busy = path == "sys/policies/acl/everything" && before == 0;
        busy.then(|| Say::Answer(429, "Retry-After: 1\r\n".into(), "{}".into()))
    });
    let evidence = server.evidence();
    assert!(has_policy(&evidence), "{evidence:#?}");
    let asked = server.requests();
    let count = asked.iter().filter(|r| r.contains("/sys/policies/acl/everything ")).count();
    assert_eq!(count, 2);
}

#[test]
fn what_stays_broken_is_told_and_the_rest_is_kept() {
    for (status, body, why) in [
        (500, r#"{"errors":["internal error"]}"#, "status 500"),
        (403, r#"{"errors":["permission denied"]}"#, "403: the token may not GET sys/mounts"),
        (200, "<html><body>Please log in</body></html>", "the answer is not JSON (status 200)"),
        (200, r#"{"data":{"secret/":{"type":"kv""#, "the answer is not JSON (status 200)"),
    ] {
        let server = Server::start(move |_, path, _| {
            (path == "sys/mounts").then(|| answer(status, body)).flatten()
        });
        let evidence = server.evidence();
        let told =
            gap(&evidence, "sys/mounts").unwrap_or_else(|| panic!("{status}: {evidence:#?}"));
        assert!(told.starts_with(why), "{told}");
        assert!(has_policy(&evidence), "{status}: {evidence:#?}");
    }
}

#[test]
fn an_answer_that_breaks_off_or_never_comes_is_told() {
    for (say, why) in
        [(Say::Half(r#"{"data":{"#.into()), ""), (Say::Silence, "no answer within the time limit")]
    {
        let server = Server::start(move |_, path, _| (path == "sys/mounts").then(|| say.clone()));
        let evidence = server.evidence();
        let told = gap(&evidence, "sys/mounts").unwrap_or_else(|| panic!("{evidence:#?}"));
        assert!(told.starts_with(why) && !told.is_empty(), "{told}");
        assert!(has_policy(&evidence), "{evidence:#?}");
    }
}

#[test]
fn a_token_does_not_follow_a_redirect_to_another_host() {
    let elsewhere = Server::start(|_, _, _| None);
    let target = elsewhere.address.clone();
    let server = Server::start(move |_, path, _| {
        let location = format!("Location: http://{target}/v1/{path}\r\n");
        (path == "sys/mounts").then(|| Say::Answer(307, location, String::new()))
    });
    let evidence = server.evidence();
    let told = gap(&evidence, "sys/mounts").unwrap_or_else(|| panic!("{evidence:#?}"));
    assert!(told.starts_with("it redirects to 127.0.0.1"), "{told}");
    assert!(elsewhere.requests().is_empty(), "the other host was asked");
    assert!(has_policy(&evidence));
}

#[test]
fn a_redirect_on_the_same_server_is_followed() {
    let server = Server::start(|_, path, _| match path {
        "sys/mounts" => {
            let location = "Location: /v1/sys/mounts-moved\r\n".to_owned();
            Some(Say::Answer(307, location, String::new()))
        }
        "sys/mounts-moved" => answer(200, r#"{"data":{"old/":{"type":"kv","config":{}}}}"#),
        _ => None,
    });
    let evidence = server.evidence();
    assert!(gap(&evidence, "sys/mounts").is_none(), "{evidence:#?}");
    assert!(evidence.iter().any(|r| r["subject"] == "vault:old/"), "{evidence:#?}");
}

#[test]
fn a_proxy_that_does_not_know_list_is_asked_with_get() {
    let server = Server::start(|method, path, _| match (method, path) {
        ("LIST", _) => answer(405, "<html>Method Not Allowed</html>"),
        ("GET", "sys/policies/acl?list=true") => answer(200, r#"{"data":{"keys":["everything"]}}"#),
        (_, path) if path.ends_with("?list=true") => answer(404, r#"{"errors":[]}"#),
        _ => None,
    });
    let output = server.collect(&["--strict"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("vault-policy:everything"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
}

#[test]
fn a_server_that_is_not_there_is_one_failed_source() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let server = Server { address, asked: Arc::default() };
    let output = server.collect(&["--strict"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("refused"));
}

#[test]
fn a_password_in_the_address_is_not_shown() {
    let server = Server::start(|_, _, _| None);
    let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
        .env_clear()
        .env("CI", "1")
        .env("RUST_LOG", "overstay=info")
        .env("VAULT_ADDR", format!("http://proxy:planted-password@{}", server.address))
        .env("VAULT_TOKEN", TOKEN)
        .args(["collect", "--source", "vault"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("vault-policy:everything"), "{said}");
    assert!(!said.contains("planted-password"), "{said}");
}
