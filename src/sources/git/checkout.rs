//! The working tree: every document to the readers.

use super::{
    facts::{Facts, tracked},
    walk::{LeftOut, Visitor, WalkOptions, walk},
};
use crate::sources::{Context, coverage};
use overstay_detectors::{
    evidence::{Record, Src},
    readers::{Document, read_document},
};
use std::path::Path;

/// Reads the files below `root`.
pub(super) fn read(root: &Path, facts: &Facts, context: &Context) -> Vec<Record> {
    let settings = &context.config.walk;
    let repository = facts.repository.as_ref();
    let options = WalkOptions {
        max_file_size: settings.max_file_bytes,
        include_ignored: settings.ignored,
        exclude: settings.exclude.clone(),
        tracked: repository.map(|r| tracked(r, root)).unwrap_or_default(),
    };
    let src = facts.src();
    let reading = Reading { src: &src, repository: facts.owner_and_name(), context };
    let mut records: Vec<Record> = walk(root, &options, || Reader { reading, records: Vec::new() })
        .into_iter()
        .flat_map(|reader| reader.records)
        .collect();
    records.sort_by(|a, b| a.recorded().id().cmp(b.recorded().id()));
    records
}

/// What every thread knows.
#[derive(Clone, Copy)]
struct Reading<'a> {
    src: &'a Src,
    repository: Option<&'a str>,
    context: &'a Context,
}

/// One thread's reader and the records it made.
struct Reader<'a> {
    reading: Reading<'a>,
    records: Vec<Record>,
}

impl Visitor for Reader<'_> {
    fn file(&mut self, path: &str, bytes: &[u8]) {
        let document = Document {
            path,
            bytes,
            src: self.reading.src,
            repository: self.reading.repository,
            as_of: self.reading.context.now,
        };
        if !is_binary(bytes) {
            read_document(&document, &mut self.records);
        }
    }

    fn left_out(&mut self, path: &str, reason: LeftOut) {
        let why = (reason.to_string(), reason.remedy().to_owned());
        let mut record = coverage(self.reading.src, self.reading.context.now, path, Some(why));
        record.by_design = reason.by_design();
        self.records.push(record.into());
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
