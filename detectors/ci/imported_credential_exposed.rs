//! What another tool reports: a credential of a job in the open.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-credential-exposed", findings);
}
