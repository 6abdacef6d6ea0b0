//! Finds machine access that has overstayed its approval: parse, run, exit code; nothing else.

use clap::Parser as _;
use overstay::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::parse().run()
}
