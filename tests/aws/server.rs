//! A server that speaks as much of AWS's protocols as the source asks for, and misbehaves by plan.

pub(crate) mod answers;

use answers::good;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
};

pub(crate) const ACCOUNT: &str = "111122223333";
/// What must never be seen outside of a signature.
pub(crate) const SECRET: &str = "planted-scanner-secret";
/// The token of a session.
pub(crate) const TOKEN: &str = "planted-session-token";

/// One request, understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    /// `ListUsers`, or method and path where the protocol has no operation names.
    pub(crate) operation: String,
    /// The form or the JSON body, flat.
    pub(crate) fields: BTreeMap<String, String>,
    /// Request line and headers.
    pub(crate) head: String,
    /// Whose session signed it: the access key id.
    pub(crate) signer: String,
}

impl Request {
    /// A field, or the empty text.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// What the server says.
#[derive(Clone, Debug)]
pub(crate) struct Say(pub(crate) u16, pub(crate) String);

type Plan = Arc<dyn Fn(&Request, usize) -> Option<Say> + Send + Sync>;

/// A server that follows a plan: the request, and how often that operation was asked before. What
/// the plan does not name is answered by [`good`].
pub(crate) struct Server {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(
        plan: impl Fn(&Request, usize) -> Option<Say> + Send + Sync + 'static,
    ) -> Server {
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

    /// What was asked, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// How often an operation was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// Runs the binary against the server; what it says never holds the scanner's credentials.
    pub(crate) fn run(&self, home: &Path, arguments: &[&str]) -> Output {
        self.run_with(home, &[], arguments)
    }

    /// The same with further environment variables.
    pub(crate) fn run_with(
        &self,
        home: &Path,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_overstay"))
            .env_clear()
            .env("CI", "1")
            .env("HOME", home)
            .env("OVERSTAY_LOG", "trace")
            .env("RUST_LOG", "trace")
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_ACCESS_KEY_ID", key_id("ROOT"))
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "2")
            .envs(variables.iter().copied())
            .current_dir(home)
            .args(arguments)
            .output()
            .unwrap();
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            for planted in [SECRET, TOKEN, "Signature=", "planted-member"] {
                assert!(!text.contains(planted), "{planted} is in the output");
            }
        }
        output
    }

    /// The evidence of the account, one JSON value a line.
    pub(crate) fn evidence(&self) -> Vec<Value> {
        let home = tempfile::tempdir().unwrap();
        let output = self.run(home.path(), &["collect", "--source", "aws", "--now", NOW]);
        lines(&output.stdout)
    }
}

/// The moment of every test.
pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";

/// An access key id that no scanner takes for a real one before it is put together.
pub(crate) fn key_id(name: &str) -> String {
    format!("{}{}{:0>12}", "AK", "IAEX", name)
}

pub(crate) fn lines(text: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(text);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The coverage record of a part that was not read.
pub(crate) fn gap<'a>(evidence: &'a [Value], operation: &str) -> Option<&'a Value> {
    evidence.iter().find(|r| {
        r["kind"] == "coverage"
            && r["complete"].as_bool() == Some(false)
            && r["part"].as_str().is_some_and(|part| part.contains(operation))
    })
}

/// The records of a kind.
pub(crate) fn of<'a>(evidence: &'a [Value], kind: &str) -> Vec<&'a Value> {
    evidence.iter().filter(|r| r["kind"] == kind || r["type"] == kind).collect()
}

fn serve(
    stream: TcpStream,
    plan: &Plan,
    log: &Mutex<Vec<Request>>,
    counts: &Mutex<HashMap<String, usize>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        log.lock().unwrap().push(request.clone());
        let before = {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(request.operation.clone()).or_insert(0);
            *count += 1;
            *count - 1
        };
        let Say(status, body) = plan(&request, before).unwrap_or_else(|| good(&request));
        let length = body.len();
        let written =
            write!(writer, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}");
        if written.is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let (mut head, mut length, mut target) = (line.clone(), 0, None);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        head.push_str(&header);
        match header.to_ascii_lowercase().split_once(':') {
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
            Some(("x-amz-target", _)) => {
                let value = header.split_once(':').unwrap().1.trim();
                target = value.rsplit('.').next().map(str::to_owned);
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let fields = fields(&body);
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let named = target.or_else(|| fields.get("Action").cloned());
    let operation = named.unwrap_or_else(|| format!("{method} {path}"));
    let signer = head.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
    let signer = signer.unwrap_or_default().to_owned();
    Some(Request { operation, fields, head, signer })
}

fn fields(body: &[u8]) -> BTreeMap<String, String> {
    if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        return object.into_iter().map(|(key, value)| (key, text(value))).collect();
    }
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex: Vec<u8> = rest.by_ref().take(2).collect();
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
        } else {
            bytes.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
