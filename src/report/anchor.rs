//! Where a finding can be shown. A place in a repository for everything, even for an identity that
//! lives in a cloud account.

use overstay_detectors::{
    evidence::{Estate, Location, Region},
    finding::Finding,
};
use std::collections::HashMap;

/// Where identities are written down in files: the line of code that defines them, or the line of
/// the committed identity register.
#[derive(Debug, Default)]
pub struct Anchors {
    places: HashMap<String, Location>,
}

/// A file with a region that has lines and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Path relative to the repository, `/`-separated.
    pub path: String,
    /// The region; the first character for a whole file.
    pub region: Region,
    /// True when no such file exists: the path is only a stable name.
    pub synthetic: bool,
}

/// The first character of a file.
const START: Region = Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1 };

impl Anchors {
    /// Collects the places of identities, first record (by id) first.
    pub fn new(estate: &Estate) -> Anchors {
        let mut places = HashMap::new();
        for identity in &estate.identities {
            let Some(location) = identity.location.as_ref().filter(|l| l.path.is_some()) else {
                continue;
            };
            for alias in &identity.aliases {
                places.entry(alias.clone()).or_insert_with(|| location.clone());
                places
                    .entry(estate.canonical.name(alias).to_owned())
                    .or_insert_with(|| location.clone());
            }
        }
        Anchors { places }
    }

    /// The one place of a finding: the first of its own that is in a file, else where its identity
    /// is written down, else a path that is only a name.
    pub fn of(&self, finding: &Finding) -> Anchor {
        let own = finding.locations.iter().find_map(in_file);
        own.or_else(|| self.places.get(&finding.identity).and_then(in_file))
            .unwrap_or_else(|| synthetic(finding))
    }
}

/// The anchor of a location, if it is in a file and the path can be shown to anybody.
pub(super) fn in_file(location: &Location) -> Option<Anchor> {
    let path = location.path.as_deref().filter(|path| is_relative(path))?;
    let region = location.region.map_or(START, tidy);
    Some(Anchor { path: path.to_owned(), region, synthetic: false })
}

/// A region that counts from one and does not end before it starts.
fn tidy(region: Region) -> Region {
    let start_line = region.start_line.max(1);
    let start_column = region.start_column.max(1);
    let end_line = region.end_line.max(start_line);
    let least = if end_line == start_line { start_column } else { 1 };
    Region { start_line, start_column, end_line, end_column: region.end_column.max(least) }
}

fn is_relative(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && !path.contains('\\')
        && path.split('/').all(|part| !part.is_empty() && part != ".." && part != ".")
}

/// `nhi/<system>/<tenant>/<namespace>/<name>`: the same for the same identity, for ever.
fn synthetic(finding: &Finding) -> Anchor {
    let (namespace, name) =
        finding.identity.split_once(':').unwrap_or(("identity", &finding.identity));
    let tenant = finding.src.tenant.as_deref().unwrap_or("default");
    let path = ["nhi", &finding.src.system, tenant, namespace, name]
        .iter()
        .map(|part| segment(part))
        .collect::<Vec<_>>()
        .join("/");
    Anchor { path, region: START, synthetic: true }
}

/// One path segment without separators, or the empty and dotted ones that have a meaning.
fn segment(text: &str) -> String {
    let flat: String = text
        .chars()
        .map(|c| if matches!(c, '/' | '\\' | ':') || c.is_control() { '_' } else { c })
        .collect();
    match flat.as_str() {
        "" | "." | ".." => "_".to_owned(),
        _ => flat,
    }
}
