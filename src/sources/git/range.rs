//! A range of commits, as a pull request brings it, and what is staged: only what is new.

use super::{
    arrivals::{Arrival, Missing, commit, files, of_commit},
    blob::{self, Unread, credentials},
    facts::Facts,
    history::limits,
};
use crate::config::Walk;
use gix::ObjectId;
use overstay_detectors::{
    evidence::{Location, Sighting},
    readers::secrets::{Hit, Matcher},
};
use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

/// Why a range cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum RangeError {
    #[error("`{0}` is not BASE..HEAD")]
    Form(String),
    #[error("no commit `{0}` in this clone")]
    NoCommit(String),
    #[error("the commits between cannot be listed")]
    Walk,
    #[error(transparent)]
    Missing(#[from] Missing),
}

/// What a range brings.
pub(super) struct News {
    pub(super) hits: Vec<(Hit, Sighting)>,
    /// The files that changed, as they are at the end of the range.
    pub(super) changed: Vec<(String, ObjectId)>,
    pub(super) unread: Vec<Unread>,
}

/// Reads the objects that `base..head` brings: reachable from head and not from base.
pub(super) fn read(
    repository: &gix::Repository,
    range: &str,
    matcher: &Matcher,
    walk: &Walk,
) -> Result<News, RangeError> {
    let (base, head) = ends(repository, range)?;
    let between = repository.rev_walk([head]).with_hidden([base]).all();
    let mut commits = Vec::new();
    for info in between.map_err(|_| RangeError::Walk)? {
        commits.push(info.map_err(|_| RangeError::Walk)?.id);
    }
    // The walk goes back in time; what a commit brings is judged after what its parents brought.
    commits.reverse();
    let edge: HashSet<ObjectId> = match repository.shallow_commits() {
        Ok(Some(edge)) => edge.iter().copied().collect(),
        _ => HashSet::new(),
    };
    let mut unread: Vec<_> = limits(repository);
    let mut arrivals = Vec::new();
    for id in &commits {
        let absent = if edge.contains(id) {
            commit(repository, *id)?.parents.into_iter().collect()
        } else {
            HashSet::new()
        };
        arrivals.extend(of_commit(repository, *id, &absent)?);
    }
    let mut hits = hits(repository, matcher, &arrivals, walk, &mut unread)?;
    let last = commit(repository, head)?.tree;
    let mut changed = files(repository, last)?;
    let brought: HashSet<(&str, ObjectId)> =
        arrivals.iter().map(|arrival| (arrival.path.as_str(), arrival.blob)).collect();
    changed.retain(|(path, blob)| brought.contains(&(path.as_str(), *blob)));
    place_in_head(repository, matcher, &changed, walk, &mut hits)?;
    let mut hits: Vec<_> = hits.into_iter().map(|(_, hit, sighting)| (hit, sighting)).collect();
    hits.extend(messages(repository, matcher, &commits)?);
    Ok(News { hits, changed, unread })
}

/// Reads what is staged: the index, where it differs from HEAD.
pub(super) fn staged(
    repository: &gix::Repository,
    matcher: &Matcher,
    walk: &Walk,
) -> Result<News, RangeError> {
    let index = repository.open_index().map_err(|_| RangeError::NoCommit("index".to_owned()))?;
    let head: BTreeMap<String, ObjectId> = match repository.head_id() {
        Ok(id) => files(repository, commit(repository, id.detach())?.tree)?.into_iter().collect(),
        Err(_) => BTreeMap::new(),
    };
    let mut arrivals = Vec::new();
    for entry in index.entries() {
        use gix::index::entry::Mode;
        if !matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE) {
            continue;
        }
        let path = entry.path(&index).to_string();
        let before = head.get(&path);
        if before != Some(&entry.id) {
            let before = before.into_iter().copied().collect();
            let (commit, authored) = (None, None);
            arrivals.push(Arrival { blob: entry.id, path, commit, authored, before });
        }
    }
    let mut unread = Vec::new();
    let hits = hits(repository, matcher, &arrivals, walk, &mut unread)?;
    let changed = arrivals.iter().map(|a| (a.path.clone(), a.blob)).collect();
    let hits = hits.into_iter().map(|(_, hit, sighting)| (hit, sighting)).collect();
    Ok(News { hits, changed, unread })
}

/// The two commits of a range. `base...head` starts at their merge base; so does `base..head`, as
/// what base has since gained is not reachable from head.
fn ends(repository: &gix::Repository, range: &str) -> Result<(ObjectId, ObjectId), RangeError> {
    let form = || RangeError::Form(range.to_owned());
    let (base, head) = range.split_once("..").ok_or_else(form)?;
    let head = head.strip_prefix('.').unwrap_or(head);
    let resolve = |name: &str| {
        let no_commit = || RangeError::NoCommit(name.to_owned());
        let spec = format!("{}^{{commit}}", if name.is_empty() { "HEAD" } else { name });
        let id = repository.rev_parse_single(spec.as_str()).map_err(|_| no_commit())?;
        Ok::<_, RangeError>(id.detach())
    };
    if base.is_empty() {
        return Err(form());
    }
    Ok((resolve(base)?, resolve(head)?))
}

