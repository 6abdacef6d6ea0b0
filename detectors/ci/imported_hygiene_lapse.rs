//! What another tool reports: habits that matter only together with something else.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-hygiene-lapse", findings);
}
