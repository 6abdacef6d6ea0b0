//! Scans blobs and messages while they come out of the packs.

use super::{
    Wanted,
    commits::{Commits, Reading},
    lines::{LineHash, Lines, Sorted},
    objects::Objects,
    pack::{Kind, Object, PackError, Visit},
    trees::Forest,
};
use crate::{
    sources::{archive, content::credentials},
    state::Seen,
};
use overstay_detectors::readers::secrets::{Hit, Matcher};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::{Mutex, PoisonError},
};
use xxhash_rust::xxh3::xxh3_64;

/// What the scanning threads share.
pub(super) struct Scan<'a> {
    objects: &'a Objects,
    matcher: &'a Matcher,
    forest: &'a Forest,
    /// What an earlier scan read.
    seen: &'a Seen,
    /// The paths of the blobs that somebody wants to see, by number, and who.
    wanted: HashMap<u32, Vec<&'a str>>,
    see: &'a (dyn Fn(&str, &[u8]) + Sync),
    lines: Lines,
    max_blob: usize,
    numbers: Mutex<HashMap<(&'static str, String), u32>>,
    sightings: Mutex<Vec<(u32, u32)>>,
    messages: Mutex<Vec<(u32, u32)>>,
    too_large: Mutex<Vec<u32>>,
    /// The objects that were read, each with its class.
    read: Mutex<Vec<(u32, u64)>>,
}

/// What was found where, by number of the credential and of the object.
pub(super) struct Found {
    numbers: HashMap<(&'static str, String), u32>,
    /// The credentials in each blob that has any.
    pub(super) blobs: BTreeMap<u32, BTreeSet<u32>>,
    /// The credentials in each commit or tag message that has any.
    pub(super) messages: BTreeMap<u32, BTreeSet<u32>>,
    /// Blobs that were not scanned.
    pub(super) too_large: BTreeSet<u32>,
    /// The objects that were read, each with its class.
    pub(super) read: Vec<(u32, u64)>,
}

impl Found {
    /// The number of a credential.
    pub(super) fn number(&self, hit: &Hit) -> Option<u32> {
        self.numbers.get(&(hit.format, hit.fingerprint.clone())).copied()
    }
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        objects: &'a Objects,
        matcher: &'a Matcher,
        forest: &'a Forest,
        seen: &'a Seen,
        wanted: &Wanted<'a>,
        max_blob: usize,
    ) -> Scan<'a> {
        let mut paths: HashMap<u32, Vec<&str>> = HashMap::new();
        for (path, id) in wanted.files {
            if let Some(blob) = objects.find(id.as_bytes()) {
                paths.entry(blob).or_default().push(path);
            }
        }
        Scan {
            wanted: paths,
            see: wanted.see,
            objects,
            matcher,
            forest,
            seen,
            lines: Lines::for_objects(objects.len()),
            max_blob,
            numbers: Mutex::default(),
            sightings: Mutex::default(),
            messages: Mutex::default(),
            too_large: Mutex::default(),
            read: Mutex::default(),
        }
    }

    /// True for a blob that no earlier scan read, or that somebody wants to see.
    pub(super) fn is_wanted(&self, blob: u32) -> bool {
        let class = || class_of(&String::from_utf8_lossy(self.forest.name_of(blob)));
        self.wanted.contains_key(&blob) || !self.was_seen(blob, class())
    }

    fn was_seen(&self, object: u32, class: u64) -> bool {
        !self.seen.is_empty() && self.objects.id(object).is_some_and(|id| self.seen.has(&id, class))
    }

    pub(super) fn into_found(self) -> Found {
        let by_object = |pairs: Mutex<Vec<(u32, u32)>>| {
            let mut objects: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            for (object, number) in pairs.into_inner().unwrap_or_else(PoisonError::into_inner) {
                objects.entry(object).or_default().insert(number);
            }
            objects
        };
        let too_large = self.too_large.into_inner().unwrap_or_else(PoisonError::into_inner);
        Found {
            numbers: self.numbers.into_inner().unwrap_or_else(PoisonError::into_inner),
            blobs: by_object(self.sightings),
            messages: by_object(self.messages),
            too_large: too_large.into_iter().collect(),
            read: self.read.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn number(&self, hit: Hit) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry((hit.format, hit.fingerprint)).or_insert(next)
    }
}

/// A credential that stands in an object: where, and its number.
type Mark = (Range<usize>, u32);

/// Scans texts, one thread's worth.
struct Texts<'a> {
    scan: &'a Scan<'a>,
    sorted: Sorted,
    ranges: Vec<Range<usize>>,
    found: Vec<(LineHash, u32)>,
}

