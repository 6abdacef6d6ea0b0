//! Counts that several formats show.

use super::Report;
use crate::triage::State;
use overstay_rules::Band;
use std::collections::BTreeMap;

/// How many findings of each band there are, from note to critical.
pub(super) type Bands = [usize; 5];

/// Live findings, counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// All of them.
    pub(super) all: Bands,
    /// By the first NHI code of their rule, in OWASP's order.
    pub(super) by_nhi: BTreeMap<(u8, &'static str), Bands>,
    /// Those that somebody decided to leave for now.
    pub(super) suppressed: usize,
    /// Those that the baseline does not have.
    pub(super) new: usize,
    /// Results of other tools that are part of findings of ours.
    pub(super) merged_imports: u64,
}

impl Tally {
    pub(super) fn of(report: &Report) -> Tally {
        let mut tally = Tally { merged_imports: report.merged_imports, ..Tally::default() };
        for triaged in &report.findings {
            if !triaged.is_live() {
                tally.suppressed += 1;
                continue;
            }
            tally.new += usize::from(triaged.state == Some(State::New));
            let code = triaged.finding.rule.rule().nhi.first().copied().unwrap_or_default();
            let of_code = tally.by_nhi.entry((super::nhi::number(code), code)).or_default();
            of_code[triaged.band as usize] += 1;
            tally.all[triaged.band as usize] += 1;
        }
        tally
    }

    /// `3 findings: 1 critical, 2 low; 4 left by decision`.
    pub(super) fn sentence(&self) -> String {
        let total: usize = self.all.iter().sum();
        let mut words = match total {
            0 => "no findings".to_owned(),
            1 => "1 finding".to_owned(),
            more => format!("{more} findings"),
        };
        let parts: Vec<String> = Band::ALL
            .into_iter()
            .rev()
            .filter(|band| self.all[*band as usize] > 0)
            .map(|band| format!("{} {band}", self.all[band as usize]))
            .collect();
        if !parts.is_empty() {
            words.push_str(&format!(": {}", parts.join(", ")));
        }
        if self.suppressed > 0 {
            words.push_str(&format!("; {} left by decision", self.suppressed));
        }
        match self.merged_imports {
            0 => {}
            1 => words.push_str("; 1 imported result is part of them"),
            more => words.push_str(&format!("; {more} imported results are part of them")),
        }
        words
    }
}
