//! A remote server is called without encryption.

use crate::{
    evidence::{Estate, names::is_local_host},
    finding::{Findings, Level},
    policy::agents::{active, weigh, who},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for agent in active(&estate.agents) {
        let Some(url) = agent.url.as_ref() else { continue };
        let Some(host) = plain_host(&url.text) else { continue };
        let (what, exposure) = match agent.credentials.first() {
            Some(handed) => (format!("and sends '{}' along", handed.slot), 3),
            None => ("and does what its answers say".to_owned(), 2),
        };
        let message = format!(
            "{} calls '{host}' over plain HTTP {what}. Everybody on the way can read and change it.",
            who(agent),
        );
        let finding = findings.report(agent, &agent.subject, message);
        finding.key(host).at(url.location.clone());
        finding.fix("Use `https://`, or reach the server through a tunnel that ends on this machine.");
        weigh(
            finding,
            Level::exactly(exposure, "the connection is open to everybody on the way").citing(agent),
            Level::between(1, 3, "what the server may do is not in the file"),
        );
    }
}

/// The host of a plain address that leaves this machine.
fn plain_host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("ws://"))?;
    let host = rest.split('/').next()?;
    let variable = host.contains(['$', '{']);
    (!variable && !is_local_host(host)).then_some(host)
}
