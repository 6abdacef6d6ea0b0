//! The whole history: every object of the repository, whatever refers to it, is scanned once.
//!
//! Three passes over the packs, each in the order of the file: trees (under which name a blob
//! stands), blobs (only lines that nobody has scanned), commit and tag messages. If anything was
//! found, what was noted of the trees says which commit brought it. The blobs that hold something
//! are then read once more under their full path: what is reported is what the matcher says of the
//! whole file.

mod attribution;
mod commits;
mod delta;
mod hash;
mod left_out;
mod lines;
mod objects;
mod outline;
mod pack;
mod scanner;
mod table;
mod trees;

use super::blob::{credentials, in_parts};
use crate::{config::Walk, state::Seen};
use attribution::{Stood, attribute};
use commits::Commits;
use objects::{Damage, Objects};
use overstay_detectors::{
    evidence::{Location, Region, Sighting},
    readers::secrets::{Hit, Matcher},
};
use pack::Kind;
pub(super) use pack::{Limits, MAX_OBJECT, Refused, weigh};
use scanner::{Found, Messages, Scan, Scanner};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};
use trees::Forest;
pub(super) use trees::{TreeEntry, entries};

/// What a history holds.
pub(super) struct History {
    /// Every credential at every path where it stood, with the commit that brought it there.
    pub(super) hits: Vec<(Hit, Sighting)>,
    /// What could not be read: the part, why, and what would mend it.
    pub(super) unread: Vec<(String, String, String)>,
}

/// Files that somebody wants to see while the objects are read.
pub(super) struct Wanted<'a> {
    /// Path and blob of each.
    pub(super) files: &'a [(String, gix::ObjectId)],
    /// Gets the path and the content.
    pub(super) see: &'a (dyn Fn(&str, &[u8]) + Sync),
    /// Gets the path and the beginning of a file that is too long to be read as a whole.
    pub(super) see_long: &'a (dyn Fn(&str, &[u8]) + Sync),
}

impl Wanted<'_> {
    /// Nobody wants to see anything.
    pub(super) const NOTHING: Wanted<'static> =
        Wanted { files: &[], see: &|_, _| {}, see_long: &|_, _| {} };
}

/// Scans every object of a repository that is not among those `seen`; gives also the list of those
/// that hold nothing and need not be read the next time. The history is the same as if nothing had
/// been seen.
pub(super) fn scan(
    repository: &gix::Repository,
    matcher: &Matcher,
    walk: &Walk,
    seen: &Seen,
    wanted: &Wanted,
) -> (History, Seen) {
    let (objects, damage) = Objects::open(repository);
    let damage = Mutex::new(damage);
    let forest = Forest::read(&objects, &damage);
    let scan = Scan::new(&objects, matcher, &forest, seen, wanted, walk);
    let new = (!seen.is_empty()).then_some(|blob| scan.is_wanted(blob));
    objects.visit_some(Kind::Blob, new, &damage, || Scanner::new(&scan));
    let commits = Mutex::new(Commits::new());
    for kind in [Kind::Commit, Kind::Tag] {
        objects.visit(kind, &damage, || Messages::new(&scan, &commits, kind));
    }
    let commits = commits.into_inner().unwrap_or_else(PoisonError::into_inner);
    let found = scan.into_found();
    let clean = clean(&objects, &found, seen);

    let head = repository.head_id().ok().map(gix::Id::detach);
    let wanted: Vec<u32> = found.blobs.keys().chain(found.left_out.keys()).copied().collect();
    let stood = if wanted.is_empty() {
        HashMap::new()
    } else {
        attribute(&objects, &forest, &commits, &wanted, head.as_deref(), &damage)
    };
    drop(forest);
    let mut unopened = Vec::new();
    let mut hits = verify(repository, &objects, matcher, &found, &stood, walk, &mut unopened);
    hits.extend(messages(repository, &objects, matcher, &found, &commits, &mut unopened));
    let mut unread = summary(damage.into_inner().unwrap_or_else(PoisonError::into_inner));
    unread.extend(found.left_out.iter().map(|(blob, left_out)| {
        let (why, remedy) = left_out.say(walk);
        let path =
            stood.get(blob).and_then(|places| places.first()).map(|place| place.path.clone());
        (path.unwrap_or_else(|| blob_name(&objects, *blob)), why, remedy)
    }));
    unread.extend(unopened);
    unread.extend(limits(repository));
    unread.sort();
    unread.dedup();
    (History { hits, unread }, clean)
}

