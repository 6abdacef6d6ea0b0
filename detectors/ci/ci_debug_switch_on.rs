//! A switch that prints what the job holds is on.

use crate::{
    evidence::{Estate, pipeline::Setting},
    finding::{Findings, Level},
    policy::ci,
};

/// The switch, and what it does.
const SWITCHES: &[(&str, &str)] = &[
    ("CI_DEBUG_TRACE", "prints every command with its expanded variables, secrets among them"),
    ("CI_DEBUG_SERVICES", "prints the logs of service containers, with their start-up secrets"),
    ("ACTIONS_ALLOW_UNSECURE_COMMANDS", "lets any output line set environment variables and the search path"),
    ("SYSTEM_DEBUG", "prints what tasks do, with values that the log does not mask"),
    ("system.debug", "prints what tasks do, with values that the log does not mask"),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for pipeline in &estate.pipelines {
        for (setting, does) in pipeline.settings.iter().filter_map(|s| Some((s, switch(s)?))) {
            let message = format!(
                "{} '{}' runs with '{}' on. It {does}.",
                ci::noun(pipeline),
                ci::name(pipeline),
                setting.name,
            );
            let finding = findings.report(pipeline, &pipeline.subject, message);
            finding.key(setting.name.clone()).at(setting.location.clone());
            finding.fix("Remove it from the file; switch it on for a single run when you need it.");
            ci::weigh(
                finding,
                Level::between(2, 3, "logs are open to readers of the repository").citing(pipeline),
                Level::between(0, 3, "what the job holds decides"),
            );
        }
    }
}

fn switch(setting: &Setting) -> Option<&'static str> {
    let on = ["true", "1", "yes", "on"].iter().any(|word| setting.value.trim().eq_ignore_ascii_case(word));
    SWITCHES.iter().find(|(name, _)| on && name.eq_ignore_ascii_case(&setting.name)).map(|(_, does)| *does)
}
