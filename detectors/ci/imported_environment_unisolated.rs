//! What another tool reports: a job without a boundary around it.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-environment-unisolated", findings);
}
