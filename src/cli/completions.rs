//! `overstay completions`

use super::{Cli, Exit};
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io;

/// Write a shell completion script to stdout
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "overstay", &mut script);
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(Exit::Clean)
}
