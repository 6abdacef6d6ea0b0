//! The arguments that several subcommands share.

use super::{UsageError, origin::Origin};
use crate::{
    config::{self, Config},
    fingerprint_key,
    report::{Format, sarif::Profile},
    sources::{self, Context, GitScope, Source, Spec},
};
use clap::ValueEnum as _;
use jiff::Timestamp;
use overstay_rules::{Band, Persona};
use std::path::{Path, PathBuf};

/// What to read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What to read")]
pub(super) struct ReadArgs {
    /// Git checkouts, folders, files, or `-` for standard input; the current folder when neither PATH
    /// nor --source is given
    pub(super) paths: Vec<PathBuf>,
    /// A system to read, one of the sources below; repeatable. Without PATH and --source those that
    /// `sources` names in the file of --config
    #[arg(long = "source", value_name = "NAME[=ARG]")]
    pub(super) sources: Vec<Spec>,
    /// Read every object of the repository, not only the working tree
    #[arg(long, conflicts_with_all = ["range", "staged"])]
    pub(super) history: bool,
    /// Read what the commits of HEAD bring that BASE does not have, as in a pull request
    #[arg(long, value_name = "BASE..HEAD", conflicts_with = "staged")]
    pub(super) range: Option<String>,
    /// Read what is staged for the next commit
    #[arg(long)]
    pub(super) staged: bool,
    /// A folder that makes the next run quicker: --history keeps in it which objects hold nothing, and
    /// reads only new ones; a live AWS account keeps its answers, so that a run that was interrupted
    /// goes on. Keep it where a change under review cannot write
    #[arg(long, value_name = "DIR", env = "OVERSTAY_STATE")]
    pub(super) state: Option<PathBuf>,
}

/// What holds for everything that is read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct SettingsArgs {
    /// The settings [default: overstay.toml in the first PATH, if there is one]; `overstay init` writes
    /// one with every default
    #[arg(long, value_name = "FILE", env = "OVERSTAY_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// The moment that "now" means, RFC 3339 [default: the clock]
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<Timestamp>,
    /// A file with a secret of yours, for fingerprints of credentials that are the same on every
    /// machine and tell nobody the value [default: what OVERSTAY_FINGERPRINT_KEY holds; else a key
    /// that is made once for this user; in CI, one from the name of the repository]
    #[arg(long, value_name = "FILE")]
    pub(super) fingerprint_key: Option<PathBuf>,
}

/// How to judge.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How to judge")]
pub(super) struct JudgeArgs {
    /// `regular`: the rules that are worth acting on; `auditor`: every rule [default: regular]
    #[arg(long, value_parser = persona)]
    pub(super) persona: Option<Persona>,
    /// The lowest band that makes the exit code 3: critical, high, medium, low, note, or none [default:
    /// low]
    #[arg(long, value_name = "BAND", value_parser = fail_on)]
    pub(super) fail_on: Option<FailOn>,
    /// Exit with 4 when something could not be read
    #[arg(long)]
    pub(super) strict: bool,
    /// Decisions to leave findings for now [default: overstay-exceptions.toml in the first PATH, if
    /// there is one]
    #[arg(long, value_name = "FILE")]
    pub(super) exceptions: Option<PathBuf>,
    /// A report of an earlier scan (JSON Lines or SARIF) to say what is new since
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// With --baseline: only what is new counts for the exit code
    #[arg(long, requires = "baseline")]
    pub(super) only_new: bool,
    /// A SARIF report of another tool (zizmor) whose results go into this one; repeatable
    #[arg(long = "import", value_name = "FILE")]
    pub(super) imports: Vec<PathBuf>,
    /// A policy of yours in Rego, or a folder of them, whose set `deny` is part of the findings;
    /// repeatable
    #[cfg(feature = "rego")]
    #[arg(long = "policy", value_name = "PATH")]
    pub(super) policies: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) settings: SettingsArgs,
}

/// Where the report goes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How to tell")]
pub(super) struct TellArgs {
    /// The report's format; repeat it together with --output for several reports at once
    #[arg(long = "format", value_name = "FORMAT", value_enum)]
    pub(super) formats: Vec<Format>,
    /// Write to a file, not to stdout; the nth file takes the nth format, or the one of its ending
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub(super) outputs: Vec<PathBuf>,
    /// What the SARIF is for: `github` (code scanning) or `archive` (everything)
    #[arg(long, value_enum, default_value_t)]
    pub(super) sarif_profile: Profile,
}

/// The format that a file's ending names: `.sarif`, `.jsonl`, …
fn format_of(path: &Path) -> Option<Format> {
    Format::from_str(path.extension()?.to_str()?, true).ok()
}

/// A threshold, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FailOn(pub(super) Option<Band>);

fn fail_on(text: &str) -> Result<FailOn, String> {
    if text == "none" { Ok(FailOn(None)) } else { text.parse().map(|band| FailOn(Some(band))) }
}

