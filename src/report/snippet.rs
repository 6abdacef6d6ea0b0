//! The line of a finding, as it stands in the checkout, with every credential on it covered.

use super::{Report, anchor::Anchor};
use crate::triage::Triaged;
use overstay_detectors::{
    evidence::{LineIndex, Region},
    readers::secrets::{FingerprintKey, Matcher},
};
use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Read as _,
    ops::Range,
    path::{Path, PathBuf},
};

/// Files larger than this are not read again for one line.
const MAX_FILE: u64 = 10 * 1024 * 1024;
/// Lines longer than this are not shown.
const MAX_LINE: usize = 400;

/// A line to show.
#[derive(Debug)]
pub(super) struct Shown {
    /// Path in the checkout.
    pub(super) path: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// Its text, credentials covered.
    pub(super) text: String,
    /// The part that the finding is about, in bytes of `text`.
    pub(super) span: Range<usize>,
}

/// The line of each finding; `None` when it is in no file, the file is not what it was, or the line
/// cannot be shown. Every file is read once.
pub(super) fn lines(report: &Report, findings: &[&Triaged]) -> Vec<Option<Shown>> {
    let roots = report.runs.iter().map(|run| run.root.as_deref()?.canonicalize().ok());
    let roots: Vec<Option<PathBuf>> = roots.collect();
    let mut by_file: BTreeMap<PathBuf, Vec<(usize, Anchor)>> = BTreeMap::new();
    for (number, triaged) in findings.iter().enumerate() {
        let anchor = report.anchors.of(&triaged.finding);
        let run = report.runs.iter().position(|run| run.owns(&triaged.finding.src));
        let root = run.and_then(|run| roots.get(run)?.as_deref());
        let file = root.filter(|_| !anchor.synthetic).and_then(|root| inside(root, &anchor.path));
        if let Some(file) = file {
            by_file.entry(file).or_default().push((number, anchor));
        }
    }
    let reader = Reader::new(report);
    let mut lines: Vec<Option<Shown>> = findings.iter().map(|_| None).collect();
    for (file, places) in by_file {
        let Some(document) = reader.read(&file) else { continue };
        for (number, anchor) in places {
            if let (Some(triaged), Some(line)) = (findings.get(number), lines.get_mut(number)) {
                *line = reader.line(&document, &anchor, triaged);
            }
        }
    }
    lines
}

/// Reads files and covers lines of them.
struct Reader<'a> {
    exposed: HashMap<&'a str, Vec<Region>>,
    matcher: Matcher,
}

struct Document {
    bytes: Vec<u8>,
    hidden: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn new(report: &'a Report) -> Reader<'a> {
        let mut exposed: HashMap<&str, Vec<Region>> = HashMap::new();
        for triaged in report.findings.iter().filter(|t| is_exposure(t)) {
            for location in &triaged.finding.locations {
                if let (Some(path), Some(region)) = (location.path.as_deref(), location.region) {
                    exposed.entry(path).or_default().push(region);
                }
            }
        }
        Reader { exposed, matcher: Matcher::built_in(&FingerprintKey::new(b"")) }
    }

    fn read(&self, file: &Path) -> Option<Document> {
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return None;
        }
        let mut bytes = Vec::new();
        File::open(file).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
        let mut hidden = Vec::new();
        self.matcher.scan("", &bytes, &mut |hit| hidden.push(hit.range));
        Some(Document { bytes, hidden })
    }

    /// The first line of a finding's place.
    fn line(&self, document: &Document, anchor: &Anchor, triaged: &Triaged) -> Option<Shown> {
        let exposed = self.exposed.get(anchor.path.as_str()).map(Vec::as_slice).unwrap_or_default();
        let shown = shown(document, anchor, exposed)?;
        // A value that only history has stands no longer where it was found.
        let is_there = !is_exposure(triaged) || shown.hides_its_place;
        is_there.then_some(shown.shown)
    }
}