impl<'a> Texts<'a> {
    fn new(scan: &'a Scan<'a>) -> Texts<'a> {
        Texts { scan, sorted: Sorted::default(), ranges: Vec::new(), found: Vec::new() }
    }

    /// The credentials in the lines that the fresh ranges touch.
    fn scan(
        &mut self,
        name: &str,
        bytes: &[u8],
        fresh: impl Iterator<Item = Range<usize>>,
        marks: &mut Vec<Mark>,
    ) {
        self.scan.lines.sort(bytes, fresh, class_of(name), &mut self.sorted);
        marks.append(&mut self.sorted.known);
        if self.sorted.new.is_empty() {
            return;
        }
        self.ranges.clear();
        for line in &self.sorted.new {
            match self.ranges.last_mut() {
                Some(last) if last.end + 1 >= line.range.start => last.end = line.range.end,
                _ => self.ranges.push(line.range.clone()),
            }
        }
        self.found.clear();
        let (scan, new, found) = (self.scan, &self.sorted.new, &mut self.found);
        scan.matcher.scan_ranges(name, bytes, &self.ranges, &mut |hit| {
            let range = hit.range.clone();
            let number = scan.number(hit);
            // The first line of a key says nothing of it, the one in the middle does.
            let middle = range.start.midpoint(range.end);
            let at = new.partition_point(|line| line.range.end < middle);
            if let Some(line) = new.get(at).filter(|line| line.range.start <= middle) {
                found.push((line.hash, number));
            }
            marks.push((range, number));
        });
        scan.lines.insert(new, found);
    }
}

/// The class of commit and tag messages.
const MESSAGE: u64 = 0;

/// Files of one class are read alike: by extension, or by name for a file without.
fn class_of(name: &str) -> u64 {
    let class = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => name,
    };
    xxh3_64(class.as_bytes())
}

/// Scans blobs.
pub(super) struct Scanner<'a> {
    texts: Texts<'a>,
    sightings: Vec<(u32, u32)>,
    read: Vec<(u32, u64)>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(scan: &'a Scan<'a>) -> Scanner<'a> {
        Scanner { texts: Texts::new(scan), sightings: Vec::new(), read: Vec::new() }
    }
}

impl Scanner<'_> {
    /// What cannot be opened is said when the blob is read again, under its path, or not at all: an
    /// archive without a credential in sight is not worth a word for each of its versions.
    fn archive(&mut self, name: &str, blob: &Object) {
        let (scan, sightings) = (self.texts.scan, &mut self.sightings);
        let max_entry = scan.max_blob as u64;
        credentials(scan.matcher, name, blob.bytes, max_entry, &mut |hit, _| {
            sightings.push((blob.number, scan.number(hit)));
        });
    }
}

/// What is known of a blob when one that was made from it comes.
pub(super) struct Known {
    /// As what it was read; `None` if it was not.
    class: Option<u64>,
    /// The credentials in it: those that a copy carries over need no second look.
    marks: Vec<Mark>,
}

impl Visit for Scanner<'_> {
    type Note = Known;

    fn object(&mut self, blob: &Object, base: Option<&Known>) -> Known {
        let scan = self.texts.scan;
        if blob.bytes.len() > scan.max_blob {
            if scan.objects.is_first(blob.number) {
                scan.too_large.lock().unwrap_or_else(PoisonError::into_inner).push(blob.number);
            }
            return Known { class: None, marks: Vec::new() };
        }
        for path in scan.wanted.get(&blob.number).into_iter().flatten() {
            (scan.see)(path, blob.bytes);
        }
        let mut marks = Vec::new();
        let name = String::from_utf8_lossy(scan.forest.name_of(blob.number));
        let class = class_of(&name);
        if scan.was_seen(blob.number, class) {
            return Known { class: None, marks: Vec::new() };
        }
        self.read.push((blob.number, class));
        if archive::sniff(blob.bytes).is_some() {
            if scan.objects.is_first(blob.number) {
                self.archive(&name, blob);
            }
            return Known { class: None, marks: Vec::new() };
        }
        let base = base.filter(|base| base.class == Some(class));
        if let (Some(applied), Some(base)) = (blob.applied, base) {
            let carried = base
                .marks
                .iter()
                .flat_map(|(range, number)| applied.carry(range).map(|range| (range, *number)));
            marks.extend(carried);
            self.texts.scan(&name, blob.bytes, applied.fresh.iter().cloned(), &mut marks);
        } else {
            let whole = std::iter::once(0..blob.bytes.len());
            self.texts.scan(&name, blob.bytes, whole, &mut marks);
        }
        marks.sort_by_key(|a| (a.0.start, a.0.end, a.1));
        marks.dedup();
        if !marks.is_empty() && scan.objects.is_first(blob.number) {
            self.sightings.extend(marks.iter().map(|(_, number)| (blob.number, *number)));
        }
        Known { class: Some(class), marks }
    }

    fn damaged(&mut self, _: PackError) {}
}

impl Drop for Scanner<'_> {
    fn drop(&mut self) {
        let scan = self.texts.scan;
        let mut sightings = scan.sightings.lock().unwrap_or_else(PoisonError::into_inner);
        sightings.append(&mut self.sightings);
        scan.read.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.read);
    }
}

/// Scans the messages of commits or tags, and takes note of the commits.
pub(super) struct Messages<'a> {
    texts: Texts<'a>,
    reading: Option<Reading<'a>>,
    sightings: Vec<(u32, u32)>,
    read: Vec<(u32, u64)>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(scan: &'a Scan<'a>, commits: &'a Mutex<Commits>, kind: Kind) -> Messages<'a> {
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
