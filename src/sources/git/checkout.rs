//! The working tree: every document to the readers.

use super::{
    bundled::{self, Bundled},
    facts::{Facts, tracked},
    walk::{LeftOut, Visitor, WalkOptions, walk},
};
use crate::sources::{
    Context, archive,
    content::{HEAD, UNPACK, credentials_and_bundles, is_binary, is_bundle},
    coverage, parts,
};
use overstay_detectors::{
    evidence::{Coverage, LineIndex, Location, Record, Sighting, Src},
    readers::{
        Document, READERS, read_document,
        secrets::{Hit, Matcher},
    },
};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Mutex, PoisonError},
};

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
        max_searched_size: settings.max_searched_bytes,
        include_ignored: settings.ignored,
        exclude: settings.exclude.clone(),
        tracked: repository.map(|r| tracked(r, root)).unwrap_or_default(),
    };
    let src = facts.src();
    let (repository, turn) = (facts.owner_and_name(), &Mutex::default());
    let reading = Reading { src: &src, repository, matcher, context, turn };
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
    /// Bundles are read one at a time, each by all threads.
    turn: &'a Mutex<()>,
}

/// One thread's reader and what it found.
struct Reader<'a> {
    reading: Reading<'a>,
    records: Vec<Record>,
    hits: Vec<(Hit, Sighting)>,
}

/// What mends a file that is too long to be read as a whole.
const RAISE: &str = "raise walk.max_file_bytes, or exclude the path";

impl Reader<'_> {
    /// Searches a long file for credentials. What else it may be is not read, which is said.
    fn parts(&mut self, path: &str, head: &[u8], file: File) -> io::Result<()> {
        let Reading { src, repository, matcher, context, .. } = self.reading;
        if archive::sniff(head).is_some() || is_bundle(head) {
            self.records.push(too_long(path, src, context).into());
            return Ok(());
        }
        let unread = unread_document(path, head, src, repository, context);
        self.records.extend(unread.map(Record::from));
        let hits = &mut self.hits;
        parts::credentials(matcher, path, head.chain(file), &mut |hit, region| {
            let location = Location::in_file(path, region);
            hits.push((hit, Sighting { location, ..Sighting::default() }));
        })
    }

    fn secrets(&mut self, path: &str, bytes: &[u8]) {
        let (reading, mut lines) = (self.reading, None);
        let hits = &mut self.hits;
        let walk = &reading.context.config.walk;
        let mut bundles = Vec::new();
        let found = &mut |hit: Hit, steps: &[String]| {
            let location = if steps.is_empty() {
                let lines = lines.get_or_insert_with(|| LineIndex::new(bytes));
                Location::in_file(path, lines.region(hit.range.clone()))
            } else {
                Location::file(path)
            };
            let through = steps.to_vec();
            hits.push((hit, Sighting { location, through, ..Sighting::default() }));
        };
        let bundle = &mut |steps: &[String], bytes: &[u8]| {
            let _turn = reading.turn.lock().unwrap_or_else(PoisonError::into_inner);
            bundles.push(bundled::search(reading.matcher, path, steps, bytes, walk)?);
            Ok(())
        };
        let (matcher, max_entry) = (reading.matcher, walk.max_file_bytes);
        let left_out = credentials_and_bundles(matcher, path, bytes, max_entry, found, bundle);
        let left_out =
            left_out.into_iter().map(|(part, why)| (part, why.to_string(), UNPACK.into()));
        let mut unread: Vec<_> = left_out.collect();
        for Bundled { hits, unread: inside } in bundles {
            self.hits.extend(hits);
            unread.extend(inside);
        }
        // Several things may be said of one part: it is named once.
        unread.dedup_by(|next, first| next.0 == first.0);
        for (part, why, remedy) in unread {
            let why = Some((why, remedy));
            self.records.push(coverage(reading.src, reading.context.now, &part, why).into());
        }
    }
}

impl Visitor for Reader<'_> {
    fn file(&mut self, path: &str, bytes: &[u8]) {
        let reading = self.reading;
        self.secrets(path, bytes);
        let records = &mut self.records;
        document(path, bytes, reading.src, reading.repository, reading.context, records);
    }

    fn long_file(&mut self, path: &str, mut file: File) {
        let mut head = Vec::new();
        let done = file.by_ref().take(HEAD).read_to_end(&mut head);
        if let Err(why) = done.and_then(|_| self.parts(path, &head, file)) {
            self.left_out(path, LeftOut::Unreadable(why));
        }
    }

    fn left_out(&mut self, path: &str, reason: LeftOut) {
        let why = (reason.to_string(), reason.remedy().to_owned());
        let mut record = coverage(self.reading.src, self.reading.context.now, path, Some(why));
        record.by_design = reason.by_design();
        self.records.push(record.into());
    }
}

/// Says of a file that it is too long to be read as a whole.
fn too_long(path: &str, src: &Src, context: &Context) -> Coverage {
    let limit = context.config.walk.max_file_bytes;
    let why = (format!("it has more than {limit} bytes"), RAISE.to_owned());
    coverage(src, context.now, path, Some(why))
}

/// Says of a long file that begins like a document that it was not read as one.
pub(super) fn unread_document(
    path: &str,
    head: &[u8],
    src: &Src,
    repository: Option<&str>,
    context: &Context,
) -> Option<Coverage> {
    let document = Document { path, bytes: head, src, repository, as_of: context.now };
    let is_document = READERS.iter().any(|reader| (reader.accepts)(&document));
    is_document.then(|| too_long(path, src, context))
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
    if !is_binary(bytes) && !is_bundle(bytes) {
        let document = Document { path, bytes, src, repository, as_of: context.now };
        read_document(&document, records);
    }
}
