//! A job runs on the machine that keeps the credentials of all jobs.

use crate::{
    evidence::{Estate, names::is_controller_label},
    finding::{Findings, Level},
    policy::ci,
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let privilege = || Level::exactly(4, "the master key and every stored credential lie on that machine");
    for pipeline in estate.pipelines.iter().filter(|p| p.platform == "jenkins") {
        let Some(label) = pipeline.runner.labels.iter().find(|label| is_controller_label(label)) else { continue };
        let message = format!(
            "Job '{}' runs on the Jenkins controller, by the label '{label}'. Its scripts can read the credentials of every other job there.",
            ci::name(pipeline),
        );
        let finding = findings.report(pipeline, &pipeline.subject, message);
        finding.key("controller");
        finding.at(pipeline.runner.location.clone().unwrap_or_else(|| pipeline.location.clone()));
        finding.fix("Give the job an agent of its own label, and set the controller's number of executors to 0.");
        ci::weigh(finding, Level::between(2, 3, "whoever changes the script chooses what runs").citing(pipeline), privilege());
    }
    for setting in ci::engine_settings(estate).filter(|s| s.platform == "jenkins" && s.name == "numExecutors") {
        let Some(executors) = setting.value.parse::<u32>().ok().filter(|n| *n > 0) else { continue };
        let message = format!(
            "{} runs up to {executors} jobs on the controller itself. Their scripts can read the credentials of every other job there.",
            setting.engine(),
        );
        let finding = findings.report(setting.record, setting.identity(), message);
        finding.fix("Set `jenkins.numExecutors` to 0 and run jobs on agents.");
        setting.place(finding, Level::between(1, 3, "any job without an agent of its own lands there"), privilege());
    }
}
