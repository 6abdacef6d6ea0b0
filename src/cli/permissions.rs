//! `overstay permissions`

use super::{Exit, UsageError};
use std::io::Write as _;

/// Write the least privilege that a live source needs
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, clap::Subcommand)]
enum Source {
    /// A Vault policy for the mounts of one server, asked with VAULT_ADDR and VAULT_TOKEN
    Vault {
        /// The server [default: VAULT_ADDR]
        address: Option<String>,
        /// 1: definitions; 2: also live tokens, audit devices and leases (needs sudo)
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=2))]
        tier: u8,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let text = match &args.source {
        Source::Vault { address, tier } => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime
                .block_on(crate::sources::vault::permissions::policy(address.as_deref(), *tier))
                .map_err(UsageError)?
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}
