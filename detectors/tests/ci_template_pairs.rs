//! Deployments as the providers' documentation writes them, with a stored key and without one.

#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "ci_template_pairs/github.rs"]
mod github;
#[path = "ci_template_pairs/gitlab.rs"]
mod gitlab;
#[path = "ci_template_pairs/other_systems.rs"]
mod other_systems;

use overstay_detectors::{
    detect,
    evidence::{Estate, Src, Thresholds},
    readers::{Document, read_document},
};

/// One deployment in both forms.
#[derive(Clone, Copy)]
struct Pair {
    name: &'static str,
    path: &'static str,
    stored: &'static str,
    federated: &'static str,
}

fn is_reported(path: &str, text: &str) -> bool {
    let src = Src::of("git", "acme");
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    let document =
        Document { path, bytes: text.as_bytes(), src: &src, repository: None, as_of: now };
    let mut records = Vec::new();
    read_document(&document, &mut records);
    assert!(!records.is_empty(), "{path} is read");
    let estate = Estate::build(records, now, Thresholds::default());
    let rules = ["ci-ssh-key-stored", "ci-static-cloud-credential"];
    let rules = rules.map(|slug| overstay_rules::find(slug).unwrap().id);
    !detect(&estate, &rules).0.is_empty()
}

#[test]
fn the_stored_key_is_reported_and_its_federated_twin_is_not() {
    for Pair { name, path, stored, federated } in
        [github::PAIRS, gitlab::PAIRS, other_systems::PAIRS].concat()
    {
        assert!(is_reported(path, stored), "{name}: the stored key");
        assert!(!is_reported(path, federated), "{name}: no stored key");
    }
}
