//! A saved dump: the answers of a server as files, with a `_manifest.json` that says which request
//! each file answers. Where no scanner may reach the server, its operators make the dump and Overstay
//! reads it: the same answers, the same evidence.
//!
//! Only what the live source would ask for is read, so a dump that holds more (a login, a role id)
//! gives nothing of it away.

use super::{
    crawl::mounts_of,
    requests::{self, NAMESPACE, SERVER, Template, Verb, allows},
};
use crate::sources::{Collecting, Context, Source, coverage};
use jiff::Timestamp;
use overstay_detectors::{
    evidence::{Record, Src},
    readers::{
        secrets::FingerprintKey,
        vault_api::{Answer, Answers, Refused},
    },
};
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The file that says what the others are.
const MANIFEST: &str = "_manifest.json";
/// The largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 256 << 20;

/// A folder with a dump.
pub(super) struct Dump {
    pub(super) folder: PathBuf,
}

/// What the manifest holds: a list of requests, or the list with what is known of the server.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Requests(Vec<Request>),
    Server { address: Option<String>, taken_at: Option<Timestamp>, requests: Vec<Request> },
}

/// One request that was made, and the file with its answer.
#[derive(Deserialize)]
struct Request {
    file: Option<String>,
    method: String,
    path: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    body: Value,
}

#[derive(Debug, thiserror::Error)]
enum DumpError {
    #[error("cannot read {MANIFEST}: {0}")]
    Missing(io::Error),
    #[error("{MANIFEST}, line {line}: not a list of requests")]
    Malformed { line: usize },
}

impl Source for Dump {
    fn name(&self) -> &'static str {
        "vault"
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        Box::pin(async move {
            let name = self.folder.display().to_string();
            let key = FingerprintKey::new(&context.fingerprint_key);
            match read(&self.folder, context.now, &key) {
                Ok(records) => records,
                Err(why) => {
                    let remedy = "give a folder whose _manifest.json lists {file, method, path} of \
                                  every request";
                    let why = Some((why.to_string(), remedy.to_owned()));
                    vec![coverage(&Src::of("vault", &name), context.now, &name, why).into()]
                }
            }
        })
    }
}

fn read(folder: &Path, now: Timestamp, key: &FingerprintKey) -> Result<Vec<Record>, DumpError> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).map_err(DumpError::Missing)?;
    // The parser's own words can quote a value.
    let manifest = serde_json::from_slice(&text)
        .map_err(|error| DumpError::Malformed { line: error.line() })?;
    let (address, taken_at, requests) = match manifest {
        Manifest::Requests(requests) => (None, None, requests),
        Manifest::Server { address, taken_at, requests } => (address, taken_at, requests),
    };
    let mut dump = Reading { folder, answers: Answers::default(), unused: Vec::new() };
    // Mounts first: they say what the other paths are.
    let (mounts, rest): (Vec<Request>, Vec<Request>) =
        requests.into_iter().partition(|r| matches!(r.path(), "sys/auth" | "sys/mounts"));
    let mut seen = BTreeMap::new();
    for request in mounts.into_iter().chain(rest) {
        dump.request(&request, &mut seen);
    }
    let health = dump.answers.answers.iter().find(|answer| answer.path == "sys/health");
    let health = health.map(|answer| answer.body.clone()).unwrap_or_default();
    dump.answers.address = address
        .or_else(|| health.get("cluster_name").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_else(|| folder.display().to_string());
    let written = || fs::metadata(&path).ok()?.modified().ok()?.try_into().ok();
    let as_of = taken_at
        .or_else(|| Timestamp::from_second(health.get("server_time_utc")?.as_i64()?).ok())
        .or_else(written)
        .unwrap_or(now);
    dump.answers.hide_role_ids(key);
    let mut records = dump.answers.records(as_of);
    if !dump.unused.is_empty() {
        let src = Src::of("vault", &dump.answers.address);
        let why = format!("answers that a scan does not ask for: {}", dump.unused.join(", "));
        let why = Some((why, "nothing to do".to_owned()));
        let mut record = coverage(&src, as_of, "unused answers", why);
        record.by_design = true;
        records.push(record.into());
    }
    Ok(records)
}

impl Request {
    /// The path without `/v1/` and without the query that makes a list of a read.
    fn path(&self) -> &str {
        let path = self.path.strip_prefix("/v1/").unwrap_or(&self.path);
        path.strip_suffix("?list=true").unwrap_or(path)
    }

    fn verb(&self) -> Verb {
        match self.method.as_str() {
            "LIST" => Verb::List,
            "GET" if self.path.contains("list=true") => Verb::List,
            "GET" => Verb::Read,
            _ => Verb::Lookup,
        }
    }

