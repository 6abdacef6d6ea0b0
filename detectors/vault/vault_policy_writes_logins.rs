//! A policy that decides who may log in as what.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::vault::{Family, report_family},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_family(estate, findings, Family::Logins);
}
