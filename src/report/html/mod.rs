//! One HTML file that needs nothing else: no server, no network, no other file. Its policy allows
//! its own script and style, by their hashes, and nothing more; what a scan found is data, packed
//! with gzip and never markup.

use super::{Report, clean, jsonl, tally::Tally};
use base64::{Engine as _, engine::general_purpose::STANDARD, write::EncoderWriter};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page shows around the findings.
#[derive(Serialize)]
struct Head<'a> {
    now: String,
    rules: BTreeMap<&'static str, AboutRule>,
    sources: Vec<AboutSource>,
    unread: Vec<[&'a str; 3]>,
    gaps: Vec<[&'a str; 3]>,
}

#[derive(Serialize)]
struct AboutRule {
    title: &'static str,
    summary: &'static str,
    help: &'static str,
    nhi: &'static [&'static str],
    cwe: &'static [&'static str],
}

#[derive(Serialize)]
struct AboutSource {
    name: String,
    failed: bool,
    unread: usize,
}

pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let tally = Tally::of(report);
    write!(
        sink,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Overstay: {}</title>\n<style>{STYLE}</style>\n\
         <header><h1>Overstay: {}</h1>\n\
         <p class=\"dim\">Overstay {version}, {} rules, as of {}.</p>\n",
        hash(SCRIPT),
        hash(STYLE),
        tally.sentence(),
        tally.sentence(),
        report.rules.len(),
        report.now,
    )?;
    if let Some(absent) = &report.absent {
        writeln!(sink, "<p>{} new, {} gone since the baseline.</p>", tally.new, absent.len())?;
    }
    sink.write_all(
        b"<div class=\"bar\"><input id=\"search\" type=\"search\" aria-label=\"Filter\" \
          placeholder=\"Filter: identity, rule, path, NHI or CWE code\"></div>\n\
          <div class=\"bar\" id=\"bands\"></div><p id=\"count\" class=\"dim\" role=\"status\">\
          This page needs JavaScript.</p></header>\n\
          <main><div id=\"identities\"></div><h2>Coverage</h2><div id=\"coverage\"></div></main>\n",
    )?;
    packed(sink, "head", |gzip| Ok(serde_json::to_writer(gzip, &head(report))?))?;
    packed(sink, "findings", |mut gzip| {
        gzip.write_all(b"[")?;
        for (i, triaged) in report.findings.iter().enumerate() {
            gzip.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut gzip, &jsonl::Line::from(triaged))?;
        }
        gzip.write_all(b"]")
    })?;
    write!(sink, "<script>{SCRIPT}</script>\n</html>\n")
}

/// A block of data: JSON, gzip, base64, one piece in memory at a time.
fn packed<W: Write>(
    sink: &mut W,
    id: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    write!(sink, "<script type=\"application/gzip;base64\" id=\"{id}\">")?;
    let mut gzip =
        GzEncoder::new(EncoderWriter::new(&mut *sink, &STANDARD), Compression::default());
    fill(&mut gzip)?;
    gzip.finish()?.finish()?;
    sink.write_all(b"</script>\n")
}

/// The source of a script or style in a content security policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn head(report: &Report) -> Head<'_> {
    let mut rules = BTreeMap::new();
    for triaged in &report.findings {
        let rule = triaged.finding.rule.rule();
        rules.entry(rule.slug).or_insert_with(|| AboutRule {
            title: rule.title,
            summary: rule.summary,
            help: super::help(rule),
            nhi: rule.nhi,
            cwe: rule.cwe,
        });
    }
    let sources = report.runs.iter().map(|run| AboutSource {
        name: clean::line(&run.name()).into_owned(),
        failed: run.failed,
        unread: report.unread().filter(|record| run.owns(&record.src)).count(),
    });
    let unread = report.unread().map(|record| {
        [
            record.part.as_deref().unwrap_or(&record.system),
            record.why.as_deref().unwrap_or("not read"),
            record.remedy.as_deref().unwrap_or_default(),
        ]
    });
    let gaps = report.gaps.iter().map(|gap| [&*gap.rule, &*gap.system, &*gap.message]);
    Head {
        now: report.now.to_string(),
        rules,
        sources: sources.collect(),
        unread: unread.collect(),
        gaps: gaps.collect(),
    }
}
