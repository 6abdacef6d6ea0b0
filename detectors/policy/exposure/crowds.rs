//! Files of tests that are full of keys nobody issued: the vectors of a cryptographic library.

use super::kind;
use crate::{
    evidence::{Confidence, Exposure},
    readers::secrets::{self, Kind},
};
use std::collections::{BTreeMap, BTreeSet};

/// More guesses than these in one file of tests say that the file is data.
const MANY: usize = 100;

/// The files of tests in which very many values look like credentials and nothing tells an issuer.
#[derive(Debug, Default)]
pub(crate) struct Crowds(BTreeSet<String>);

impl Crowds {
    pub(crate) fn build(exposures: &[Exposure]) -> Crowds {
        let mut guesses: BTreeMap<&str, usize> = BTreeMap::new();
        for exposure in exposures.iter().filter(|exposure| is_guess(exposure)) {
            let paths: BTreeSet<&str> =
                exposure.places.iter().filter_map(|place| place.location.path.as_deref()).collect();
            for path in paths.into_iter().filter(|path| secrets::is_test(path)) {
                *guesses.entry(path).or_default() += 1;
            }
        }
        guesses.retain(|_, count| *count > MANY);
        Crowds(guesses.into_keys().map(str::to_owned).collect())
    }

    /// True for a guess that stands in such files only.
    pub(crate) fn hold(&self, exposure: &Exposure) -> bool {
        !self.0.is_empty()
            && is_guess(exposure)
            && exposure.places.iter().all(|place| {
                place.location.path.as_deref().is_some_and(|path| self.0.contains(path))
            })
    }
}

/// True for a key or token that nothing but its name and form suggests. Passwords are made up one by one,
/// however many a test has.
fn is_guess(exposure: &Exposure) -> bool {
    exposure.provider.is_none()
        && kind(exposure) != Some(Kind::Password)
        && exposure.lowered.is_none()
        && exposure.confidence >= Confidence::Medium
        && !exposure.places.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Location, Sighting};

    fn guesses(count: usize, path: &str) -> Vec<Exposure> {
        let place = Sighting { location: Location::file(path), ..Sighting::default() };
        let guess = Exposure {
            format: "generic-secret".into(),
            confidence: Confidence::Medium,
            places: vec![place],
            ..Exposure::default()
        };
        vec![guess; count]
    }

    #[test]
    fn very_many_guesses_in_one_test_are_data_and_elsewhere_they_are_leaks() {
        let held = |count, path| {
            let exposures = guesses(count, path);
            Crowds::build(&exposures).hold(exposures.first().unwrap())
        };
        assert!(held(MANY + 1, "test/vectors.txt"));
        assert!(!held(MANY, "test/vectors.txt"));
        assert!(!held(MANY + 1, "backup/users.json"));
    }

    #[test]
    fn what_also_stands_elsewhere_is_not_held() {
        let mut exposures = guesses(MANY + 1, "test/vectors.txt");
        let elsewhere = guesses(1, "deploy/app.yml").remove(0).places.remove(0);
        exposures.first_mut().unwrap().places.push(elsewhere);
        let crowds = Crowds::build(&exposures);
        assert!(!crowds.hold(exposures.first().unwrap()));
        assert!(crowds.hold(exposures.last().unwrap()));
    }
}
