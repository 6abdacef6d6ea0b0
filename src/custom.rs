//! Policies of the user's own: Rego over the evidence. Each package's set `deny` becomes evidence of
//! kind `denied`, which the rule `custom-policy-denied` reports.
//!
//! A policy sees records and `now`: no file, no network, no environment. It is stopped when it takes
//! too long or too much memory.

use crate::{
    config::Policies,
    sources::{Context, coverage},
};
use overstay_detectors::evidence::{Denied, Location, Record, Src};
use overstay_rules::Component;
use regorus::{Engine, LimitError, Value, utils::limits::ExecutionTimerConfig};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, io,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

/// How many steps of a policy pass between two looks at the clock.
const STEPS: NonZeroU32 = NonZeroU32::new(256).unwrap();

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file or folder cannot be read.
    #[error("--policy {}: {why}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A folder without a policy, which would look like one without denials.
    #[error("--policy {}: holds no .rego file", .0.display())]
    Empty(PathBuf),
    /// Not Rego. The detail names file, line and column.
    #[error("--policy: {0}")]
    Parse(String),
    /// A set `deny` that holds something else than texts and entries.
    #[error(
        "--policy: {package}.deny: {why}; an entry is a text, or an object with `msg` and, as you like, `code`, `about`, `identity` and levels"
    )]
    Entry {
        /// The package.
        package: String,
        /// What is wrong.
        why: String,
    },
}

/// What the policies refuse, and a coverage record for each that was stopped.
///
/// # Errors
/// A policy that cannot be read or is not Rego, an entry that is neither text nor object.
pub fn denied(
    paths: &[PathBuf],
    records: &[Record],
    context: &Context,
) -> Result<Vec<Record>, PolicyError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let (mut engine, packages) = load(paths)?;
    let by_id: HashMap<&str, &Record> = records.iter().map(|r| (r.recorded().id(), r)).collect();
    let mut found = Vec::new();
    limit(&mut engine, &context.config.policies);
    let stopped = |package: &str, why: String| {
        let remedy = "simplify the policy, or raise `[policies]` in overstay.toml".to_owned();
        let part = package.strip_prefix("data.").unwrap_or(package);
        coverage(&Src::new("policy"), context.now, part, Some((why, remedy))).into()
    };
    match input(records, context) {
        Ok(input) => engine.set_input(input),
        Err(why) => return Ok(packages.iter().map(|p| stopped(p, why.to_string())).collect()),
    }
    for package in &packages {
        match engine.eval_rule(format!("{package}.deny")) {
            Ok(set) => {
                for entry in entries(package, &set)? {
                    found.push(entry.denied(package, &by_id, context).into());
                }
            }
            Err(why) if why.is::<LimitError>() => found.push(stopped(package, why.to_string())),
            Err(why) => return Err(PolicyError::Parse(format!("{why:#}").trim().to_owned())),
        }
    }
    regorus::set_global_memory_limit(None);
    Ok(found)
}

/// The policies, compiled, and the packages that have a set `deny`.
fn load(paths: &[PathBuf]) -> Result<(Engine, BTreeSet<String>), PolicyError> {
    let mut engine = Engine::new();
    let mut packages = BTreeSet::new();
    for path in paths {
        let read = |why| PolicyError::Read { path: path.clone(), why };
        let files = files(path).map_err(read)?;
        if files.is_empty() {
            return Err(PolicyError::Empty(path.clone()));
        }
        for file in files {
            let text = fs::read_to_string(&file).map_err(read)?;
            if let Some(word) = changing(&text) {
                return Err(word.refused(&file, &text));
            }
            let denies = text.contains("deny");
            let package = engine.add_policy(file.display().to_string(), text);
            let package = package.map_err(|why| PolicyError::Parse(format!("{why:#}")))?;
            if denies {
                packages.insert(package);
            }
        }
    }
    Ok((engine, packages))
}

/// Built-ins whose answer is another one in every run: with them the same evidence would not give the
/// same findings.
const CHANGING: &[&str] = &["opa.runtime", "rand.intn", "time.now_ns", "uuid.rfc4122"];

/// A word of a policy, and where it stands.
struct Word {
    name: &'static str,
    offset: usize,
}

