//! What another tool reports: a job that is handed more credentials than it names.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-credentials-excessive", findings);
}
