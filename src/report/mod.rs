//! Reports: projections of the findings of one scan. Every writer gets the same [`Report`].

mod anchor;
mod clean;
mod jsonl;
pub mod sarif;
mod source;

pub use anchor::Anchors;
pub use source::{Provenance, SourceRun};

use crate::triage::{Outcome, Triaged};
use jiff::Timestamp;
use overstay_detectors::{
    evidence::{Coverage, Estate, Src},
    finding::EvidenceGap,
};
use overstay_rules::{Band, RuleId};
use std::{
    io::{self, Write},
    path::Path,
};

/// Everything that one scan has to tell.
#[derive(Debug)]
pub struct Report {
    /// The findings, by rule, identity, fingerprint and source; suppressed ones included.
    pub findings: Vec<Triaged>,
    /// What rules could not decide, sorted.
    pub gaps: Vec<EvidenceGap>,
    /// What was read and what was not.
    pub coverage: Vec<Coverage>,
    /// The sources, by system and tenant.
    pub runs: Vec<SourceRun>,
    /// Where identities stand in files.
    pub anchors: Anchors,
    /// The rules that ran, sorted by slug.
    pub rules: Vec<RuleId>,
    /// The clock of the estate.
    pub now: Timestamp,
    /// When the scan began, by the wall clock unless the user fixed it.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

impl Report {
    /// Puts together what the pipeline found. Times are the estate's `now` until
    /// [`Report::took`] sets them.
    pub fn new(
        outcome: Outcome,
        gaps: Vec<EvidenceGap>,
        estate: &Estate,
        rules: &[RuleId],
    ) -> Report {
        let mut rules = rules.to_vec();
        rules.sort_by_key(|rule| rule.slug());
        rules.dedup();
        let runs = source::runs(&outcome.findings, estate);
        Report {
            findings: outcome.findings,
            gaps,
            coverage: estate.coverage.clone(),
            runs,
            anchors: Anchors::new(estate),
            rules,
            now: estate.now,
            started: estate.now,
            ended: estate.now,
        }
    }

    /// Says when the scan began and ended.
    #[must_use]
    pub fn took(mut self, started: Timestamp, ended: Timestamp) -> Report {
        (self.started, self.ended) = (started, ended);
        self
    }

    /// Says where the files of a source lie on this machine, so that a report may show a line.
    #[must_use]
    pub fn in_folder(mut self, src: &Src, root: &Path) -> Report {
        for run in self.runs.iter_mut().filter(|run| run.owns(src)) {
            run.root = Some(root.to_owned());
        }
        self
    }

    /// The findings that nobody decided to leave for now.
    pub fn live(&self) -> impl Iterator<Item = &Triaged> {
        self.findings.iter().filter(|finding| finding.is_live())
    }

    /// The worst band among live findings.
    pub fn worst(&self) -> Option<Band> {
        self.live().map(|finding| finding.band).max()
    }

    /// The parts of sources that could not be read and should have been.
    pub fn unread(&self) -> impl Iterator<Item = &Coverage> {
        self.coverage.iter().filter(|record| source::is_unread(record))
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One finding as JSON per line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
}

/// What the user can choose about a report.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// For whom SARIF is written.
    pub sarif_profile: sarif::Profile,
    /// What stands before `/<system>/<tenant>/` in SARIF's `automationDetails.id`; `overstay`
    /// unless set.
    pub category: Option<String>,
}

/// What the writer wants the user to know: a limit that was reached, a source that was left out.
pub type Remarks = Vec<String>;

/// Writes a report. Memory does not grow with the number of findings.
///
/// # Errors
/// Those of the sink.
pub fn write(
    report: &Report,
    format: Format,
    options: &Options,
    sink: &mut dyn Write,
) -> io::Result<Remarks> {
    let mut sink = io::BufWriter::with_capacity(1 << 16, sink);
    let remarks = match format {
        Format::Jsonl => jsonl::write(report, &mut sink).map(|()| Remarks::new()),
        Format::Sarif => sarif::write(report, options, &mut sink),
    }?;
    sink.flush()?;
    Ok(remarks)
}
