//! `overstay rules`

use super::Exit;
use overstay_rules::{CATALOGUE, Persona};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};

/// List the rules
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only rules of this plane: agents, aws, ci, exposure, federation, governance, vault
    #[arg(long, value_parser = plane)]
    plane: Option<String>,
    /// One JSON object per line
    #[arg(long)]
    json: bool,
}

/// A plane that has rules.
fn plane(text: &str) -> Result<String, String> {
    let planes: BTreeSet<&str> = CATALOGUE.iter().map(|rule| rule.plane).collect();
    if planes.contains(text) {
        Ok(text.to_owned())
    } else {
        let planes: Vec<&str> = planes.into_iter().collect();
        Err(format!("no rule is of this plane; there are {}", planes.join(", ")))
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let wanted = |plane: &str| args.plane.as_deref().is_none_or(|p| p == plane);
    for rule in CATALOGUE.iter().filter(|rule| wanted(rule.plane)) {
        if args.json {
            let line = serde_json::json!({
                "rule": rule.slug, "plane": rule.plane, "title": rule.title, "nhi": rule.nhi,
                "cwe": rule.cwe, "band": rule.band, "cap": rule.cap, "precision": rule.precision,
                "persona": rule.persona, "sources": rule.sources, "since": rule.since,
                "aliases": rule.aliases,
            });
            writeln!(out, "{line}")?;
        } else {
            let auditor = if rule.persona == Persona::Auditor { "  (auditor)" } else { "" };
            let codes = rule.nhi.join(",");
            writeln!(out, "{:44} {:8} {codes:20} {}{auditor}", rule.slug, rule.band, rule.title)?;
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}
