//! The channel between Jenkins and its agents is one that an agent can abuse.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

/// Protocols without encryption, withdrawn by Jenkins.
const OLD: &[&str] = &["JNLP-connect", "JNLP2-connect", "JNLP3-connect", "CLI-connect", "CLI2-connect"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for setting in ci::engine_settings(estate).filter(|s| s.platform == "jenkins") {
        let protocol = setting.name.strip_prefix("agentProtocol ").filter(|name| OLD.contains(name));
        let what = match protocol {
            Some(protocol) => format!("accepts agents over '{protocol}', which does not protect the connection"),
            None if setting.name == "remotingSecurity" && setting.value == "false" => {
                "lets agents run commands on the controller".to_owned()
            }
            None => continue,
        };
        let message = format!(
            "{} {what}. Whoever controls an agent or its network reaches every stored credential.",
            setting.engine(),
        );
        let finding = findings.report(setting.record, setting.identity(), message);
        finding.fix("Keep `JNLP4-connect` (or WebSocket) only, and remove `remotingSecurity`; current versions of Jenkins have no other choice.");
        setting.place(
            finding,
            Level::between(2, 3, "every job runs on an agent"),
            Level::between(3, 4, "the controller holds the credentials of all jobs"),
        );
    }
}
