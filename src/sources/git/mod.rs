//! A git repository: its working tree, its history, a range of commits, what is staged.

mod arrivals;
mod blob;
mod bundle;
mod bundled;
mod checkout;
mod committers;
mod facts;
mod folder;
mod history;
mod kept;
mod range;
mod sightings;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod walk;

use super::{Collecting, Context, GitScope, Source, archive::LeftOut, content::HEAD, coverage};
use crate::{config::Walk, state::Seen};
use facts::Facts;
use history::Wanted;
use kept::Kept;
use overstay_detectors::{
    evidence::{Exception, ExceptionClass, Record, Sighting, Src},
    readers::secrets::{FingerprintKey, Hit, Matcher, exposures},
};
use range::News;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

struct Git {
    root: PathBuf,
    src: Src,
}

/// `git=PATH`: the repository or plain folder at a path; without it, the present folder.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    let root = PathBuf::from(arg.unwrap_or("."));
    if !root.exists() {
        return Err(format!("{} does not exist", root.display()));
    }
    let src = match bundle::is_bundle_file(&root) {
        true => Src::of("git", &bundle_name(&root)),
        false => Facts::of(&root).src(),
    };
    Ok(Box::new(Git { root, src }))
}

impl Source for Git {
    fn name(&self) -> &'static str {
        "git"
    }

    fn folder(&self) -> Option<(Src, PathBuf)> {
        Some((self.src.clone(), self.root.clone()))
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        let (root, context) = (self.root.clone(), context.clone());
        Box::pin(async move {
            let src = self.src.clone();
            let reading = tokio::task::spawn_blocking({
                let context = context.clone();
                move || read(&root, &context)
            });
            reading.await.unwrap_or_else(|_| {
                let why = ("reading stopped unexpectedly".into(), "report this as a bug".into());
                vec![coverage(&src, context.now, "", Some(why)).into()]
            })
        })
    }
}

/// Reads what lies at a path: a repository, a plain folder, a file, or a bundle.
fn read(root: &Path, context: &Context) -> Vec<Record> {
    if !bundle::is_bundle_file(root) {
        return Reading::new(root, context).read();
    }
    let name = bundle_name(root);
    match bundle::unbundle_file(root) {
        Ok(laid_out) => {
            let facts = Facts::of(laid_out.folder.path()).named(name);
            let mut reading = Reading::of(laid_out.folder.path(), facts, context);
            if let Some((part, why, remedy)) = laid_out.unread() {
                reading.unread(&part, why, remedy);
            }
            reading.read()
        }
        Err(why) => {
            let why = (format!("it is a git bundle: {why}"), bundle::REMEDY.to_owned());
            vec![coverage(&Src::of("git", &name), context.now, &name, Some(why)).into()]
        }
    }
}

/// Searches a bundle in memory as one that lies in a folder under this path: how many credentials it
/// holds, and how many parts could not be read; for tests of the readers.
///
/// # Errors
/// When it is over a limit, or no bundle that stands for itself.
pub fn search_bundle(
    matcher: &Matcher,
    path: &str,
    bytes: &[u8],
    walk: &Walk,
) -> Result<(usize, usize), LeftOut> {
    let found = bundled::search(matcher, path, &[], bytes, walk)?;
    Ok((found.hits.len(), found.unread.len()))
}

/// What a bundle is called: its file.
fn bundle_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// False for a record that says that something was not read.
fn is_complete(record: &Record) -> bool {
    !matches!(record, Record::Coverage(coverage) if !coverage.complete && !coverage.by_design)
}

/// True for the name of a rule about credentials that can be seen, or a variant of one.
fn names_exposure(name: &str) -> bool {
    let rule = overstay_rules::find(name.split('/').next().unwrap_or(name));
    rule.is_some_and(|rule| rule.plane == "exposure")
}

/// One repository while it is read.
struct Reading<'a> {
    root: &'a Path,
    context: &'a Context,
    facts: Facts,
    matcher: Matcher,
    src: Src,
    records: Vec<Record>,
    hits: Vec<(Hit, Sighting)>,
}

