//! A job logs in over SSH with a stored private key.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::ci::{Class, Wording, report_stored_keys},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let wording = Wording {
        wanted: |kind| kind.class == Class::Ssh,
        says: |_, who, _, secret| format!("{who} logs in with the stored SSH key '{secret}'"),
        because: |_| {
            "The key never expires and the other side cannot tell the job from a thief".to_owned()
        },
        privilege: (1, 3, "what the key opens is not in the file"),
    };
    report_stored_keys(estate, findings, &wording);
}
