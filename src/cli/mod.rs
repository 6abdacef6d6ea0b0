//! The command line: one file per subcommand.

mod analyze;
mod args;
mod collect;
mod completions;
mod evidence;
mod explain;
mod fix;
mod identity;
mod import;
mod imports;
mod init;
mod ledger;
mod origin;
#[cfg(any(feature = "aws", feature = "vault"))]
mod permissions;
mod rules;
mod scan;
mod tell;
mod vault;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Finds machine access that has overstayed its approval.
///
/// Reads systems (git checkouts, CI configuration, Vault, AWS, ledgers) and says what it could not
/// read. It never uses a credential that it finds, and writes to nothing that it reads, except
/// workflow files with `scan --fix`.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  overstay scan .                                the files of this checkout
  overstay scan . --history                      with everything that git still holds
  overstay scan . --source ledger=exports        with what was approved
  overstay scan . --format sarif -o out.sarif    for code scanning
  overstay explain leaked-credential             what a rule means

Exit codes:
  0  clean
  1  internal error
  2  wrong usage or configuration
  3  findings at or above --fail-on (default: low)
  4  with --strict: something could not be read";

#[derive(Debug, Subcommand)]
enum Command {
    Scan(scan::Args),
    Collect(collect::Args),
    Analyze(analyze::Args),
    Evidence(evidence::Args),
    Explain(explain::Args),
    #[cfg(any(feature = "aws", feature = "vault"))]
    Permissions(permissions::Args),
    Rules(rules::Args),
    Init(init::Args),
    Identity(identity::Args),
    Import(import::Args),
    Ledger(ledger::Args),
    Vault(vault::Args),
    Completions(completions::Args),
}

/// The exit codes; they are public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The job is done and nothing at or above `--fail-on` was found.
    Clean = 0,
    /// A fault of ours.
    Internal = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Findings at or above `--fail-on`.
    Findings = 3,
    /// With `--strict`: something could not be read.
    Incomplete = 4,
}

/// An error that the user can mend; its exit code is 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

impl Cli {
    /// Runs the subcommand, writes an error to stderr, gives the exit code.
    pub fn run(self) -> ExitCode {
        start_logging();
        let done = match self.command {
            Command::Scan(args) => scan::run(&args),
            Command::Collect(args) => collect::run(&args),
            Command::Analyze(args) => analyze::run(&args),
            Command::Evidence(args) => evidence::run(&args),
            Command::Explain(args) => explain::run(&args),
            #[cfg(any(feature = "aws", feature = "vault"))]
            Command::Permissions(args) => permissions::run(&args),
            Command::Rules(args) => rules::run(&args),
            Command::Identity(args) => identity::run(&args),
            Command::Import(args) => import::run(&args),
            Command::Init(args) => init::run(&args),
            Command::Ledger(args) => ledger::run(&args),
            Command::Vault(args) => vault::run(&args),
            Command::Completions(args) => completions::run(&args),
        };
        let exit = done.unwrap_or_else(|error| report_error(&error));
        ExitCode::from(exit as u8)
    }
}

/// Log lines go to stderr; `OVERSTAY_LOG` sets the filter (`warn` unless set). Whatever it says, the
/// libraries below only warn: what they trace holds signatures, session tokens and answers of STS.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("OVERSTAY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let ours = tracing_subscriber::filter::filter_fn(|event| {
        event.target().starts_with("overstay") || *event.level() <= tracing::Level::WARN
    });
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let format = format.without_time().with_target(false);
    // Somebody who embeds the library may have set up logging before.
    let _ = tracing_subscriber::registry().with(filter).with(ours).with(format).try_init();
}

#[cfg(feature = "rego")]
fn is_policy_error(error: &anyhow::Error) -> bool {
    error.is::<crate::custom::PolicyError>()
}

#[cfg(not(feature = "rego"))]
fn is_policy_error(_: &anyhow::Error) -> bool {
    false
}

/// A reader that closed the pipe has what it wanted; everything else is said on stderr.
#[expect(clippy::print_stderr, reason = "the one place where errors reach the user")]
fn report_error(error: &anyhow::Error) -> Exit {
    let broken_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe);
    if broken_pipe {
        return Exit::Clean;
    }
    eprintln!("error: {error:#}");
    let theirs = error.is::<UsageError>()
        || error.is::<crate::config::ConfigError>()
        || error.is::<crate::fingerprint_key::KeyError>()
        || error.is::<crate::triage::ExceptionsError>()
        || error.is::<crate::triage::BaselineError>()
        || is_policy_error(error);
    if theirs { Exit::Usage } else { Exit::Internal }
}