impl<'a> Reading<'a> {
    fn new(root: &'a Path, context: &'a Context) -> Reading<'a> {
        Reading::of(root, Facts::of(root), context)
    }

    fn of(root: &'a Path, facts: Facts, context: &'a Context) -> Reading<'a> {
        let matcher = Matcher::built_in(&FingerprintKey::new(&context.fingerprint_key));
        let src = facts.src();
        let records = facts.record(context.now).map(Record::from).into_iter().collect();
        Reading { root, context, facts, matcher, src, records, hits: Vec::new() }
    }

    /// Reads what the scope asks for.
    fn read(mut self) -> Vec<Record> {
        match &self.context.git {
            // A bare repository has no files but those of its history.
            GitScope::WorkingTree if self.facts.is_bare() => self.history(),
            GitScope::WorkingTree => self.working_tree(),
            GitScope::History if self.facts.is_bare() => self.history(),
            GitScope::History => {
                self.working_tree();
                self.history();
            }
            GitScope::Range(range) => {
                let walk = &self.context.config.walk;
                self.news("range", |repository, matcher| {
                    range::read(repository, range, matcher, walk)
                });
            }
            GitScope::Staged => {
                let walk = &self.context.config.walk;
                self.news("staged", |repository, matcher| range::staged(repository, matcher, walk));
            }
        }
        let exposures = exposures(&self.src, self.context.now, self.hits);
        self.records.extend(exposures.into_iter().map(Record::from));
        if self.records.iter().all(is_complete) {
            self.records.push(coverage(&self.src, self.context.now, ".", None).into());
        }
        self.records
    }

    fn working_tree(&mut self) {
        let (mut records, hits) =
            checkout::read(self.root, &self.facts, &self.matcher, self.context);
        if let Some(repository) = &self.facts.repository {
            committers::note(repository, self.root, &mut records);
        }
        self.records.extend(records);
        self.hits = hits;
    }

    fn history(&mut self) {
        let Some(repository) = &self.facts.repository else {
            return self.no_repository("history");
        };
        let walk = &self.context.config.walk;
        let nothing = Seen::EMPTY;
        let kept = self.context.state.as_deref();
        let kept = kept.map(|folder| Kept::open(folder, &self.facts.name, self.context));
        let seen = kept.as_ref().map_or(&nothing, |kept| &kept.seen);
        // A bare repository has its documents among the objects.
        let head = self.facts.head_tree().filter(|_| self.facts.is_bare());
        let files = head.map_or(Ok(Vec::new()), |head| arrivals::files(repository, head));
        let (files, missing) = match files {
            Ok(files) => (files, None),
            Err(missing) => (Vec::new(), Some(missing)),
        };
        let documents = Mutex::new(Vec::new());
        let (src, name, context) = (&self.src, self.facts.owner_and_name(), self.context);
        let see = |path: &str, bytes: &[u8]| {
            let mut records = Vec::new();
            checkout::document(path, bytes, src, name, context, &mut records);
            documents.lock().unwrap_or_else(PoisonError::into_inner).append(&mut records);
        };
        let see_long = |path: &str, head: &[u8]| {
            let record = checkout::unread_document(path, head, src, name, context);
            let mut documents = documents.lock().unwrap_or_else(PoisonError::into_inner);
            documents.extend(record.map(Record::from));
        };
        let wanted = Wanted { files: &files, see: &see, see_long: &see_long };
        let (history, clean) = history::scan(repository, &self.matcher, walk, seen, &wanted);
        if let Some(kept) = &kept {
            kept.save(&clean);
        }
        let beside = folder::read(repository, &self.matcher, walk.max_file_bytes);
        let mut documents = documents.into_inner().unwrap_or_else(PoisonError::into_inner);
        documents.sort_by(|a: &Record, b: &Record| a.recorded().id().cmp(b.recorded().id()));
        self.records.append(&mut documents);
        if let Some(missing) = missing {
            self.unread("HEAD", missing.to_string(), "run git fsck".to_owned());
        }
        sightings::merge(&mut self.hits, history.hits);
        folder::add(&mut self.hits, beside.hits);
        for (part, why, remedy) in history.unread.into_iter().chain(beside.unread) {
            self.unread(&part, why, remedy);
        }
    }

    fn news(
        &mut self,
        part: &str,
        read: impl FnOnce(&gix::Repository, &Matcher) -> Result<News, range::RangeError>,
    ) {
        let Some(repository) = &self.facts.repository else { return self.no_repository(part) };
        match read(repository, &self.matcher) {
            Ok(news) => {
                let before = self.records.len();
                self.documents(&news.changed);
                if let GitScope::Range(range) = &self.context.git {
                    self.keep_decisions_of_base(range, before);
                }
                self.hits.extend(news.hits);
                for (part, why, remedy) in news.unread {
                    self.unread(&part, why, remedy);
                }
            }
            Err(why) => {
                let remedy = "fetch both ends and all between: fetch-depth: 0 in actions/checkout";
                self.unread(part, why.to_string(), remedy.to_owned());
            }
        }
    }

    /// Gives files out of the object database to the readers.
    fn documents(&mut self, files: &[(String, gix::ObjectId)]) {
        let Some(repository) = &self.facts.repository else { return };
        let walk = &self.context.config.walk;
        let (src, name, context) = (&self.src, self.facts.owner_and_name(), self.context);
        for (path, blob) in files {
            // What cannot be held was named before.
            let Ok(Ok(object)) = blob::read(repository, *blob, walk) else { continue };
            if object.data.len() as u64 > walk.max_file_bytes {
                let head = object.data.get(..HEAD as usize).unwrap_or_default();
                let unread = checkout::unread_document(path, head, src, name, context);
                self.records.extend(unread.map(Record::from));
            } else {
                checkout::document(path, &object.data, src, name, context, &mut self.records);
            }
        }
    }

    /// Of the comments that ask to leave a finding, keeps those that stood at the base of the range.
    /// What they say of credentials does not count: those that a range brings are new, even on a
    /// line that had such a comment.
    fn keep_decisions_of_base(&mut self, range: &str, from: usize) {
        let added = self.records.split_off(from);
        let mut at_base: HashMap<String, Vec<Exception>> = HashMap::new();
        for record in added {
            let Record::Exception(mut exception) = record else {
                self.records.push(record);
                continue;
            };
            let path = exception.location.as_ref().and_then(|place| place.path.clone());
            let Some(path) = path.filter(|_| exception.class == ExceptionClass::Suppression) else {
                self.records.push(exception.into());
                continue;
            };
            let known =
                at_base.entry(path).or_insert_with_key(|path| self.decisions_at_base(range, path));
            let says = |one: &Exception| {
                (one.rules.clone(), one.owner.clone(), one.reason.clone(), one.not_after)
            };
            if known.iter().any(|one| says(one) == says(&exception)) {
                exception.rules.retain(|name| !names_exposure(name));
                if !exception.rules.is_empty() {
                    self.records.push(exception.into());
                }
            }
        }
    }

    fn decisions_at_base(&self, range: &str, path: &str) -> Vec<Exception> {
        let Ok(Some(bytes)) = range::file_at_base(&self.facts, range, path) else {
            return Vec::new();
        };
        let mut records = Vec::new();
        let name = self.facts.owner_and_name();
        checkout::document(path, &bytes, &self.src, name, self.context, &mut records);
        let exceptions = records.into_iter().filter_map(|record| match record {
            Record::Exception(exception) => Some(exception),
            _ => None,
        });
        exceptions.collect()
    }

    fn no_repository(&mut self, part: &str) {
        let why = "it is not a git repository".to_owned();
        self.unread(part, why, "name a repository".to_owned());
    }

    fn unread(&mut self, part: &str, why: String, remedy: String) {
        let record = coverage(&self.src, self.context.now, part, Some((why, remedy)));
        // Several versions of one file may have been left out: it is named once.
        if self.records.iter().all(|known| known.recorded().id() != record.id) {
            self.records.push(record.into());
        }
    }
}

/// A file beside what it is in the repository.
#[derive(Debug, PartialEq, Eq)]
pub enum Held {
    /// The repository does not hold it: no change brings it.
    Outside,
    /// The repository holds it: as it was at the base of a range, `None` if it was not there.
    AtBase(Option<String>),
}

/// What a repository holds of a file at the ends of a range of commits. Settings, exceptions and
/// baselines are read from its base, so that a change cannot silence what it brings itself.
///
/// # Errors
/// When the range cannot be resolved, or the file of the base is no text.
pub fn held(root: &Path, range: &str, file: &Path) -> Result<Held, String> {
    let held = range::held(&Facts::of(root), range, file);
    match held.map_err(|why| format!("--range {range}: {why}"))? {
        None => Ok(Held::Outside),
        Some(text) => {
            let text = text.map(String::from_utf8).transpose();
            let text = text.map_err(|_| format!("{} of the base: not UTF-8", file.display()))?;
            Ok(Held::AtBase(text))
        }
    }
}
