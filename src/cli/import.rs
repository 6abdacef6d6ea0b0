//! `overstay import`

use super::{Exit, UsageError};
use crate::{
    config::Config,
    fingerprint_key, scan,
    sources::{self, Context, GitScope, Spec},
    triage::import,
};
use anyhow::Context as _;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use overstay_detectors::evidence::{Exposure, Record};
use std::{collections::BTreeSet, fs, io::Write as _, path::PathBuf};

/// Turn what another scanner was told to leave into exceptions, for the credentials that stand there
/// now: gitleaks, Kingfisher and detect-secrets allow-lists and baselines
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// .gitleaks.toml, .gitleaksignore, a gitleaks report, a Kingfisher or detect-secrets baseline
    file: PathBuf,
    /// The checkout that it belongs to
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Who answers for the exceptions
    #[arg(long)]
    owner: String,
    /// Who allows them; not the owner
    #[arg(long)]
    approver: String,
    /// Where the decision is written down
    #[arg(long)]
    ticket: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// For how many days from today they hold
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i32).range(1..=180))]
    days: i32,
    /// A file whose bytes key the fingerprints of credential values
    #[arg(long, value_name = "FILE")]
    fingerprint_key: Option<PathBuf>,
}

#[expect(clippy::print_stderr, reason = "what could not be carried over belongs beside the TOML")]
pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let text = fs::read_to_string(&args.file)
        .with_context(|| format!("cannot read {}", args.file.display()))?;
    let imported =
        import::read(&text).map_err(|why| UsageError(format!("{}: {why}", args.file.display())))?;
    let (fingerprints, gone) = fingerprints(args, &imported)?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let expires = today.checked_add(args.days.days())?;
    let mut out = std::io::stdout().lock();
    for fingerprint in fingerprints {
        out.write_all(entry(args, &fingerprint, today, expires).as_bytes())?;
    }
    for known in gone {
        eprintln!("nothing stands at {}:{} any more", known.path, known.line);
    }
    for path in &imported.paths {
        eprintln!(
            "path `{path}`: exclude it with `walk.exclude` in overstay.toml if that is meant"
        );
    }
    for dropped in &imported.dropped {
        eprintln!("not carried over: {dropped}");
    }
    Ok(Exit::Clean)
}

/// The fingerprints of today's findings at the places that the other scanner was told to leave, and
/// the places where none stands.
fn fingerprints<'a>(
    args: &Args,
    imported: &'a import::Imported,
) -> anyhow::Result<(BTreeSet<String>, Vec<&'a import::Known>)> {
    let scope = args.path.canonicalize().unwrap_or_else(|_| args.path.clone());
    let scope = scope.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let context = Context {
        now: Timestamp::now(),
        config: Config::load(None, &args.path)?,
        fingerprint_key: fingerprint_key::load(args.fingerprint_key.as_deref(), &scope)?,
        git: GitScope::WorkingTree,
        state: None,
    };
    let spec = Spec { name: "git".into(), arg: Some(args.path.display().to_string()) };
    let source = sources::open(&spec).map_err(UsageError)?;
    let records = tokio::runtime::Runtime::new()?.block_on(scan::collect(vec![source], &context));
    let exposures: Vec<Exposure> = records
        .iter()
        .filter_map(|record| match record {
            Record::Exposure(exposure) => Some(exposure.clone()),
            _ => None,
        })
        .collect();
    let (accepted, gone) = import::resolve(&imported.known, &exposures);
    let ids: BTreeSet<&str> = exposures
        .iter()
        .filter(|e| accepted.iter().any(|(fingerprint, ..)| *fingerprint == e.fingerprint))
        .map(|e| e.id.as_str())
        .collect();
    let report = scan::judge(&scan::estate(records, &context), &context, None);
    let found = report
        .findings
        .iter()
        .filter(|triaged| triaged.finding.evidence.iter().any(|id| ids.contains(id.as_str())))
        .map(|triaged| triaged.fingerprint.clone())
        .collect();
    Ok((found, gone))
}

fn entry(args: &Args, fingerprint: &str, created: Date, expires: Date) -> String {
    let Args { owner, approver, ticket, reason, .. } = args;
    format!(
        "[[exception]]\nfingerprint = {fingerprint:?}\nkind = \"accepted-risk\"\nowner = {owner:?}\n\
         approver = {approver:?}\nticket = {ticket:?}\nreason = {reason:?}\ncreated = {created}\n\
         expires = {expires}\n\n"
    )
}
