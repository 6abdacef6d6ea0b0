//! What another tool reports: a stored token where none is needed.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-credential-long-lived", findings);
}
