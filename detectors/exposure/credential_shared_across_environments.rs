//! One credential value in the files of production and of another environment.

use crate::{
    evidence::{Estate, Exposure, Recorded as _, Sighting},
    finding::{Findings, Level},
    policy::exposure::{
        environment, is_believed, liveness, owner, privilege, reach_of_outsiders,
    },
};
use overstay_rules::Component;
use std::collections::BTreeMap;

/// Where one value stands: the first place of each environment.
type Places<'a> = BTreeMap<&'static str, (&'a Exposure, &'a Sighting)>;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (fingerprint, places) in by_value(estate) {
        let Some((first, production)) = places.get("production").copied() else { continue };
        let others: Vec<&str> = places.keys().copied().filter(|e| *e != "production").collect();
        if others.is_empty() {
            continue;
        }
        let who = owner(first);
        let message = format!("'{who}' is one credential in production and {}.", others.join(", "));
        let reach = Level::exactly(2, "one credential opens both environments");
        let finding = findings.report(first, who, message);
        finding
            .key(fingerprint)
            .weigh(Component::Exposure, reach_of_outsiders().citing(first))
            .weigh(Component::Privilege, privilege(first).citing(first))
            .weigh(Component::Liveness, liveness(first, estate).citing(first))
            .weigh(Component::Reach, reach.citing(first));
        finding.at(production.location.clone());
        for (name, (exposure, sighting)) in places.iter().filter(|(name, _)| **name != "production") {
            if exposure.id() != first.id() {
                finding.evidence.push(exposure.id().to_owned());
            }
            finding.related(sighting.location.clone(), format!("The same value in {name}"));
        }
    }
}

fn by_value(estate: &Estate) -> BTreeMap<&str, Places<'_>> {
    let mut found: BTreeMap<&str, Places> = BTreeMap::new();
    for exposure in estate.exposures.iter().filter(|e| is_believed(e, estate)) {
        for sighting in &exposure.places {
            let path = sighting.location.path.as_deref().unwrap_or_default();
            if let Some(environment) = environment::of_path(path) {
                let places = found.entry(&exposure.fingerprint).or_default();
                places.entry(environment).or_insert((exposure, sighting));
            }
        }
    }
    found
}
