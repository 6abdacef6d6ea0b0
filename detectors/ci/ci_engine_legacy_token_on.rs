//! Jenkins still makes API tokens of the old kind.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for setting in ci::engine_settings(estate).filter(|s| s.platform == "jenkins" && s.value == "true") {
        let what = match setting.name {
            "tokenGenerationOnCreationEnabled" => "makes a legacy API token for every new user",
            "creationOfLegacyTokenEnabled" => "lets users make legacy API tokens",
            _ => continue,
        };
        let message = format!(
            "{} {what}. Such a token is the user's password to the API, shown again at will, without a name and without an end.",
            setting.engine(),
        );
        let finding = findings.report(setting.record, setting.identity(), message);
        finding.fix("Set `security.apiToken.creationOfLegacyTokenEnabled` and `tokenGenerationOnCreationEnabled` to `false`; replace what exists by named tokens.");
        setting.place(
            finding,
            Level::exactly(2, "whoever sees the user's page can copy it"),
            Level::between(1, 4, "the token has all rights of its user"),
        );
    }
}
