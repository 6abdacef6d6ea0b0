//! A server that is fetched anew at every start is handed a credential.

use crate::{
    evidence::{Estate, pipeline::ComponentKind},
    finding::{Findings, Level},
    policy::agents::{active, weigh, who},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in active(&estate.agents) {
        let Some(package) = agent.package.as_ref().filter(|p| p.pin.is_movable()) else { continue };
        let Some(first) = agent.credentials.first() else { continue };
        let version = package.reference.as_deref().unwrap_or("its latest version");
        let message = format!(
            "{} runs '{}' at {version} and hands it '{}'. Whoever publishes the next version has the credential.",
            who(agent),
            package.name,
            first.slot,
        );
        let finding = findings.report(agent, &agent.subject, message);
        finding.key(&package.name).at(package.location.clone());
        finding.related(first.location.clone(), "the credential is handed over here");
        finding.fix(match package.kind {
            ComponentKind::Image => format!("Name the image by its digest: `{}@sha256:…`.", package.name),
            _ => format!("Name an exact version that was looked at: `{}@1.2.3` (npm), `{}==1.2.3` (PyPI).", package.name, package.name),
        });
        weigh(
            finding,
            Level::exactly(3, "the publisher of the package holds it").citing(agent),
            Level::between(1, 3, "what the credential opens is not in the file"),
        );
    }
}
