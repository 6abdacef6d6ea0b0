//! `overstay init`

use super::{Exit, UsageError};
use crate::config::FILE_NAME;
use std::{fs, io::Write as _, path::PathBuf};

/// Write an `overstay.toml` that states every default
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder
    #[arg(default_value = ".")]
    path: PathBuf,
}

const TEMPLATE: &str = include_str!("init.toml");

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let path = args.path.join(FILE_NAME);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(|why| UsageError(format!("cannot create {}: {why}", path.display())))?;
    file.write_all(TEMPLATE.as_bytes())?;
    writeln!(std::io::stdout().lock(), "wrote {}", path.display())?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_template_states_the_defaults() {
        let written = Config::parse(TEMPLATE, FILE_NAME.as_ref()).unwrap();
        assert_eq!(format!("{written:?}"), format!("{:?}", Config::default()));
    }
}
