//! One credential value in several repositories: one theft, one rotation, several owners.

use crate::{
    evidence::{Estate, Exposure, Recorded as _},
    finding::{Findings, Level},
    policy::exposure::{is_believed, liveness, owner, privilege, reach_of_outsiders},
};
use overstay_rules::Component;
use std::collections::BTreeMap;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (fingerprint, exposures) in by_value(estate) {
        let (Some(first), true) = (exposures.values().next().copied(), exposures.len() >= 2) else {
            continue;
        };
        let Some(place) = first.places.first() else { continue };
        let who = owner(first);
        let names: Vec<&str> = exposures.keys().copied().collect();
        let message = format!("'{who}' is one credential in {} repositories: {}.", names.len(), list(&names));
        let reach = Level::exactly(if names.len() > 2 { 3 } else { 2 }, "it opens what several applications need");
        let finding = findings.report(first, who, message);
        finding
            .key(fingerprint)
            .weigh(Component::Exposure, reach_of_outsiders().citing(first))
            .weigh(Component::Privilege, privilege(first).citing(first))
            .weigh(Component::Liveness, liveness(first, estate).citing(first))
            .weigh(Component::Reach, reach.citing(first));
        finding.at(place.location.clone());
        for (repository, exposure) in exposures.iter().skip(1) {
            finding.evidence.push(exposure.id().to_owned());
            if let Some(sighting) = exposure.places.first() {
                finding.related(sighting.location.clone(), format!("The same value in {repository}"));
            }
        }
    }
}

/// The believed exposures of each value, one for each repository.
fn by_value(estate: &Estate) -> BTreeMap<&str, BTreeMap<&str, &Exposure>> {
    let mut found: BTreeMap<&str, BTreeMap<&str, &Exposure>> = BTreeMap::new();
    for exposure in estate.exposures.iter().filter(|e| is_believed(e, estate)) {
        if let Some(repository) = exposure.src.tenant.as_deref() {
            found.entry(&exposure.fingerprint).or_default().entry(repository).or_insert(exposure);
        }
    }
    found
}

/// At most four names, then how many more.
fn list(names: &[&str]) -> String {
    const MOST: usize = 4;
    let shown = names.get(..names.len().min(MOST)).unwrap_or_default().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
