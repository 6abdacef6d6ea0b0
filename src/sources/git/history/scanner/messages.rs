//! Scans commit and tag messages.

use super::{
    super::{
        commits::{Commits, Reading},
        pack::{Kind, Object, PackError, Visit},
    },
    Scan, Texts,
};
use std::sync::{Mutex, PoisonError};

/// The class of commit and tag messages.
const MESSAGE: u64 = 0;

/// Scans the messages of commits or tags, and takes note of the commits.
pub(in super::super) struct Messages<'a> {
    texts: Texts<'a>,
    reading: Option<Reading<'a>>,
    sightings: Vec<(u32, u32)>,
    read: Vec<(u32, u64)>,
}

impl<'a> Messages<'a> {
    pub(in super::super) fn new(
        scan: &'a Scan<'a>,
        commits: &'a Mutex<Commits>,
        kind: Kind,
    ) -> Messages<'a> {
        let reading = (kind == Kind::Commit).then(|| Reading::new(scan.objects, commits));
        Messages { texts: Texts::new(scan), reading, sightings: Vec::new(), read: Vec::new() }
    }
}

impl Visit for Messages<'_> {
    type Note = ();

    fn object(&mut self, object: &Object, _: Option<&()>) {
        if !self.texts.scan.objects.is_first(object.number) {
            return;
        }
        if let Some(reading) = &self.reading {
            reading.commit(object.number, object.bytes);
        }
        if self.texts.scan.was_seen(object.number, MESSAGE) {
            return;
        }
        self.read.push((object.number, MESSAGE));
        let mut marks = Vec::new();
        let start = memchr::memmem::find(object.bytes, b"\n\n").unwrap_or(0);
        let message = std::iter::once(start..object.bytes.len());
        self.texts.scan("", object.bytes, message, &mut marks);
        self.sightings.extend(marks.iter().map(|(_, number)| (object.number, *number)));
    }

    fn damaged(&mut self, _: PackError) {}
}

impl Drop for Messages<'_> {
    fn drop(&mut self) {
        let scan = self.texts.scan;
        let mut messages = scan.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.append(&mut self.sightings);
        scan.read.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.read);
    }
}