/// The objects that hold nothing: those that were read now, and those `seen` that are still there.
fn clean(objects: &Objects, found: &Found, seen: &Seen) -> Seen {
    let holds =
        |object: &u32| found.blobs.contains_key(object) || found.messages.contains_key(object);
    let read = found.read.iter().filter(|(object, _)| !holds(object));
    let read = read.filter_map(|(object, class)| Some((objects.id(*object)?, *class)));
    let still = seen.rows().iter().filter(|(id, _)| objects.find(id.as_bytes()).is_some());
    Seen::new(still.copied().chain(read).collect())
}

/// One line per damaged file: how much of it could not be read, and the first reason.
fn summary(damage: Vec<Damage>) -> Vec<(String, String, String)> {
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Damage { part, why } in damage {
        parts.entry(part).or_default().insert(why);
    }
    let line = |(part, why): (String, BTreeSet<String>)| {
        let more = why.len().saturating_sub(1);
        let mut text = why.into_iter().next().unwrap_or_default();
        if more > 0 {
            text = format!("{text}, and {more} more");
        }
        (part, text, MEND.to_owned())
    };
    parts.into_iter().map(line).collect()
}

/// What mends a damaged object.
const MEND: &str = "run git fsck, and fetch the damaged objects again";

/// Why a repository does not hold its whole history: the part, why, and what would mend it.
pub(super) fn limits(repository: &gix::Repository) -> Vec<(String, String, String)> {
    let mut limits = Vec::new();
    let mut limit = |why: &str, remedy: &str| {
        limits.push(("history".to_owned(), why.to_owned(), remedy.to_owned()));
    };
    if repository.is_shallow().unwrap_or(true) {
        limit(
            "the clone is shallow: commits before its edge are not here",
            "git fetch --unshallow, or fetch-depth: 0 in actions/checkout",
        );
    }
    if repository.config_snapshot().string("extensions.partialClone").is_some() {
        limit(
            "the clone is partial: blobs that were not fetched are not here",
            "git backfill, or clone without --filter",
        );
    }
    limits
}

/// What is looked for in a version of a file that is worth reading in full: the credentials, each
/// with what is to be said of it.
type Version = BTreeMap<u32, Sighting>;

/// Reads the versions of files that first held, and in HEAD still hold, each credential.
fn verify(
    repository: &gix::Repository,
    objects: &Objects,
    matcher: &Matcher,
    found: &Found,
    stood: &HashMap<u32, Vec<Stood>>,
    walk: &Walk,
    unopened: &mut Vec<(String, String, String)>,
) -> Vec<(Hit, Sighting)> {
    let mut hits = Vec::new();
    let mut buffer = Vec::new();
    for ((blob, path), version) in versions(objects, found, stood) {
        let Some(id) = objects.id(blob) else { continue };
        let mut see = |hit: Hit, region: Option<Region>, steps: &[String]| {
            let known = found.number(&hit).and_then(|number| version.get(&number));
            if let Some(mut sighting) = known.cloned() {
                sighting.location.region = region.or(sighting.location.region);
                sighting.through = steps.to_vec();
                hits.push((hit, sighting));
            }
        };
        let size = repository.find_header(id).map_or(0, |header| header.size());
        let content = objects.content(blob).filter(|_| size > left_out::whole(walk));
        if let Some(content) = content {
            // It was read to its end before.
            let _ = in_parts(matcher, &path, content, &mut see);
            continue;
        }
        let Some(data) = again(repository, id, &mut buffer, unopened) else { continue };
        unopened.extend(credentials(matcher, &path, data.data, walk, &mut see));
    }
    hits
}

