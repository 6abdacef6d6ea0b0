//! Scans blobs and messages while they come out of the packs.

mod messages;
mod texts;

use super::{
    Wanted,
    left_out::{LeftOut, whole},
    lines::Lines,
    objects::Objects,
    pack::{Object, PackError, Visit},
    trees::Forest,
};
use crate::{
    config::Walk,
    sources::{
        archive,
        content::{HEAD, credentials, is_bundle},
        parts,
    },
    state::Seen,
};
pub(super) use messages::Messages;
use overstay_detectors::readers::secrets::{Hit, Matcher};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Read},
    sync::{Mutex, PoisonError},
};
use texts::{Mark, Texts};
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
    see_long: &'a (dyn Fn(&str, &[u8]) + Sync),
    lines: Lines,
    walk: &'a Walk,
    numbers: Mutex<HashMap<(&'static str, String), u32>>,
    sightings: Mutex<Vec<(u32, u32)>>,
    messages: Mutex<Vec<(u32, u32)>>,
    left_out: Mutex<BTreeMap<u32, LeftOut>>,
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
    pub(super) left_out: BTreeMap<u32, LeftOut>,
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
        walk: &'a Walk,
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
            see_long: wanted.see_long,
            objects,
            matcher,
            forest,
            seen,
            lines: Lines::for_objects(objects.len()),
            walk,
            numbers: Mutex::default(),
            sightings: Mutex::default(),
            messages: Mutex::default(),
            left_out: Mutex::default(),
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
        Found {
            numbers: self.numbers.into_inner().unwrap_or_else(PoisonError::into_inner),
            blobs: by_object(self.sightings),
            messages: by_object(self.messages),
            left_out: self.left_out.into_inner().unwrap_or_else(PoisonError::into_inner),
            read: self.read.into_inner().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn leave_out(&self, blob: u32, why: LeftOut) {
        if self.objects.is_first(blob) {
            let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
            left_out.insert(blob, why);
        }
    }

    fn is_long(&self, size: u64) -> bool {
        size > whole(self.walk)
    }

    /// Why a blob that begins like this is not scanned.
    fn why_left_out(&self, size: u64, head: &[u8]) -> Option<LeftOut> {
        if size > self.walk.max_searched_bytes.max(self.walk.max_file_bytes) {
            Some(LeftOut::Size)
        } else if is_bundle(head) {
            Some(LeftOut::Bundle)
        } else {
            (self.is_long(size) && archive::sniff(head).is_some()).then_some(LeftOut::Archive)
        }
    }

    /// Shows a blob to whoever wants to see it: of a long one its beginning.
    fn show(&self, blob: u32, size: u64, bytes: &[u8]) {
        for path in self.wanted.get(&blob).into_iter().flatten() {
            if self.is_long(size) {
                (self.see_long)(path, bytes.get(..HEAD as usize).unwrap_or(bytes));
            } else {
                (self.see)(path, bytes);
            }
        }
    }

    fn number(&self, hit: Hit) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry((hit.format, hit.fingerprint)).or_insert(next)
    }
}

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
        let max_entry = scan.walk.max_file_bytes;
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
        let size = blob.bytes.len() as u64;
        if let Some(why) = scan.why_left_out(size, blob.bytes) {
            scan.leave_out(blob.number, why);
            return Known { class: None, marks: Vec::new() };
        }
        scan.show(blob.number, size, blob.bytes);
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

    fn is_long(&self, size: u64) -> bool {
        self.texts.scan.is_long(size)
    }

    fn stream(&mut self, number: u32, size: u64, content: &mut dyn Read) -> io::Result<()> {
        let scan = self.texts.scan;
        let mut head = Vec::new();
        Read::take(&mut *content, HEAD).read_to_end(&mut head)?;
        if let Some(why) = scan.why_left_out(size, &head) {
            scan.leave_out(number, why);
            return Ok(());
        }
        scan.show(number, size, &head);
        let name = String::from_utf8_lossy(scan.forest.name_of(number));
        let class = class_of(&name);
        if scan.was_seen(number, class) {
            return Ok(());
        }
        if scan.objects.is_first(number) {
            let sightings = &mut self.sightings;
            let whole = head.chain(content);
            parts::credentials(scan.matcher, &name, whole, &mut |hit, _| {
                sightings.push((number, scan.number(hit)));
            })?;
        }
        self.read.push((number, class));
        Ok(())
    }

    fn too_large(&mut self, number: u32) -> bool {
        self.texts.scan.leave_out(number, LeftOut::Memory);
        true
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
