//! What another tool reports: a job that may do more than it needs.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-permissions-excessive", findings);
}
