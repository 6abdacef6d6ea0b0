//! Where evidence comes from. A source reads one system and only reads; it never judges, and it
//! never fails as a whole: what it could not read is a coverage record among the others.

pub mod archive;
#[cfg(feature = "aws")]
pub mod aws;
mod content;
pub mod evidence_file;
pub mod git;
pub mod ledgers;
mod parts;
pub mod stdin;
#[cfg(feature = "vault")]
pub mod vault;
pub mod vault_audit;

use crate::config::Config;
use jiff::Timestamp;
use overstay_detectors::evidence::{Coverage, Record, Src};
use serde::Deserialize;
use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    str::FromStr,
};

/// What a source may use.
#[derive(Clone, Debug)]
pub struct Context {
    /// The moment of the scan.
    pub now: Timestamp,
    /// The project's settings.
    pub config: Config,
    /// The key of credential fingerprints.
    pub fingerprint_key: Vec<u8>,
    /// What of a repository is read.
    pub git: GitScope,
    /// The folder with what is kept between scans.
    pub state: Option<PathBuf>,
}

/// What of a repository is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GitScope {
    /// The files of the working tree.
    #[default]
    WorkingTree,
    /// The working tree and every object of the repository.
    History,
    /// What `base..head` brings: objects, and the files of head.
    Range(String),
    /// What is staged for the next commit.
    Staged,
}

/// A system that can be read.
pub trait Source: Send + Sync {
    /// The word on the command line.
    fn name(&self) -> &'static str;

    /// Where the source's files lie on this machine, and under which name its records go, so that a
    /// report can show a line.
    fn folder(&self) -> Option<(Src, PathBuf)> {
        None
    }

    /// Reads everything; coverage records say what was read and what was not.
    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a>;
}

/// The evidence to come.
pub type Collecting<'a> = Pin<Box<dyn Future<Output = Vec<Record>> + Send + 'a>>;

/// A source as the user names it: `NAME` or `NAME=ARG`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Spec {
    /// The source.
    pub name: String,
    /// Its argument: a path, a URL, a profile.
    pub arg: Option<String>,
}

impl TryFrom<String> for Spec {
    type Error = String;

    fn try_from(text: String) -> Result<Spec, String> {
        text.parse()
    }
}

impl Spec {
    /// Takes an argument that names something in a folder from there.
    pub fn look_in(&mut self, folder: &Path) {
        let found = self.arg.as_deref().map(|arg| folder.join(arg)).filter(|path| path.exists());
        if let Some(path) = found {
            self.arg = Some(path.display().to_string());
        }
    }
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Spec, String> {
        let (name, arg) = match text.split_once('=') {
            Some((name, arg)) => (name, Some(arg.to_owned())),
            None => (text, None),
        };
        if SOURCES.iter().any(|entry| entry.name == name) {
            Ok(Spec { name: name.to_owned(), arg })
        } else {
            let names: Vec<&str> = SOURCES.iter().map(|entry| entry.name).collect();
            Err(format!("no source `{name}`; there are: {}", names.join(", ")))
        }
    }
}

/// How a source is made from its argument.
type Open = fn(Option<&str>) -> Result<Box<dyn Source>, String>;

/// One line of the list.
pub struct Entry {
    /// The word on the command line.
    pub name: &'static str,
    /// What it reads and what its argument is, for `--help`.
    pub about: &'static str,
    /// Makes it.
    pub open: Open,
}

/// Every source, one line each, sorted.
pub const SOURCES: &[Entry] = &[
    #[cfg(feature = "aws")]
    Entry {
        name: "aws",
        about: "aws[=profile:NAME,role:ARN,external-id:ID,region:NAME]: a live AWS account, through the SDK's credential chain; aws=PATH: what an earlier run saved (docs/aws.md)",
        open: aws::open,
    },
    #[cfg(feature = "aws")]
    Entry {
        name: "aws:org",
        about: "aws:org[=role:NAME,…]: every account of the organisation, through the role of this name in each [overstay-read]",
        open: aws::open_organisation,
    },
    Entry {
        name: "evidence",
        about: "evidence=FILE: evidence that `overstay collect` wrote (JSON Lines, also .zst)",
        open: evidence_file::open,
    },
    Entry {
        name: "git",
        about: "git[=PATH]: a repository or plain folder; the present folder without a path",
        open: git::open,
    },
    Entry {
        name: "ledger",
        about: "ledger=PATH: exports of IGA, PAM, directories and audit logs (docs/ledgers.md)",
        open: ledgers::open,
    },
    Entry {
        name: "stdin",
        about: "stdin: a text on standard input; `-` as PATH means the same",
        open: stdin::open,
    },
    #[cfg(feature = "vault")]
    Entry {
        name: "vault",
        about: "vault[=ADDRESS]: a live Vault or OpenBao server (VAULT_ADDR, VAULT_TOKEN, …); vault=FOLDER: a saved dump",
        open: vault::open,
    },
    Entry {
        name: "vault-audit",
        about: "vault-audit=PATH: audit log of Vault or OpenBao, a file or a folder of rotated ones (also .gz, .zst)",
        open: vault_audit::open,
    },
];

/// Makes the source that a spec names.
pub fn open(spec: &Spec) -> Result<Box<dyn Source>, String> {
    let entry = SOURCES.iter().find(|entry| entry.name == spec.name);
    let entry = entry.ok_or_else(|| format!("no source `{}`", spec.name))?;
    (entry.open)(spec.arg.as_deref()).map_err(|why| format!("--source {}: {why}", spec.name))
}

/// The path in an argument that must be one.
pub fn required_path(arg: Option<&str>) -> Result<PathBuf, String> {
    arg.map(PathBuf::from).ok_or_else(|| "needs a path: NAME=PATH".to_owned())
}

/// A coverage record for a whole source or a part of it: `why` is `None` when all was read.
pub fn coverage(src: &Src, now: Timestamp, part: &str, why: Option<(String, String)>) -> Coverage {
    let complete = why.is_none();
    let (why, remedy) = why.unzip();
    Coverage {
        id: format!("coverage:{}:{}:{part}", src.system, src.tenant.as_deref().unwrap_or_default()),
        src: src.at(part),
        as_of: now,
        system: src.system.clone(),
        from: now,
        to: now,
        complete,
        part: Some(part.to_owned()),
        why,
        remedy,
        ..Coverage::default()
    }
}

/// The list of sources, for `--help`.
pub fn help() -> String {
    let lines = SOURCES.iter().map(|entry| format!("  {}", entry.about));
    std::iter::once("Sources:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}
