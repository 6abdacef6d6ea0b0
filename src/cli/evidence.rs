//! `overstay evidence`

use super::{
    Exit, UsageError,
    args::{JudgeArgs, ReadArgs},
    tell,
};
use crate::{
    bundle::{self, Evidence, Key},
    scan,
};
use anyhow::Context as _;
use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

/// Keep what a scan knows in one archive, for an auditor
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Bundle(Box<Bundle>),
    Verify(Verify),
}

/// Scan, and put evidence, findings, coverage and a statement of their hashes into one archive
#[derive(Debug, clap::Args)]
#[command(after_help = crate::sources::help())]
struct Bundle {
    /// The archive: tar in zstd
    #[arg(long, short = 'o', value_name = "FILE", default_value = "overstay-evidence.tar.zst")]
    output: PathBuf,
    /// The private key that signs the statement: PKCS#8 in PEM, Ed25519 or P-256, not encrypted
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    judge: JudgeArgs,
}

/// Say whether an archive is what its statement says; exit code 3 when it is not
#[derive(Debug, clap::Args)]
struct Verify {
    /// The archive
    bundle: PathBuf,
    /// The public key that must have signed it, in PEM; without one only the hashes are compared
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Bundle(args) => bundle(args),
        Command::Verify(args) => verify(args),
    }
}

fn bundle(args: &Bundle) -> anyhow::Result<Exit> {
    let key = args.key.as_deref().map(private_key).transpose()?;
    let mut context = args.judge.context(args.read.root(), args.read.git_scope())?;
    args.read.complete(&mut context)?;
    let sources = args.read.open(&context)?;
    let folders: Vec<_> = sources.iter().filter_map(|source| source.folder()).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    let records = runtime.block_on(scan::collect(sources, &context));
    let mut records = tell::with_decisions(records, &folders, &context, &args.judge)?;
    records.sort_by(|a, b| (a.kind(), a.recorded().id()).cmp(&(b.kind(), b.recorded().id())));
    let evidence = Evidence::keep(&records)?;
    let report = tell::judged(records, folders, &context, &args.judge)?;
    let file = File::create(&args.output)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    bundle::write(evidence, &report, key.as_ref(), BufWriter::new(file))?;
    Ok(tell::exit(&report, &context, &args.judge))
}

fn verify(args: &Verify) -> anyhow::Result<Exit> {
    let key = args.key.as_deref().map(read).transpose()?;
    let file = File::open(&args.bundle)
        .map_err(|why| UsageError(format!("{}: {why}", args.bundle.display())))?;
    let mut out = io::stdout().lock();
    match bundle::verify(BufReader::new(file), key.as_deref()) {
        Ok(whole) => {
            let word = if whole.signed { "signed with this key" } else { "signature not checked" };
            let findings: Vec<_> = whole
                .findings
                .iter()
                .rev()
                .map(|(band, count)| format!("{count} {band}"))
                .collect();
            writeln!(out, "whole: {} members, {word}", whole.members)?;
            writeln!(out, "findings: {}; not read: {}", findings.join(", "), whole.unread)?;
            Ok(Exit::Clean)
        }
        Err(bundle::Flaw::Key(why)) => Err(UsageError(format!("--key: {why}")).into()),
        Err(flaw) => {
            writeln!(out, "not to be trusted: {flaw}")?;
            Ok(Exit::Findings)
        }
    }
}

fn private_key(path: &Path) -> anyhow::Result<Key> {
    let pem = read(path)?;
    let key = Key::from_pem(&pem);
    key.map_err(|why| UsageError(format!("--key {}: {why}", path.display())).into())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).map_err(|why| UsageError(format!("--key {}: {why}", path.display())).into())
}
