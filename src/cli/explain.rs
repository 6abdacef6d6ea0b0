//! `overstay explain`

use super::{Exit, UsageError};
use anyhow::Context as _;
use overstay_rules::Component;
use serde_json::Value;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

/// Say what a rule means and how to fix it; or why a finding has its band and what would lower it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A rule's slug or alias, or the fingerprint of a finding
    what: String,
    /// The JSON Lines report that holds the finding
    #[arg(long = "in", value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let text = match &args.report {
        Some(path) => explain_finding(&args.what, path)?,
        None => explain_rule(&args.what)?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}

fn explain_rule(name: &str) -> anyhow::Result<String> {
    let slug = name.split('/').next().unwrap_or_default();
    let Some(rule) = overstay_rules::find(slug) else {
        let why = if slug.len() == 32 && slug.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            format!(
                "`{slug}` is a fingerprint: name the JSON Lines report that has it with --in FILE"
            )
        } else {
            format!("no rule `{slug}`; `overstay rules` lists them")
        };
        return Err(UsageError(why).into());
    };
    let mut facts = vec![rule.nhi.join(", "), rule.cwe.join(", "), format!("band {}", rule.band)];
    if !rule.aliases.is_empty() {
        facts.push(format!("also {}", rule.aliases.join(", ")));
    }
    let facts = facts.join(" · ");
    Ok(format!("# {} ({})\n\n{facts}\n\n{}\n", rule.title, rule.slug, rule.body().trim_end()))
}

fn explain_finding(fingerprint: &str, path: &Path) -> anyhow::Result<String> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    for line in BufReader::new(file).lines() {
        let Ok(finding) = serde_json::from_str::<Value>(&line?) else { continue };
        if finding.get("fingerprint").and_then(Value::as_str) == Some(fingerprint) {
            return Ok(finding_in_words(&finding));
        }
    }
    let path = path.display();
    Err(UsageError(format!("{path} has no finding `{fingerprint}`; is it --format jsonl?")).into())
}

fn finding_in_words(finding: &Value) -> String {
    let text = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut words = format!("{}[{}]: {}\n\n", text("band"), text("rule"), text("message"));
    for component in Component::ALL {
        let name = component.as_str();
        let Some(level) = finding.pointer(&format!("/vector/{name}")) else { continue };
        let number = |key: &str| level.get(key).and_then(Value::as_u64).unwrap_or_default();
        let (min, max) = (number("min"), number("max"));
        let value = if min == max { min.to_string() } else { format!("{min} to {max}") };
        let because = level.get("because").and_then(Value::as_str).unwrap_or_default();
        let because = if because.is_empty() { "not known" } else { because };
        words.push_str(&format!("{name:<11} {value:>6} of {}  {because}\n", component.max()));
    }
    for (label, key) in [("\nlower: ", "counterfactual"), ("fix:   ", "fix")] {
        if !text(key).is_empty() {
            words.push_str(&format!("{label}{}\n", text(key)));
        }
    }
    let evidence = finding.get("evidence").and_then(Value::as_array).into_iter().flatten();
    for id in evidence.filter_map(Value::as_str) {
        words.push_str(&format!("proof: {id}\n"));
    }
    words
}