impl Word {
    fn refused(&self, file: &Path, text: &str) -> PolicyError {
        let before = text.get(..self.offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        PolicyError::Parse(format!(
            "{}:{line}:{column}: `{}` answers differently in every run; the clock of the scan is `input.now`",
            file.display(),
            self.name,
        ))
    }
}

/// The first such built-in that a policy names outside of texts and comments.
fn changing(text: &str) -> Option<Word> {
    let mut closing = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match (closing, c) {
            (Some('"'), '\\') => _ = characters.next(),
            (Some(end), c) if c == end => closing = None,
            (Some(_), _) => {}
            (None, '"' | '`') => closing = Some(c),
            (None, '#') => closing = Some('\n'),
            (None, _) => {
                let rest = text.get(at..).unwrap_or_default();
                let before = text.get(..at).unwrap_or_default();
                let begins =
                    !before.ends_with(|b: char| b.is_alphanumeric() || matches!(b, '_' | '.'));
                let found = CHANGING.iter().find(|name| begins && rest.starts_with(**name));
                if let Some(name) = found {
                    return Some(Word { name, offset: at });
                }
            }
        }
    }
    None
}

/// The policies of a folder, sorted, tests left out.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in ignore::WalkBuilder::new(path).sort_by_file_path(Ord::cmp).build() {
        let file = entry.map_err(io::Error::other)?.into_path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rego") && !name.ends_with("_test.rego") && file.is_file() {
            found.push(file);
        }
    }
    Ok(found)
}

fn limit(engine: &mut Engine, limits: &Policies) {
    regorus::set_global_memory_limit(Some(limits.max_memory_mib.saturating_mul(1 << 20)));
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: Duration::from_secs(limits.max_seconds),
        check_interval: STEPS,
    });
}

/// `{"now": …, "records": {"identity": [...], …}}`: every kind is there, if empty.
fn input(records: &[Record], context: &Context) -> anyhow::Result<Value> {
    let mut kinds: BTreeMap<&str, Vec<&Record>> =
        Record::KINDS.iter().map(|kind| (*kind, Vec::new())).collect();
    for record in records {
        kinds.entry(record.kind()).or_default().push(record);
    }
    let text = serde_json::to_string(&serde_json::json!({ "now": context.now, "records": kinds }))?;
    Value::from_json_str(&text)
}

/// One element of a set `deny`.
#[derive(Debug, Default, Deserialize)]
struct Entry {
    msg: String,
    code: Option<String>,
    about: Option<String>,
    identity: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

fn entries(package: &str, set: &Value) -> Result<Vec<Entry>, PolicyError> {
    let wrong = |why: String| PolicyError::Entry { package: package.to_owned(), why };
    let json = set.to_json_str().map_err(|why| wrong(why.to_string()))?;
    let values: serde_json::Value =
        serde_json::from_str(&json).map_err(|why| wrong(why.to_string()))?;
    match values {
        // The rule is undefined: the package has a function or a word of that name.
        serde_json::Value::Null | serde_json::Value::String(_) => Ok(Vec::new()),
        serde_json::Value::Array(values) => values
            .into_iter()
            .map(|value| match value {
                serde_json::Value::String(msg) => Ok(Entry { msg, ..Entry::default() }),
                entry => serde_json::from_value(entry).map_err(|why| wrong(why.to_string())),
            })
            .collect(),
        _ => Err(wrong("it is not a set".to_owned())),
    }
}

impl Entry {
    fn denied(self, package: &str, by_id: &HashMap<&str, &Record>, context: &Context) -> Denied {
        let short = package.strip_prefix("data.").unwrap_or(package);
        let code = self.code.unwrap_or_else(|| short.to_owned());
        let about = self.about.as_deref().and_then(|id| by_id.get(id)).copied();
        let src =
            about.map_or_else(|| Src::new("policy"), |record| record.recorded().src().clone());
        let subject = self.identity.or_else(|| about.and_then(subject));
        let levels = Component::ALL.iter().filter_map(|component| {
            let level = self.others.get(component.as_str())?.as_u64()?;
            Some((component.as_str().to_owned(), u8::try_from(level).unwrap_or(u8::MAX)))
        });
        let of = self.about.as_deref().or(subject.as_deref()).unwrap_or(&self.msg);
        Denied {
            id: format!("denied:{code}:{of}"),
            as_of: context.now,
            src,
            subject: subject.unwrap_or_else(|| short.to_owned()),
            message: self.msg,
            levels: levels.collect(),
            location: about.and_then(place),
            about: self.about,
            code,
            ..Denied::default()
        }
    }
}

/// Whose record it is, by the field that its kind has for it.
fn subject(record: &Record) -> Option<String> {
    let json = serde_json::to_value(record).ok()?;
    let name =
        json.get("subject").or_else(|| json.get("target")).or_else(|| json.pointer("/aliases/0"));
    name?.as_str().map(str::to_owned)
}

/// Where a record is defined, by the field that its kind has for it.
fn place(record: &Record) -> Option<Location> {
    let json = serde_json::to_value(record).ok()?;
    let place = json.get("location").or_else(|| json.pointer("/places/0/location"))?;
    serde_json::from_value(place.clone()).ok()
}
