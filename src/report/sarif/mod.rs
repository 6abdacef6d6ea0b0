//! SARIF 2.1.0, in two profiles from one model. The only module that knows `serde_sarif`.
//!
//! `github` holds what GitHub code scanning accepts and shows: live findings, one place each, one
//! run per source that was read. `archive` holds everything.

mod catalogue;
mod check;
mod notification;
mod place;
mod result;
mod run;
mod taxonomy;

pub use check::check_github;

use super::{Each, Options, Remarks, Report, SourceRun};
use crate::triage::{Absent, Triaged};
use flate2::{Compression, write::GzEncoder};
use overstay_rules::Band;
use serde::Serialize;
use std::{
    cmp::Reverse,
    io::{self, Write},
};

/// For whom SARIF is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// GitHub code scanning: live findings only, nothing that it rejects.
    #[default]
    Github,
    /// Everything: suppressions, baseline, coverage.
    Archive,
}

/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json>
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Runs that GitHub takes from one file.
const MAX_RUNS: usize = 20;
/// Results that GitHub keeps of one run.
const MAX_RESULTS: usize = 5_000;
/// Bytes, after gzip, that GitHub takes in one upload.
const MAX_GZIP: u64 = 10_000_000;

#[derive(Serialize)]
struct Log<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: R,
}

#[derive(Serialize)]
struct Run<R> {
    #[serde(flatten)]
    head: serde_sarif::sarif::Run,
    results: R,
}

pub(super) fn write(
    report: &Report,
    options: &Options,
    sink: &mut dyn Write,
) -> io::Result<Remarks> {
    let profile = options.sarif_profile;
    let (runs, mut remarks) = written_runs(report, profile);
    let each_run = || runs.iter().map(|run| stream(report, options, run));
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: Each(each_run) };
    match profile {
        Profile::Archive => serde_json::to_writer(&mut *sink, &log)?,
        Profile::Github => {
            let mut sink = Counted { sink: &mut *sink, bytes: 0 };
            serde_json::to_writer(&mut sink, &log)?;
            // Gzip does not make JSON longer.
            let size = if sink.bytes > MAX_GZIP { gzip_size(&log)? } else { sink.bytes };
            if size > MAX_GZIP {
                remarks.push(format!(
                    "the SARIF file has {size} bytes after gzip; GitHub takes {MAX_GZIP}"
                ));
            }
        }
    }
    sink.write_all(b"\n")?;
    Ok(remarks)
}

/// The runs that the profile writes. An upload without the results of a source would close its
/// alerts, so a source that could not be read has no run for GitHub.
fn written_runs(report: &Report, profile: Profile) -> (Vec<&SourceRun>, Remarks) {
    let mut runs: Vec<&SourceRun> = report.runs.iter().collect();
    let mut remarks = Remarks::new();
    if profile == Profile::Github {
        for run in runs.iter().filter(|run| run.failed) {
            remarks.push(format!(
                "{} could not be read and is left out of the SARIF file, so that GitHub keeps its alerts",
                run.name()
            ));
        }
        runs.retain(|run| !run.failed);
        for run in runs.iter().skip(MAX_RUNS) {
            remarks.push(format!(
                "{} is left out of the SARIF file: GitHub takes {MAX_RUNS} runs from one file",
                run.name()
            ));
        }
        runs.truncate(MAX_RUNS);
    }
    (runs, remarks)
}

/// One run whose results are made while they are written.
fn stream<'a>(report: &'a Report, options: &'a Options, run: &'a SourceRun) -> impl Serialize + 'a {
    let profile = options.sarif_profile;
    let chosen = chosen(report, profile, run);
    let catalogue = catalogue::Catalogue::new(report, profile, &chosen.findings);
    let head = run::head(report, options, run, &catalogue, chosen.left_out);
    let gone: Vec<&Absent> = match profile {
        Profile::Archive => report.absent.iter().flatten().collect(),
        Profile::Github => Vec::new(),
    };
    let source = run.name();
    Run {
        head,
        results: Each(move || {
            let (here, gone_here) = (catalogue.clone(), catalogue.clone());
            let findings = chosen.findings.clone().into_iter();
            let gone = gone.clone().into_iter();
            let source = source.clone();
            findings.map(move |t| result::result(report, profile, &here, t)).chain(
                gone.filter(move |gone| gone.known.source == source)
                    .filter_map(move |gone| result::absent(&gone_here, gone)),
            )
        }),
    }
}

/// The findings of one run that are written, in the order of the report.
struct Chosen<'a> {
    findings: Vec<&'a Triaged>,
    left_out: usize,
}

/// For GitHub, the worst live findings, as many as it keeps.
fn chosen<'a>(report: &'a Report, profile: Profile, run: &SourceRun) -> Chosen<'a> {
    let of_run = report.findings.iter().filter(|t| run.owns(&t.finding.src));
    match profile {
        Profile::Archive => Chosen { findings: of_run.collect(), left_out: 0 },
        Profile::Github => {
            let mut live: Vec<(usize, &Triaged)> =
                of_run.filter(|t| t.is_live()).enumerate().collect();
            let left_out = live.len().saturating_sub(MAX_RESULTS);
            live.sort_by_key(|(position, t)| (Reverse(t.band), *position));
            live.truncate(MAX_RESULTS);
            live.sort_by_key(|(position, _)| *position);
            Chosen { findings: live.into_iter().map(|(_, t)| t).collect(), left_out }
        }
    }
}

/// SARIF's word for a band.
fn level(band: Band) -> serde_sarif::sarif::ResultLevel {
    use serde_sarif::sarif::ResultLevel;
    match band {
        Band::Critical | Band::High => ResultLevel::Error,
        Band::Medium => ResultLevel::Warning,
        Band::Low | Band::Note => ResultLevel::Note,
    }
}

/// How many bytes gzip makes of a log.
fn gzip_size(log: &impl Serialize) -> io::Result<u64> {
    let packed = Counted { sink: io::sink(), bytes: 0 };
    let gzip = GzEncoder::new(packed, Compression::default());
    let mut whole = io::BufWriter::with_capacity(1 << 16, gzip);
    serde_json::to_writer(&mut whole, log)?;
    Ok(whole.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.bytes)
}

/// Passes bytes on and counts them.
struct Counted<W> {
    sink: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_weighed_as_gzip_packs_it() {
        let log = vec!["the same words again and again"; 50_000];
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&serde_json::to_vec(&log).unwrap()).unwrap();
        let (weighed, packed) = (gzip_size(&log).unwrap(), gzip.finish().unwrap().len() as u64);
        // How the bytes arrive changes the packing a little.
        assert!(weighed.abs_diff(packed) * 20 < packed, "{weighed} {packed}");
    }
}
