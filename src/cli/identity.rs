//! `overstay identity`

use super::{
    Exit, UsageError,
    args::{self, ReadArgs, SettingsArgs},
};
use crate::{report::custody, scan};
use overstay_detectors::{custody::named, evidence::Estate, suggest::suggest};
use overstay_rules::Persona;
use std::io::{self, Write as _};

/// Tell the chain of custody of one identity: approvals, issuances, uses, grants, credentials, owner
#[derive(Debug, clap::Args)]
#[command(after_help = crate::sources::help())]
pub(super) struct Args {
    /// A name of the identity, with or without namespace (`vault:svc-pay`, `svc-pay`); `suggest` lists
    /// names that may be one identity, as entries for overstay-identities.toml
    name: String,
    /// `regular`: the rules that are worth acting on; `auditor`: every rule [default: regular]
    #[arg(long, value_parser = args::persona)]
    persona: Option<Persona>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t)]
    format: custody::Form,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut context = args.settings.context(args.read.root(), args.read.git_scope())?;
    context.config.persona = args.persona.unwrap_or(context.config.persona);
    args.read.complete(&mut context)?;
    let sources = args.read.open(&context)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let records = runtime.block_on(scan::collect(sources, &context));
    let estate = scan::estate(records, &context);
    let mut out = io::stdout().lock();
    if args.name == "suggest" {
        out.write_all(suggest(&estate).as_bytes())?;
        return Ok(Exit::Clean);
    }
    let who = match named(&estate, &args.name)[..] {
        [who] => who,
        [] => return Err(UsageError(nobody(&estate, &args.name)).into()),
        ref several => {
            let names: Vec<&str> = several.iter().map(|who| estate.name_of(*who)).collect();
            let why = format!("`{}` may be {}: name one of them", args.name, names.join(", "));
            return Err(UsageError(why).into());
        }
    };
    let report = scan::judge(&estate, &context, None);
    custody::write(&estate, who, &report, args.format, &mut out)?;
    Ok(Exit::Clean)
}

/// Says that nobody has a name, and which names are near.
fn nobody(estate: &Estate, name: &str) -> String {
    let bare = |name: &str| name.split_once(':').map_or(name, |(_, rest)| rest).to_lowercase();
    let wanted = bare(name);
    let mut near: Vec<(f64, &str)> = estate
        .everybody()
        .map(|who| estate.name_of(who))
        .map(|known| (strsim::jaro_winkler(&wanted, &bare(known)), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let near: Vec<&str> = near.iter().take(5).map(|(_, name)| *name).collect();
    match near.is_empty() {
        true => format!("the evidence knows no `{name}`"),
        false => format!("the evidence knows no `{name}`; it knows {}", near.join(", ")),
    }
}
