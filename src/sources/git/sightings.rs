//! Places of the working tree and of the history, put together.

use overstay_detectors::{evidence::Sighting, readers::secrets::Hit};
use std::collections::HashMap;

/// Adds the places of the history to those of the working tree. A file of HEAD that stands in the
/// working tree is one place: it keeps the region of the working tree and gets the commit.
pub(super) fn merge(present: &mut Vec<(Hit, Sighting)>, past: Vec<(Hit, Sighting)>) {
    let mut here: HashMap<(String, &'static str, String), Vec<usize>> = HashMap::new();
    for (at, (hit, sighting)) in present.iter().enumerate() {
        if let Some(path) = &sighting.location.path {
            let key = (hit.fingerprint.clone(), hit.format, path.clone());
            here.entry(key).or_default().push(at);
        }
    }
    for (hit, sighting) in past {
        let path = sighting.location.path.clone().unwrap_or_default();
        let known = here.get(&(hit.fingerprint.clone(), hit.format, path));
        match known.filter(|_| sighting.in_head == Some(true)) {
            Some(places) => {
                for at in places {
                    let Some((_, place)) = present.get_mut(*at) else { continue };
                    place.commit.clone_from(&sighting.commit);
                    place.committed_at = sighting.committed_at;
                    place.in_head = Some(true);
                }
            }
            None => present.push((hit, sighting)),
        }
    }
}
