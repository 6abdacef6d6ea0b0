//! Everybody who can sign in administers the engine.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for setting in ci::engine_settings(estate) {
        let everyone = match (setting.platform, setting.name) {
            ("jenkins", "rights of authenticated") => setting.value.contains("Overall/Administer"),
            ("argo-cd", "policy.default") => setting.value == "role:admin",
            _ => false,
        };
        if !everyone {
            continue;
        }
        let message = format!(
            "{} makes everybody who can sign in an administrator. Each of them reads every stored credential and deploys as every job.",
            setting.engine(),
        );
        let finding = findings.report(setting.record, setting.identity(), message);
        finding.fix("Give administration to a named group, and everybody else the rights that they use.");
        setting.place(
            finding,
            Level::between(1, 3, "who can sign in is not in the file"),
            Level::exactly(4, "an administrator reads every stored credential"),
        );
    }
}
