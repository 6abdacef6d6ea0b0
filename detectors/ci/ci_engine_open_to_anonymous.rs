//! Whoever reaches the engine's address may use it without signing in.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for setting in ci::engine_settings(estate) {
        let rights = match (setting.platform, setting.name) {
            ("jenkins", "rights of anonymous") => setting.value,
            ("argo-cd", "users.anonymous.enabled") if setting.value == "true" => "the default role",
            _ => continue,
        };
        let administers = rights.contains("Administer") || rights.contains("RunScripts");
        let acts = administers || ["Build", "Configure", "Create", "Credentials/", "default role"].iter().any(|r| rights.contains(r));
        let message = format!(
            "{} gives everybody without a sign-in these rights: {rights}. Whoever reaches its address has them.",
            setting.engine(),
        );
        let finding = findings.report(setting.record, setting.identity(), message);
        finding.fix("Take the rights from `anonymous`, and let people sign in through your identity provider.");
        let privilege = match (administers, acts) {
            (true, _) => Level::exactly(4, "an administrator reads every stored credential"),
            (_, true) => Level::between(2, 3, "a job that it starts runs with its credentials"),
            _ => Level::between(1, 2, "logs and configuration can be read"),
        };
        setting.place(finding, Level::between(3, 4, "no sign-in is needed"), privilege);
    }
}
