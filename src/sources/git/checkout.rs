//! The working tree: every document to the readers.

use super::{
    facts::{Facts, tracked},
    walk::{LeftOut, Visitor, WalkOptions, walk},
};
use crate::sources::{Context, archive, coverage};
use overstay_detectors::{
    evidence::{Confidence, LineIndex, Location, Record, Sighting, Src},
    readers::{
        Document, read_document,
        secrets::{Hit, Matcher},
    },
};
use std::path::Path;

/// Reads the files below `root`: their evidence, and the credentials in them with their places.
pub(super) fn read(
    root: &Path,
    facts: &Facts,
    matcher: &Matcher,
    context: &Context,
) -> (Vec<Record>, Vec<(Hit, Sighting)>) {
    let settings = &context.config.walk;
    let repository = facts.repository.as_ref();
    let options = WalkOptions {
        max_file_size: settings.max_file_bytes,
        include_ignored: settings.ignored,
        exclude: settings.exclude.clone(),
        tracked: repository.map(|r| tracked(r, root)).unwrap_or_default(),
    };
    let src = facts.src();
    let reading = Reading { src: &src, repository: facts.owner_and_name(), matcher, context };
    let reader = || Reader { reading, records: Vec::new(), hits: Vec::new() };
    let (mut records, mut hits) = (Vec::new(), Vec::new());
    for mut reader in walk(root, &options, reader) {
        records.append(&mut reader.records);
        hits.append(&mut reader.hits);
    }
    records.sort_by(|a: &Record, b: &Record| a.recorded().id().cmp(b.recorded().id()));
    (records, hits)
}

/// What every thread knows.
#[derive(Clone, Copy)]
struct Reading<'a> {
    src: &'a Src,
    repository: Option<&'a str>,
    matcher: &'a Matcher,
    context: &'a Context,
}

/// One thread's reader and what it found.
struct Reader<'a> {
    reading: Reading<'a>,
    records: Vec<Record>,
    hits: Vec<(Hit, Sighting)>,
}

impl Reader<'_> {
    fn secrets(&mut self, path: &str, bytes: &[u8], binary: bool) {
        let mut lines = None;
        let hits = &mut self.hits;
        self.reading.matcher.scan(path, bytes, &mut |hit| {
            // In a binary file only a form that cannot be chance is a credential.
            if binary && hit.confidence < Confidence::High {
                return;
            }
            let lines = lines.get_or_insert_with(|| LineIndex::new(bytes));
            let location = Location::in_file(path, lines.region(hit.range.clone()));
            hits.push((hit, Sighting { location, ..Sighting::default() }));
        });
    }
}

impl Visitor for Reader<'_> {
    fn file(&mut self, path: &str, bytes: &[u8]) {
        if let Some(format) = archive::sniff(bytes) {
            let limits = archive::Limits {
                entry_bytes: self.reading.context.config.walk.max_file_bytes,
                ..archive::Limits::default()
            };
            archive::unpack(format, path, bytes, limits, &mut Inside { path, reader: self });
            return;
        }
        let reading = self.reading;
        self.secrets(path, bytes, is_binary(bytes));
        let records = &mut self.records;
        document(path, bytes, reading.src, reading.repository, reading.context, records);
    }

    fn left_out(&mut self, path: &str, reason: LeftOut) {
        let why = (reason.to_string(), reason.remedy().to_owned());
        let mut record = coverage(self.reading.src, self.reading.context.now, path, Some(why));
        record.by_design = reason.by_design();
        self.records.push(record.into());
    }
}

/// The inside of an archive of the working tree.
struct Inside<'a, 'b> {
    path: &'a str,
    reader: &'a mut Reader<'b>,
}

impl archive::Visitor for Inside<'_, '_> {
    fn file(&mut self, steps: &[String], name: &str, bytes: &[u8]) {
        let binary = is_binary(bytes);
        let hits = &mut self.reader.hits;
        self.reader.reading.matcher.scan(name, bytes, &mut |hit| {
            if !binary || hit.confidence >= Confidence::High {
                let location = Location::file(self.path);
                let through = steps.to_vec();
                hits.push((hit, Sighting { location, through, ..Sighting::default() }));
            }
        });
    }

    fn left_out(&mut self, steps: &[String], reason: archive::LeftOut) {
        let part = std::iter::once(self.path).chain(steps.iter().map(String::as_str));
        let part = part.collect::<Vec<_>>().join(" > ");
        let remedy = "unpack it and scan what it holds".to_owned();
        let why = Some((reason.to_string(), remedy));
        let reading = self.reader.reading;
        self.reader.records.push(coverage(reading.src, reading.context.now, &part, why).into());
    }
}

/// Gives a document to the readers, unless it is binary.
pub(super) fn document(
    path: &str,
    bytes: &[u8],
    src: &Src,
    repository: Option<&str>,
    context: &Context,
    records: &mut Vec<Record>,
) {
    if !is_binary(bytes) {
        let document = Document { path, bytes, src, repository, as_of: context.now };
        read_document(&document, records);
    }
}

/// True for content that is no text: a zero byte near the start, and not UTF-16.
fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..8192).unwrap_or(bytes);
    let utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    !utf16 && memchr::memchr(0, head).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_is_judged_by_content() {
        assert!(!is_binary(b"plain text"));
        assert!(is_binary(b"\x7fELF\0\0"));
        assert!(!is_binary(b"\xff\xfea\0b\0"));
        assert!(!is_binary(b""));
    }
}
