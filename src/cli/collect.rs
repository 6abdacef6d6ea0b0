//! `overstay collect`

use super::{
    Exit,
    args::{ReadArgs, SettingsArgs},
};
use crate::scan;
use anyhow::Context as _;
use overstay_detectors::evidence::{Record, write_line};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Read systems and write the evidence, for `overstay analyze` to judge elsewhere
#[derive(Debug, clap::Args)]
#[command(after_help = crate::sources::help())]
pub(super) struct Args {
    /// Exit with 4 when something could not be read
    #[arg(long)]
    strict: bool,
    /// The file; compressed when it ends in .zst [default: stdout]
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut context = args.settings.context(args.read.root(), args.read.git_scope())?;
    args.read.complete(&mut context)?;
    let sources = args.read.open(&context)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut records = runtime.block_on(scan::collect(sources, &context));
    records.sort_by(|a, b| (a.kind(), a.recorded().id()).cmp(&(b.kind(), b.recorded().id())));
    let unread = records
        .iter()
        .any(|record| matches!(record, Record::Coverage(c) if !c.complete && !c.by_design));
    match &args.output {
        Some(path) => write_file(&records, path)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => write_all(&records, BufWriter::new(io::stdout().lock()))?,
    }
    Ok(if unread && args.strict { Exit::Incomplete } else { Exit::Clean })
}

fn write_file(records: &[Record], path: &Path) -> io::Result<()> {
    let file = File::create(path)?;
    if path.extension().is_some_and(|ending| ending == "zst") {
        write_all(records, zstd::stream::Encoder::new(file, 0)?.auto_finish())
    } else {
        write_all(records, BufWriter::new(file))
    }
}

fn write_all(records: &[Record], mut out: impl Write) -> io::Result<()> {
    for record in records {
        write_line(record, &mut out)?;
    }
    out.flush()
}