/// The credentials of each arrival that nothing before it had.
fn hits<'a>(
    repository: &gix::Repository,
    matcher: &Matcher,
    arrivals: &'a [Arrival],
    walk: &Walk,
    unread: &mut Vec<Unread>,
) -> Result<Vec<(&'a Arrival, Hit, Sighting)>, RangeError> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for arrival in arrivals {
        if !seen.insert((arrival.blob, &arrival.path)) {
            continue;
        }
        let path = &arrival.path;
        let object = match blob::read(repository, arrival.blob, walk)? {
            Ok(object) => object,
            Err((why, remedy)) => {
                unread.push((path.clone(), why, remedy));
                continue;
            }
        };
        let mut found = Vec::new();
        let see =
            &mut |hit: Hit, region, steps: &[String]| found.push((hit, region, steps.to_vec()));
        unread.extend(credentials(matcher, path, &object.data, walk, see));
        if found.is_empty() {
            continue;
        }
        let known = known_before(repository, matcher, arrival, walk)?;
        for (hit, region, through) in found {
            if known.contains(&hit.fingerprint) {
                continue;
            }
            let sighting = Sighting {
                location: Location { region, ..Location::file(path) },
                through,
                commit: arrival.commit.map(|id| id.to_hex().to_string()),
                committed_at: arrival.authored,
                ..Sighting::default()
            };
            all.push((arrival, hit, sighting));
        }
    }
    Ok(all)
}

/// Says of each credential whether it still stands at its path at the end of the range, and where.
fn place_in_head(
    repository: &gix::Repository,
    matcher: &Matcher,
    changed: &[(String, ObjectId)],
    walk: &Walk,
    hits: &mut [(&Arrival, Hit, Sighting)],
) -> Result<(), RangeError> {
    for (path, id) in changed {
        let here = |hit: &&mut (&Arrival, Hit, Sighting)| hit.0.path == *path;
        if !hits.iter_mut().any(|hit| here(&hit)) {
            continue;
        }
        let Ok(object) = blob::read(repository, *id, walk)? else { continue };
        let mut present = BTreeMap::new();
        credentials(matcher, path, &object.data, walk, &mut |hit, region, _| {
            if let Some(region) = region {
                present.entry(hit.fingerprint).or_insert(region);
            }
        });
        for (arrival, hit, sighting) in hits.iter_mut().filter(here) {
            if arrival.blob == *id {
                sighting.in_head = Some(true);
            } else if let Some(region) = present.get(&hit.fingerprint) {
                sighting.in_head = Some(true);
                sighting.location.region = Some(*region);
            }
        }
    }
    for (_, _, sighting) in hits {
        sighting.in_head.get_or_insert(false);
    }
    Ok(())
}

/// The fingerprints in what an arrival replaces. A credential that was there is not brought by it.
fn known_before(
    repository: &gix::Repository,
    matcher: &Matcher,
    arrival: &Arrival,
    walk: &Walk,
) -> Result<HashSet<String>, RangeError> {
    let mut known = HashSet::new();
    for id in &arrival.before {
        if let Ok(object) = blob::read(repository, *id, walk)? {
            credentials(matcher, &arrival.path, &object.data, walk, &mut |hit, _, _| {
                known.insert(hit.fingerprint);
            });
        }
    }
    Ok(known)
}

/// The credentials in the messages of commits.
fn messages(
    repository: &gix::Repository,
    matcher: &Matcher,
    commits: &[ObjectId],
) -> Result<Vec<(Hit, Sighting)>, RangeError> {
    let mut hits = Vec::new();
    for id in commits {
        let object = repository.find_object(*id).map_err(|_| Missing(*id))?;
        let authored = commit(repository, *id)?.authored;
        matcher.scan("", &object.data, &mut |hit| {
            let sighting = Sighting {
                location: Location::logical(format!("message of commit {id}")),
                commit: Some(id.to_hex().to_string()),
                committed_at: authored,
                ..Sighting::default()
            };
            hits.push((hit, sighting));
        });
    }
    Ok(hits)
}

/// A file as it was before the range.
pub(super) fn file_at_base(
    facts: &Facts,
    range: &str,
    path: &str,
) -> Result<Option<Vec<u8>>, RangeError> {
    let Some(repository) = &facts.repository else {
        return Err(RangeError::NoCommit(range.to_owned()));
    };
    let (base, _) = ends(repository, range)?;
    file_in(repository, base, path)
}

/// A file on the disk as it was before the range. `None` if neither end of the range has it: it then
/// is no part of the repository.
pub(super) fn held(
    facts: &Facts,
    range: &str,
    file: &Path,
) -> Result<Option<Option<Vec<u8>>>, RangeError> {
    let Some(repository) = &facts.repository else {
        return Err(RangeError::NoCommit(range.to_owned()));
    };
    let (base, head) = ends(repository, range)?;
    let Some(path) = path_in(repository, file) else { return Ok(None) };
    let before = file_in(repository, base, &path)?;
    let is_there = before.is_some() || file_in(repository, head, &path)?.is_some();
    Ok(is_there.then_some(before))
}

/// The path of a file in the repository, `/`-separated. A link is what it is, not where it leads.
fn path_in(repository: &gix::Repository, file: &Path) -> Option<String> {
    let root = repository.workdir()?.canonicalize().ok()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
    let below = folder.strip_prefix(root).ok()?.join(file.file_name()?);
    Some(below.to_str()?.replace('\\', "/"))
}

fn file_in(
    repository: &gix::Repository,
    id: ObjectId,
    path: &str,
) -> Result<Option<Vec<u8>>, RangeError> {
    let tree = commit(repository, id)?.tree;
    let tree = repository.find_tree(tree).map_err(|_| Missing(tree))?;
    let Ok(Some(entry)) = tree.lookup_entry_by_path(path) else { return Ok(None) };
    let id = entry.object_id();
    let object = repository.find_object(id).map_err(|_| Missing(id))?;
    Ok(Some(object.data.clone()))
}
