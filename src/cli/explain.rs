//! `overstay explain`

use super::{Exit, UsageError};
use std::io::Write as _;

/// Say what a rule means, why it matters and how to fix it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A rule's slug or alias
    rule: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let name = args.rule.split('/').next().unwrap_or_default();
    let rule = overstay_rules::find(name)
        .ok_or_else(|| UsageError(format!("no rule `{name}`; `overstay rules` lists them")))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "# {} ({})\n", rule.title, rule.slug)?;
    let mut facts = vec![rule.nhi.join(", "), rule.cwe.join(", "), format!("band {}", rule.band)];
    if !rule.aliases.is_empty() {
        facts.push(format!("also {}", rule.aliases.join(", ")));
    }
    writeln!(out, "{}\n\n{}", facts.join(" · "), rule.body().trim_end())?;
    Ok(Exit::Clean)
}
