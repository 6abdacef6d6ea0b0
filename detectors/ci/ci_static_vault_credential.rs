//! A job opens a secret manager with a stored credential.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::ci::{Class, Wording, report_stored_keys},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let wording = Wording {
        wanted: |kind| kind.class == Class::Vault,
        says: |_, who, kind, secret| {
            format!("{who} opens {} with the stored secret '{secret}'", kind.provider)
        },
        because: |kind| format!("The {} is a standing key to every secret behind it", kind.name),
        privilege: (3, 4, "it reads secrets"),
    };
    report_stored_keys(estate, findings, &wording);
}
