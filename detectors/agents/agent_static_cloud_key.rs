//! A server is handed a static key of a cloud account.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::agents::{KnownKind, report_known},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_known(
        estate,
        findings,
        KnownKind::Cloud,
        "The key works from anywhere until somebody deletes it.",
        (1, 4, "what the key may do is not in the file"),
    );
}
