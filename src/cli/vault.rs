//! `overstay vault`

use super::{Exit, UsageError};
use jiff::Timestamp;
use overstay_detectors::{
    evidence::LineIndex,
    policy::vault::{
        Acl, Alias, Capabilities, Capability, Entity, Permissions, VaultPolicy, resolve,
    },
};
use serde::Serialize;
use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

/// Judge Vault and OpenBao policies
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Can(Can),
}

/// Say what a set of policies allows on a path, as the server would, and which rule decides
///
/// With a capability the exit code is the answer: 0 when it is granted, 3 when it is not.
#[derive(Debug, clap::Args)]
struct Can {
    /// A policy file; give it again for each policy that the token holds
    #[arg(long = "policy", value_name = "FILE", required = true)]
    policies: Vec<PathBuf>,

    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// The moment that decides which rules have expired (default: now)
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,

    /// The name of the token's entity, for templated paths; without an entity they do not apply
    #[arg(long, value_name = "NAME")]
    entity: Option<String>,

    /// The id of the token's entity
    #[arg(long, value_name = "ID", requires = "entity")]
    entity_id: Option<String>,

    /// A metadata entry of the token's entity
    #[arg(long, value_name = "KEY=VALUE", requires = "entity")]
    entity_metadata: Vec<String>,

    /// The entity's name at an auth mount
    #[arg(long, value_name = "ACCESSOR=NAME", requires = "entity")]
    entity_alias: Vec<String>,

    /// The path, without `/v1/`: `secret/data/app`
    path: String,

    /// Only whether this is granted: create, read, update, patch, delete, list, scan, sudo
    capability: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// The answer, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    path: &'a str,
    capabilities: Capabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    capability: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted: Option<bool>,
    /// The pattern that decides; null when none matches.
    rule: Option<WinningRule>,
}

#[derive(Debug, Serialize)]
struct WinningRule {
    pattern: String,
    /// Where the pattern stands, once for each block that has it.
    places: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    policy: String,
    line: u32,
    capabilities: Capabilities,
}

struct Loaded {
    file: String,
    text: String,
    policy: VaultPolicy,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Can(can) => can.run(),
    }
}

impl Can {
    fn run(&self) -> anyhow::Result<Exit> {
        let wanted: Option<Capability> =
            self.capability.as_deref().map(str::parse).transpose().map_err(UsageError)?;
        let policies = self.load()?;
        let acl = Acl::new(policies.iter().map(|loaded| &loaded.policy));
        let (capabilities, decides) = acl.capabilities(&self.path);
        let granted = wanted.map(|wanted| match wanted {
            Capability::Deny => capabilities.is_denied(),
            wanted => capabilities.has(wanted) && !capabilities.is_denied(),
        });
        let answer = Answer {
            path: &self.path,
            capabilities,
            capability: wanted.map(Capability::as_str),
            granted,
            rule: decides.map(|permissions| winning_rule(permissions, &policies)),
        };
        let mut out = std::io::stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{}", serde_json::to_string(&answer)?)?,
            Format::Text => write_text(&mut out, &answer)?,
        }
        Ok(if granted == Some(false) { Exit::Findings } else { Exit::Clean })
    }

    fn load(&self) -> anyhow::Result<Vec<Loaded>> {
        let now = self.now.unwrap_or_else(Timestamp::now);
        let entity = self.entity()?;
        self.policies
            .iter()
            .map(|path| {
                let file = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|e| UsageError(format!("{file}: {e}")))?;
                let policy = VaultPolicy::parse(&text, now).map_err(|error| {
                    let (line, column) = LineIndex::new(text.as_bytes()).position(error.offset());
                    UsageError(format!(
                        "{file}:{line}:{column}: not a policy that Vault accepts: {error}"
                    ))
                })?;
                Ok(Loaded { policy: resolve(&policy, entity.as_ref()), file, text })
            })
            .collect()
    }

    fn entity(&self) -> anyhow::Result<Option<Entity>> {
        let Some(name) = &self.entity else { return Ok(None) };
        let pairs = |entries: &[String]| -> Result<BTreeMap<String, String>, UsageError> {
            let split = |entry: &String| {
                let pair =
                    entry.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
                pair.ok_or_else(|| UsageError(format!("`{entry}`: an `=` is missing")))
            };
            entries.iter().map(split).collect()
        };
        let aliases = pairs(&self.entity_alias)?;
        Ok(Some(Entity {
            id: self.entity_id.clone().unwrap_or_default(),
            name: name.clone(),
            metadata: pairs(&self.entity_metadata)?,
            aliases: aliases
                .into_iter()
                .map(|(mount_accessor, name)| Alias { mount_accessor, name, ..Alias::default() })
                .collect(),
            groups: Vec::new(),
        }))
    }
}

fn winning_rule(permissions: &Permissions, policies: &[Loaded]) -> WinningRule {
    let places = permissions.rules.iter().filter_map(|at| {
        let loaded = policies.get(at.policy)?;
        let rule = loaded.policy.rules.get(at.rule)?;
        let (line, _) = LineIndex::new(loaded.text.as_bytes()).position(rule.span.start);
        Some(Place { policy: loaded.file.clone(), line, capabilities: rule.capabilities })
    });
    WinningRule { pattern: permissions.pattern.clone(), places: places.collect() }
}

fn write_text(out: &mut impl std::io::Write, answer: &Answer) -> std::io::Result<()> {
    match (answer.capability, answer.granted) {
        (Some(capability), Some(granted)) => {
            writeln!(
                out,
                "{capability} on {}: {}",
                answer.path,
                if granted { "yes" } else { "no" }
            )?;
        }
        _ => writeln!(out, "{}: {}", answer.path, answer.capabilities)?,
    }
    match &answer.rule {
        None => writeln!(out, "  no rule matches"),
        Some(rule) => {
            writeln!(out, "  decided by `{}`", rule.pattern)?;
            for place in &rule.places {
                writeln!(out, "    {}:{}: {}", place.policy, place.line, place.capabilities)?;
            }
            Ok(())
        }
    }
}
