//! `overstay ledger`

use super::{Exit, UsageError};
use anyhow::Context as _;
use overstay_detectors::readers::ledgers::{Mappings, propose};
use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

/// Mappings of exported approval, PAM, directory and audit ledgers (see docs/ledgers.md)
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Propose a mapping for an export that no mapping knows
    Map {
        /// The export: CSV, JSON or JSON Lines
        #[arg(long, value_name = "FILE")]
        sample: PathBuf,
        /// The system that it comes from [default: the file's name]
        #[arg(long, value_name = "NAME")]
        system: Option<String>,
    },
    /// List the exports that need no mapping of yours
    List,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    match &args.command {
        Command::Map { sample, system } => {
            let bytes =
                fs::read(sample).with_context(|| format!("cannot read {}", sample.display()))?;
            let stem = sample.file_stem().unwrap_or_default().to_string_lossy();
            let name = system.as_deref().unwrap_or(&stem);
            let text = propose(name, &bytes);
            let text = text.map_err(|why| UsageError(why.at(&sample.display().to_string())))?;
            out.write_all(text.as_bytes())?;
        }
        Command::List => {
            for mapping in Mappings::built_in().iter() {
                writeln!(out, "{:<28} {}", mapping.name, mapping.title)?;
            }
        }
    }
    Ok(Exit::Clean)
}
