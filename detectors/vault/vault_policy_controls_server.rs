//! A policy that changes the server itself.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::vault::{Family, report_family},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_family(estate, findings, Family::Server);
}
