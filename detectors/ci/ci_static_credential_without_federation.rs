//! A job holds a long-lived credential that nothing known replaces.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::ci::{Class, Wording, report_stored_keys},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let wording = Wording {
        wanted: |kind| matches!(kind.class, Class::Platform | Class::Registry),
        says: |_, who, kind, secret| {
            format!("{who} holds the long-lived secret '{secret}' for {}", kind.provider)
        },
        because: |kind| format!("A {} needs an owner, an expiry and a rotation date", kind.name),
        privilege: (1, 2, "what it opens is not in the file"),
    };
    report_stored_keys(estate, findings, &wording);
}
