//! `overstay permissions`

use super::Exit;
use std::io::Write as _;

/// Write the least privilege that a live source needs
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, clap::Subcommand)]
enum Source {
    /// An IAM policy with exactly the operations that the source asks for
    #[cfg(feature = "aws")]
    Aws {
        /// Also what the account needs that reads a whole organisation
        #[arg(long)]
        organisation: bool,
        /// The name of the role in the member accounts
        #[arg(long, default_value = "overstay-read", requires = "organisation")]
        role: String,
    },
    /// A Vault policy for the mounts of one server, asked with VAULT_ADDR and VAULT_TOKEN
    #[cfg(feature = "vault")]
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
        #[cfg(feature = "aws")]
        Source::Aws { organisation, role } => {
            let role = organisation.then_some(role.as_str());
            let policy = crate::sources::aws::permissions::policy(role);
            format!("{policy:#}\n")
        }
        #[cfg(feature = "vault")]
        Source::Vault { address, tier } => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime
                .block_on(crate::sources::vault::permissions::policy(address.as_deref(), *tier))
                .map_err(super::UsageError)?
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}