/// An object in which a credential was seen. That it cannot be read again is said: it is not clean.
fn again<'b>(
    repository: &gix::Repository,
    id: gix::ObjectId,
    buffer: &'b mut Vec<u8>,
    unread: &mut Vec<(String, String, String)>,
) -> Option<gix::objs::Data<'b>> {
    let why = match gix::objs::Find::try_find(&repository.objects, &id, buffer) {
        Ok(Some(data)) => return Some(data),
        Ok(None) => "git does not find it".to_owned(),
        Err(why) => why.to_string(),
    };
    let why = format!("a credential stands in it, but it cannot be read again: {why}");
    unread.push((format!("object {id}"), why, MEND.to_owned()));
    None
}

/// For each credential and path: the version that brought it, or the one in HEAD if that is known.
fn versions(
    objects: &Objects,
    found: &Found,
    stood: &HashMap<u32, Vec<Stood>>,
) -> BTreeMap<(u32, String), Version> {
    // By credential and path: the first place, and the place in HEAD.
    let mut first: BTreeMap<(u32, &str), (&Stood, u32)> = BTreeMap::new();
    let mut head: HashMap<(u32, &str), u32> = HashMap::new();
    let mut versions: BTreeMap<(u32, String), Version> = BTreeMap::new();
    for (blob, numbers) in &found.blobs {
        let places = stood.get(blob).map(Vec::as_slice).unwrap_or_default();
        for number in numbers {
            for place in places {
                let key = (*number, place.path.as_str());
                let earliest = first.entry(key).or_insert((place, *blob));
                if place.order < earliest.0.order {
                    *earliest = (place, *blob);
                }
                if place.in_head {
                    head.insert(key, *blob);
                }
            }
        }
        if places.is_empty() {
            // Nothing leads to it: left behind by a rebase, an amend, a dropped stash.
            let location = Location::logical(blob_name(objects, *blob));
            let version = versions.entry((*blob, String::new())).or_default();
            let sighting = Sighting { location, in_head: Some(false), ..Sighting::default() };
            version.extend(numbers.iter().map(|number| (*number, sighting.clone())));
        }
    }
    for (key, (place, blob)) in first {
        let blob = head.get(&key).copied().unwrap_or(blob);
        let version = versions.entry((blob, place.path.clone())).or_default();
        let sighting = Sighting {
            location: Location::file(&place.path),
            commit: objects.id(place.commit).map(|id| id.to_hex().to_string()),
            committed_at: place.authored,
            in_head: Some(head.contains_key(&key)),
            through: Vec::new(),
        };
        version.insert(key.0, sighting);
    }
    versions
}

/// Credentials in commit and tag messages.
fn messages(
    repository: &gix::Repository,
    objects: &Objects,
    matcher: &Matcher,
    found: &Found,
    commits: &Commits,
    unread: &mut Vec<(String, String, String)>,
) -> Vec<(Hit, Sighting)> {
    let mut hits = Vec::new();
    let mut buffer = Vec::new();
    for (number, wanted) in &found.messages {
        let Some(id) = objects.id(*number) else { continue };
        let Some(data) = again(repository, id, &mut buffer, unread) else { continue };
        let is_commit = data.kind == gix::objs::Kind::Commit;
        let what = if is_commit { "message of commit" } else { "message of tag" };
        matcher.scan("", data.data, &mut |hit| {
            if found.number(&hit).is_some_and(|number| wanted.contains(&number)) {
                let sighting = Sighting {
                    location: Location::logical(format!("{what} {id}")),
                    commit: is_commit.then(|| id.to_hex().to_string()),
                    committed_at: commits.authored(*number),
                    in_head: None,
                    through: Vec::new(),
                };
                hits.push((hit, sighting));
            }
        });
    }
    hits
}

fn blob_name(objects: &Objects, blob: u32) -> String {
    objects.id(blob).map_or_else(|| "blob".to_owned(), |id| format!("blob {id}"))
}
