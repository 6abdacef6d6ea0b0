//! A job signs in to a cloud with a stored key.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::ci::{Class, Wording, report_stored_keys},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let wording = Wording {
        wanted: |kind| kind.class == Class::Cloud,
        says: |_, who, kind, secret| {
            format!("{who} signs in to {} with the stored secret '{secret}'", kind.provider)
        },
        because: |kind| {
            format!("The {} works for whoever copies it until somebody rotates it", kind.name)
        },
        privilege: (1, 4, "a deployment key; the file does not show its rights"),
    };
    report_stored_keys(estate, findings, &wording);
}
