//! A server is handed a token that is a person.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::agents::{KnownKind, report_known},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_known(
        estate,
        findings,
        KnownKind::Personal,
        "What the agent does appears as that person, with all that the person may do.",
        (2, 4, "all that the person may do"),
    );
}
