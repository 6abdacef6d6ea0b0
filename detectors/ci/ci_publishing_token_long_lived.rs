//! A job publishes packages with a stored token although the registry trusts the platform.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::ci::{Class, Wording, report_stored_keys},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let wording = Wording {
        wanted: |kind| kind.class == Class::Package && kind.federation.is_some(),
        says: |_, who, kind, secret| {
            format!("{who} uses {} with the long-lived token '{secret}'", kind.provider)
        },
        because: |kind| {
            format!("Whoever copies the {} publishes under this project's name", kind.name)
        },
        privilege: (2, 3, "it publishes what others install"),
    };
    report_stored_keys(estate, findings, &wording);
}