pub(super) fn persona(text: &str) -> Result<Persona, String> {
    match text {
        "regular" => Ok(Persona::Regular),
        "auditor" => Ok(Persona::Auditor),
        _ => Err(format!("`{text}` is neither `regular` nor `auditor`")),
    }
}

impl SettingsArgs {
    /// The settings, the clock and the key. `root` is where `overstay.toml` is looked for.
    pub(super) fn context(&self, root: &Path, git: GitScope) -> anyhow::Result<Context> {
        let usual = root.join(config::FILE_NAME);
        let path = self.config.as_deref().unwrap_or(&usual);
        let config = match Origin::of(path, &[root], &git)? {
            Origin::Disk => Config::load(self.config.as_deref(), root)?,
            Origin::Base(text) => Config::parse(&text, path)?,
            Origin::Nothing => Config::default(),
        };
        let scope = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let scope = scope.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fingerprint_key = fingerprint_key::load(self.fingerprint_key.as_deref(), &scope)?;
        let now = self.now.unwrap_or_else(Timestamp::now);
        Ok(Context { now, config, fingerprint_key, git, state: None })
    }
}

impl JudgeArgs {
    /// The same, with the rules that are asked for.
    pub(super) fn context(&self, root: &Path, git: GitScope) -> anyhow::Result<Context> {
        let mut context = self.settings.context(root, git)?;
        context.config.persona = self.persona.unwrap_or(context.config.persona);
        Ok(context)
    }

    /// The band from which on the exit code is 3.
    pub(super) fn threshold(&self, config: &Config) -> Option<Band> {
        self.fail_on.map_or(Some(config.fail_on), |FailOn(band)| band)
    }
}

impl ReadArgs {
    /// Where the project's own files are looked for: the first PATH, or the folder of that file.
    pub(super) fn root(&self) -> &Path {
        let here = Path::new(".");
        let first = self.paths.iter().find(|path| !is_stdin(path));
        let first = first.map_or(here, PathBuf::as_path);
        match first.parent() {
            Some(folder) if first.is_file() && folder.as_os_str().is_empty() => here,
            Some(folder) if first.is_file() => folder,
            _ => first,
        }
    }

    /// What of a repository is read.
    pub(super) fn git_scope(&self) -> GitScope {
        match &self.range {
            Some(range) => GitScope::Range(range.clone()),
            None if self.staged => GitScope::Staged,
            None if self.history => GitScope::History,
            None => GitScope::WorkingTree,
        }
    }

    /// Adds to the context what these arguments decide. The folder with what is kept between scans is
    /// made if it is not there.
    pub(super) fn complete(&self, context: &mut Context) -> anyhow::Result<()> {
        if let Some(folder) = &self.state {
            std::fs::create_dir_all(folder)
                .map_err(|why| UsageError(format!("--state {}: {why}", folder.display())))?;
        }
        context.state.clone_from(&self.state);
        let specs = self.specs(context);
        context.config.vault.audit_hashes |= specs.iter().any(|spec| spec.name == "vault-audit");
        Ok(())
    }

    /// Opens what is to be read.
    pub(super) fn open(&self, context: &Context) -> anyhow::Result<Vec<Box<dyn Source>>> {
        let open = |spec: &Spec| sources::open(spec).map_err(|why| UsageError(why).into());
        self.specs(context).iter().map(open).collect()
    }

    /// What the arguments name; without arguments what the settings name; without those this folder.
    fn specs(&self, context: &Context) -> Vec<Spec> {
        let git = |path: &Path| Spec { name: "git".into(), arg: Some(path.display().to_string()) };
        let read = |path: &PathBuf| match is_stdin(path) {
            true => Spec { name: "stdin".into(), arg: None },
            false => git(path),
        };
        let named = self.paths.iter().map(read).chain(self.sources.iter().cloned());
        let named: Vec<Spec> = named.collect();
        match (named.is_empty(), context.config.sources.is_empty()) {
            (false, _) => named,
            (true, false) => context.config.sources.clone(),
            (true, true) => vec![git(Path::new("."))],
        }
    }
}

/// True for the path that means standard input.
fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

impl TellArgs {
    /// Each report: its format, and its file unless it goes to stdout.
    pub(super) fn plan(&self) -> anyhow::Result<Vec<(Format, Option<&Path>)>> {
        let mut plan = Vec::new();
        let mut formats = self.formats.iter().copied();
        let paired = self.formats.len() >= self.outputs.len();
        for path in &self.outputs {
            let format = if paired { formats.next() } else { format_of(path) };
            let format = format.ok_or_else(|| {
                UsageError(format!("--output {}: give its --format", path.display()))
            })?;
            plan.push((format, Some(path.as_path())));
        }
        plan.extend(formats.map(|format| (format, None)));
        if plan.is_empty() {
            plan.push((Format::Text, None));
        }
        if plan.iter().filter(|(_, path)| path.is_none()).count() > 1 {
            return Err(UsageError("two reports cannot share stdout; use --output".into()).into());
        }
        Ok(plan)
    }
}
