//! A credential lies in the store that every job reads.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for record in estate.resources.iter().filter(|r| r.kind == "ci-credential") {
        let attr = |name: &str| record.attrs.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        if attr("platform") != "jenkins" || attr("scope") != "GLOBAL" {
            continue;
        }
        let message = format!(
            "Credential '{}' is open to every job of its Jenkins. A change to any pipeline script there, on any branch that is built, can take it.",
            attr("name"),
        );
        let finding = findings.report(record, &record.subject, message);
        finding.key("global").at(record.location.clone().unwrap_or_default());
        finding.fix("Keep it in the folder of the jobs that need it; use the scope SYSTEM for what only Jenkins itself needs.");
        finding.weigh(Component::Exposure, Level::exactly(2, "every job can bind it").citing(record));
        finding.weigh(Component::Privilege, Level::between(1, 3, "what it opens is not in the file"));
        finding.weigh(Component::Reach, Level::between(1, 3, "all jobs of the controller"));
        finding.weigh(Component::Liveness, Level::between(1, 3, "it is configured"));
    }
}