/// True for a finding whose place is a credential value (CWE-798): all of the place is covered,
/// whatever the matcher thinks of it.
fn is_exposure(triaged: &Triaged) -> bool {
    let rule = triaged.finding.rule.rule();
    rule.cwe.contains(&"CWE-798")
}

/// The file of a path, if it lies in the folder (a canonical path, or that of a file in it) also after
/// symbolic links are followed.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let folder = if root.is_file() { root.parent()? } else { root };
    let file = folder.join(path).canonicalize().ok()?;
    file.starts_with(folder).then_some(file)
}

struct Covered {
    shown: Shown,
    hides_its_place: bool,
}

fn shown(document: &Document, anchor: &Anchor, exposed: &[Region]) -> Option<Covered> {
    let index = LineIndex::new(&document.bytes);
    let region = anchor.region;
    let line = index.line_text(region.start_line);
    if line.is_empty() || line.len() > MAX_LINE {
        return None;
    }
    let start = (line.as_ptr() as usize).checked_sub(document.bytes.as_ptr() as usize)?;
    let text = std::str::from_utf8(line).ok()?;
    let ends_here = region.end_line == region.start_line;
    let end_column = if ends_here { region.end_column } else { u32::MAX };
    let span = columns(text, region.start_column, end_column);
    let mut hidden: Vec<Range<usize>> = document
        .hidden
        .iter()
        .map(|range| range.start.saturating_sub(start)..range.end.saturating_sub(start))
        .collect();
    let hides_its_place =
        hidden.iter().any(|r| r.start < span.end.max(span.start + 1) && span.start < r.end);
    let crosses = |r: &&Region| (r.start_line..=r.end_line).contains(&region.start_line);
    hidden.extend(exposed.iter().filter(crosses).map(|r| {
        let from = if r.start_line == region.start_line { r.start_column } else { 1 };
        let to = if r.end_line == region.start_line { r.end_column } else { u32::MAX };
        columns(text, from, to)
    }));
    let (text, span) = cover(text, &hidden, &span);
    let shown = Shown { path: anchor.path.clone(), line: region.start_line as usize, text, span };
    Some(Covered { shown, hides_its_place })
}

/// The bytes of a range of columns (from 1, in characters).
fn columns(text: &str, from: u32, to: u32) -> Range<usize> {
    let at = |column: u32| {
        let before = (column.max(1) - 1) as usize;
        text.char_indices().nth(before).map_or(text.len(), |(offset, _)| offset)
    };
    at(from)..at(to.max(from))
}

/// The text with one asterisk for each hidden character, and where the span lies in it. What would
/// move the cursor becomes a space.
fn cover(text: &str, hidden: &[Range<usize>], span: &Range<usize>) -> (String, Range<usize>) {
    let mut covered = String::with_capacity(text.len());
    let mut moved = text.len()..text.len();
    let (mut start, mut end) = (None, None);
    for (offset, c) in text.char_indices() {
        if offset >= span.start && start.is_none() {
            start = Some(covered.len());
        }
        if offset >= span.end && end.is_none() {
            end = Some(covered.len());
        }
        let is_hidden = hidden.iter().any(|range| range.contains(&offset));
        covered.push(match c {
            _ if is_hidden => '*',
            '\t' => ' ',
            c if super::clean::is_unsafe(c) => ' ',
            c => c,
        });
    }
    moved.start = start.unwrap_or(covered.len());
    moved.end = end.unwrap_or(covered.len()).max(moved.start);
    (covered, moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_covered_and_the_span_stays_where_it_was() {
        let (text, span) =
            cover("kéy = sécret\t.", &(7..14).map(|i| i..i + 1).collect::<Vec<_>>(), &(7..14));
        assert_eq!(text, "kéy = ****** .");
        assert_eq!(&text[span], "******");
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(columns("añb", 2, 3), 1..3);
        assert_eq!(columns("añb", 3, 99), 3..4);
        assert_eq!(columns("", 1, 1), 0..0);
    }
}
