//! One identity's chain of custody, as text, Markdown or JSON.

use super::Report;
use crate::triage::Triaged;
use jiff::Timestamp;
use overstay_detectors::{
    custody::{Clock, Custody, status},
    evidence::{Estate, When, Who},
};
use serde::Serialize;
use std::io::{self, Write};

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For a terminal.
    #[default]
    Text,
    /// For a ticket.
    Markdown,
    /// For a program.
    Json,
}

/// What is told about one identity: the evidence and the findings.
#[derive(Serialize)]
struct Told<'a> {
    now: Timestamp,
    #[serde(flatten)]
    custody: &'a Custody,
    findings: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    rule: String,
    band: overstay_rules::Band,
    message: &'a str,
    fingerprint: &'a str,
}

/// Writes the chain of custody of one identity.
///
/// # Errors
/// When the output cannot be written.
pub fn write(
    estate: &Estate,
    who: Who,
    report: &Report,
    form: Form,
    out: &mut impl Write,
) -> io::Result<()> {
    let custody = Custody::of(estate, who);
    let about = |t: &&Triaged| t.is_live() && estate.who(&t.finding.identity) == Some(who);
    let findings = report.findings.iter().filter(about).map(|t| Found {
        rule: t.rule_id(),
        band: t.band,
        message: &t.finding.message,
        fingerprint: &t.fingerprint,
    });
    let told = Told { now: estate.now, custody: &custody, findings: findings.collect() };
    match form {
        Form::Json => {
            serde_json::to_writer_pretty(&mut *out, &told)?;
            writeln!(out)
        }
        Form::Text => Page { told: &told, heading: "", item: "  " }.write(out),
        Form::Markdown => Page { told: &told, heading: "## ", item: "- " }.write(out),
    }
}

/// A page of headed lists; the two forms for people differ in their marks only.
struct Page<'a> {
    told: &'a Told<'a>,
    heading: &'static str,
    item: &'static str,
}

impl Page<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let custody = self.told.custody;
        let kind = format!("{:?}", custody.kind).to_lowercase();
        let title = if self.heading.is_empty() { "" } else { "# " };
        writeln!(out, "{title}{} ({kind}, {})", custody.identity, status(custody.status.value))?;
        let facts = |facts: &[overstay_detectors::custody::Fact<String>]| -> Vec<String> {
            facts.iter().map(|f| cited(&f.value, f.record.as_deref())).collect()
        };
        self.list(out, "Names", facts(&custody.names))?;
        let owners = custody.owners.iter().map(|owner| {
            let state = owner.left.as_deref().unwrap_or(status(owner.status));
            let text = format!("{}, {state} (says {})", owner.name, owner.says);
            cited(&text, Some(&owner.record))
        });
        self.list(out, "Owner", owners.collect())?;
        self.list(out, "Purpose", facts(&custody.purposes))?;
        let findings =
            self.told.findings.iter().map(|f| format!("{} {}: {}", f.band, f.rule, f.message));
        self.list(out, "Findings", findings.collect())?;
        let grants = custody.grants.iter().map(|held| {
            let how = if held.standing == Some(true) { "standing: " } else { "" };
            let grant = &held.grant;
            let text = format!(
                "{how}{} on {} ({}); {}",
                grant.privilege, grant.resource, grant.system, held.clocks
            );
            cited(&text, Some(&held.record))
        });
        self.list(out, "Three clocks", vec![custody.clocks.to_string()])?;
        self.list(out, "Live grants and their three clocks", grants.collect())?;
        let credentials = custody.credentials.iter().map(|c| {
            let id = c.key_id.as_deref().map_or(String::new(), |id| format!(" {id}"));
            let end = match c.expires_at {
                When::At(at) => format!(", until {}", at.strftime("%F")),
                When::Never => ", without end".to_owned(),
                When::Unknown => String::new(),
            };
            let seen = if c.exposed.is_empty() {
                String::new()
            } else {
                format!(", seen in {}", c.exposed.join(", "))
            };
            cited(&format!("{}{id}, {}{end}{seen}", c.kind, status(c.status)), Some(&c.record))
        });
        self.list(out, "Credentials", credentials.collect())?;
        self.list(out, "Time line", self.timeline())?;
        self.list(out, "Not known", custody.unknown.clone())
    }

    /// The events, with the present among them.
    fn timeline(&self) -> Vec<String> {
        let mut lines: Vec<(Timestamp, String)> = Vec::new();
        for event in &self.told.custody.timeline {
            let clock = match event.clock {
                Clock::Approval => "approval",
                Clock::Credential => "credential",
                Clock::Directory => "directory",
                Clock::Use => "use",
            };
            let text = format!("{}  {clock:<10}  {}", event.at.strftime("%F"), event.what);
            lines.push((event.at, cited(&text, Some(&event.record))));
        }
        if !lines.is_empty() {
            lines.push((self.told.now, format!("{}  now", self.told.now.strftime("%F"))));
        }
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn list(&self, out: &mut impl Write, title: &str, lines: Vec<String>) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}{title}", self.heading)?;
        if !self.heading.is_empty() {
            writeln!(out)?;
        }
        lines.iter().try_for_each(|line| writeln!(out, "{}{line}", self.item))
    }
}

/// A fact with the record that states it.
fn cited(text: &str, record: Option<&str>) -> String {
    record.map_or_else(|| text.to_owned(), |record| format!("{text} [{record}]"))
}