    /// `team-a/`, empty for the root.
    fn namespace(&self) -> String {
        match self.namespace.trim_matches('/') {
            "" | "root" => String::new(),
            name => format!("{name}/"),
        }
    }
}

struct Reading<'a> {
    folder: &'a Path,
    answers: Answers,
    unused: Vec<String>,
}

impl Reading<'_> {
    fn request(&mut self, request: &Request, seen: &mut BTreeMap<String, String>) {
        // A request that was only tried has no file.
        let Some(file) = &request.file else { return };
        let (namespace, verb) = (request.namespace(), request.verb());
        let Some(path) = self.asked(&namespace, verb, request.path()) else {
            self.unused.push(file.clone());
            return;
        };
        let refuse = |why: String, remedy: &str| Refused {
            namespace: namespace.clone(),
            path: path.clone(),
            why: format!("{file}: {why}"),
            remedy: remedy.to_owned(),
        };
        let key = format!("{verb:?} {namespace}{path} {}", request.body);
        if let Some(other) = seen.insert(key, file.clone()) {
            let why = format!("it answers the same request as {other}");
            let remedy = "name the `namespace` of each request in the manifest";
            return self.answers.refused.push(refuse(why, remedy));
        }
        let body = match self.body(file) {
            Ok(body) => body,
            Err(why) => {
                return self.answers.refused.push(refuse(why, "make the dump again"));
            }
        };
        match body.get("errors").and_then(Value::as_array) {
            // How the server says that a list is empty.
            Some(errors) if errors.is_empty() => {
                self.answer(namespace, path, verb, request, Value::Null)
            }
            Some(_) => {
                let why = "the server refused the request".to_owned();
                let remedy =
                    "make the dump with the policy that `overstay permissions vault` prints";
                self.answers.refused.push(refuse(why, remedy));
            }
            None => self.answer(namespace, path, verb, request, body),
        }
    }

    fn answer(
        &mut self,
        namespace: String,
        path: String,
        verb: Verb,
        request: &Request,
        body: Value,
    ) {
        self.answers.answers.push(Answer {
            namespace,
            path,
            list: verb == Verb::List,
            asked: request.body.clone(),
            body,
        });
    }

    fn body(&self, file: &str) -> Result<Value, String> {
        let inside =
            Path::new(file).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !inside {
            return Err("it lies outside of the dump".to_owned());
        }
        let path = self.folder.join(file);
        let size = fs::metadata(&path).map_err(|why| why.kind().to_string())?.len();
        if size > MAX_ANSWER {
            return Err(format!("it is larger than {MAX_ANSWER} bytes"));
        }
        let bytes = fs::read(&path).map_err(|why| why.kind().to_string())?;
        serde_json::from_slice(&bytes)
            .map_err(|error| format!("line {}, column {}: not JSON", error.line(), error.column()))
    }

    /// The path of a request that the live source makes too, as it would make it.
    fn asked(&self, namespace: &str, verb: Verb, path: &str) -> Option<String> {
        let fits = |templates: &[Template], path: &str| {
            let folder = format!("{}/", path.trim_end_matches('/'));
            templates.iter().filter(|t| t.verb == verb).find_map(|template| {
                let tree = verb == Verb::List && template.path.ends_with("{*}");
                let asked = if tree { &folder } else { path };
                allows(template, asked).then(|| asked.to_owned())
            })
        };
        if let Some(fixed) = fits(NAMESPACE, path).or_else(|| fits(SERVER, path)) {
            return Some(fixed);
        }
        let mounts = |path: &str| {
            let mut all = self.answers.answers.iter();
            all.find(|a| a.namespace == namespace && a.path == path).map(|a| &a.body)
        };
        let below = |mount: String, templates: &[Template]| {
            let rest = path
                .strip_prefix(&mount)
                .or_else(|| (format!("{path}/") == mount && verb == Verb::List).then_some(""))?;
            let rest = if rest.is_empty() { "/" } else { rest };
            let asked = fits(templates, rest)?;
            Some(format!("{mount}{}", asked.trim_start_matches('/')))
        };
        let auths = mounts_of(mounts("sys/auth")).into_iter();
        let engines = mounts_of(mounts("sys/mounts")).into_iter();
        auths
            .filter_map(|(mount, kind, _)| below(format!("auth/{mount}"), requests::auth(&kind)))
            .next()
            .or_else(|| {
                engines
                    .filter_map(|(mount, kind, version)| {
                        let kv2 = kind == "kv" && version == "2";
                        below(mount, requests::secrets(if kv2 { "kv2" } else { &kind }))
                    })
                    .next()
            })
    }
}
