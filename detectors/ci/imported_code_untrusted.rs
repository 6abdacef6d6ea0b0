//! What another tool reports: code of others that can change.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-code-untrusted", findings);
}
