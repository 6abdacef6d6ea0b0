//! What another tool reports: a way for strangers into a job.

use crate::{evidence::Estate, finding::Findings, policy::imported::report_imported};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    report_imported(estate, "imported-job-open-to-strangers", findings);
}
