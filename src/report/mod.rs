//! Reports: projections of the findings of one scan. Every writer gets the same [`Report`].

mod anchor;
mod annotations;
mod clean;
mod csv;
pub mod custody;
mod html;
mod jsonl;
mod nhi;
mod oscal;
pub mod sarif;
mod snippet;
mod source;
mod summary;
mod tally;
mod text;

pub use anchor::Anchors;
pub(crate) use jsonl::VERSION as FINDING_VERSION;
pub use source::{Provenance, SourceRun};

use crate::triage::{Absent, Outcome, State, Triaged};
use jiff::Timestamp;
use overstay_detectors::{
    evidence::{Coverage, Estate, Src},
    finding::EvidenceGap,
};
use overstay_rules::{Band, Rule, RuleId};
use serde::{Serialize, Serializer};
use std::{
    io::{self, Write},
    path::Path,
};

/// Everything that one scan has to tell.
#[derive(Debug)]
pub struct Report {
    /// The findings, by rule, identity, fingerprint and source; suppressed ones included.
    pub findings: Vec<Triaged>,
    /// The findings of the baseline that are gone; `None` without a baseline.
    pub absent: Option<Vec<Absent>>,
    /// How many results of other tools are part of findings of ours.
    pub merged_imports: u64,
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
        let runs = SourceRun::all(&outcome.findings, estate);
        Report {
            findings: outcome.findings,
            absent: outcome.absent,
            merged_imports: outcome.merged_imports,
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

    /// The worst band among live findings that the baseline does not have.
    pub fn worst_new(&self) -> Option<Band> {
        self.live().filter(|t| t.state == Some(State::New)).map(|finding| finding.band).max()
    }

    /// The parts of sources that could not be read and should have been.
    pub fn unread(&self) -> impl Iterator<Item = &Coverage> {
        self.coverage.iter().filter(|record| source::is_unread(record))
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people, as compilers write it.
    #[value(alias = "txt")]
    Text,
    /// SARIF 2.1.0.
    Sarif,
    /// One finding as JSON per line.
    Jsonl,
    /// One finding per row, for spreadsheets.
    Csv,
    /// One page that needs nothing else, by identity.
    #[value(alias = "htm")]
    Html,
    /// Markdown for the summary of a GitHub Actions job.
    #[value(alias = "md")]
    Markdown,
    /// Annotations of GitHub Actions.
    Annotations,
    /// OSCAL assessment results, in JSON.
    Oscal,
}

/// What the user can choose about a report.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// For whom SARIF is written.
    pub sarif_profile: sarif::Profile,
    /// What stands before `/<system>/<tenant>/` in SARIF's `automationDetails.id`; `overstay`
    /// unless set.
    pub category: Option<String>,
    /// Whether text is coloured.
    pub color: bool,
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
        Format::Text => text::write(report, options, &mut sink).map(|()| Remarks::new()),
        Format::Sarif => sarif::write(report, options, &mut sink),
        Format::Jsonl => jsonl::write(report, &mut sink).map(|()| Remarks::new()),
        Format::Csv => csv::write(report, &mut sink).map(|()| Remarks::new()),
        Format::Html => html::write(report, &mut sink).map(|()| Remarks::new()),
        Format::Markdown => summary::write(report, &mut sink).map(|()| Remarks::new()),
        Format::Annotations => annotations::write(report, &mut sink),
        Format::Oscal => oscal::write(report, &mut sink).map(|()| Remarks::new()),
    }?;
    sink.flush()?;
    Ok(remarks)
}

/// The prose of a rule's card without its examples, which are tests.
/// The three clocks of a finding in words, unless its message tells them.
fn clocks_beside(finding: &overstay_detectors::finding::Finding) -> Option<String> {
    let clocks = finding.clocks.as_ref()?;
    (!finding.message.contains("Clocks: ")).then(|| clocks.to_string())
}

fn help(rule: &Rule) -> &'static str {
    let body = rule.body();
    body.split("\n## Examples").next().unwrap_or(body).trim()
}

/// An array whose elements are made one at a time, while it is written.
struct Each<F>(F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
