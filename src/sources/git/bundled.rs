//! A git bundle inside a folder or an archive: all of its history is searched, like that of a repository.
//! It comes unasked, so its limits are those of an archive: what it comes to is known before it is laid out.

use super::{
    blob::Unread,
    bundle::{self, BundleError},
    facts::Facts,
    history::{self, Limits, Refused, Wanted},
};
use crate::{
    config::Walk,
    sources::{archive::LeftOut, content::Steps},
    state::Seen,
};
use overstay_detectors::{
    evidence::{Location, Sighting},
    readers::secrets::{Hit, Matcher},
};

/// Objects of one bundle.
const MOST_OBJECTS: u32 = 500_000;
/// Bytes of all objects of one bundle, each rebuilt.
const MOST_BYTES: u64 = 2 << 30;

/// What a bundle holds.
pub(super) struct Bundled {
    /// Every credential at every path where it stood; the place is the file that the bundle is in.
    pub(super) hits: Vec<(Hit, Sighting)>,
    pub(super) unread: Vec<Unread>,
}

/// Searches a bundle that stands in a file: it is the file, or the steps lead to it.
pub(super) fn search(
    matcher: &Matcher,
    path: &str,
    steps: Steps,
    bytes: &[u8],
    walk: &Walk,
) -> Result<Bundled, LeftOut> {
    let unreadable = |_: BundleError| LeftOut::BrokenBundle;
    let (pack, hash_len) = bundle::pack(bytes).map_err(unreadable)?;
    let object_bytes = walk.max_file_bytes;
    let limits = Limits { objects: MOST_OBJECTS, object_bytes, bytes: MOST_BYTES };
    history::weigh(pack, hash_len, limits).map_err(|refused| match refused {
        Refused::Limit(limit) => LeftOut::Limit(limit),
        Refused::Damaged => LeftOut::BrokenBundle,
    })?;
    let laid_out = bundle::unbundle(&mut &*bytes).map_err(unreadable)?;
    let facts = Facts::of(laid_out.folder.path());
    let repository = facts.repository.as_ref().ok_or(LeftOut::BrokenBundle)?;
    let (found, _) = history::scan(repository, matcher, walk, &Seen::EMPTY, &Wanted::NOTHING);
    let outer = Outer { path, steps };
    let hits = found.hits.into_iter().map(|(hit, sighting)| (hit, outer.sighting(sighting)));
    let unread = found.unread.into_iter().chain(laid_out.unread());
    let unread = unread.map(|(part, why, remedy)| (outer.part(&part), why, remedy));
    Ok(Bundled { hits: hits.collect(), unread: unread.collect() })
}

/// Where a bundle stands.
struct Outer<'a> {
    path: &'a str,
    steps: Steps<'a>,
}

impl Outer<'_> {
    /// A place in the bundle's history, as one in the file. Whether it is in the bundle's HEAD does not
    /// matter: the file is here, and holds it.
    fn sighting(&self, inner: Sighting) -> Sighting {
        let place = inner.location.path.or(inner.location.logical).unwrap_or_default();
        let step = std::iter::once(format!("bundle:{place}"));
        Sighting {
            location: Location::file(self.path),
            through: self.steps.iter().cloned().chain(step).chain(inner.through).collect(),
            commit: inner.commit,
            committed_at: inner.committed_at,
            in_head: None,
        }
    }

    fn part(&self, part: &str) -> String {
        let steps = self.steps.iter().map(String::as_str);
        let parts = std::iter::once(self.path).chain(steps).chain([part]);
        parts.collect::<Vec<_>>().join(" > ")
    }
}
