//! The job's token may write what no step needs.

use crate::{
    evidence::{
        Estate, Pipeline,
        pipeline::Origin,
    },
    finding::{Findings, Level},
    policy::ci,
};
use std::collections::{BTreeMap, BTreeSet};

/// Scopes whose writing changes what others run.
const GRAVE: &[&str] = &["actions", "contents", "packages", "deployments", "pages", "attestations"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut files: BTreeMap<(&_, &str), Vec<(&Pipeline, BTreeSet<&str>)>> = BTreeMap::new();
    for pipeline in estate.pipelines.iter().filter(|p| ci::is_job(p)) {
        let idle = unneeded(estate, pipeline);
        if idle.is_empty() {
            continue;
        }
        match pipeline.permissions.origin {
            Origin::Job => {
                let who = format!("Job '{}'", ci::name(pipeline));
                tell(findings, pipeline, &who, pipeline.subject.clone(), &idle, "none of its steps needs as far as known");
            }
            // A file with one job states its permissions where they are read best.
            Origin::Workflow if pipeline.siblings == 1 => {
                let who = format!("Job '{}'", ci::name(pipeline));
                tell(findings, pipeline, &who, pipeline.subject.clone(), &idle, "none of its steps needs as far as known");
            }
            Origin::Workflow => {
                files.entry((&pipeline.src, &pipeline.workflow)).or_default().push((pipeline, idle));
            }
            Origin::Unstated => {}
        }
    }
    for jobs in files.values() {
        let Some((first, _)) = jobs.first() else { continue };
        let idle: BTreeSet<&str> = jobs.iter().flat_map(|(_, scopes)| scopes.iter().copied()).collect();
        let names: Vec<String> = jobs.iter().map(|(job, _)| job.job.clone()).collect();
        let who = format!("Workflow '{}'", first.workflow);
        let what = format!("the steps of {} do not need as far as known", ci::some_of(&names));
        tell(findings, first, &who, ci::file_subject(first), &idle, &what);
    }
}

/// The scopes that the job's token may write and no step of it needs.
fn unneeded<'e>(estate: &'e Estate, pipeline: &'e Pipeline) -> BTreeSet<&'e str> {
    let scopes = &pipeline.permissions.scopes;
    let written = scopes.iter().filter(|(scope, level)| *level == "write" && *scope != "id-token" && *scope != "*");
    let written: BTreeSet<&str> = written.map(|(scope, _)| scope.as_str()).collect();
    if written.is_empty() || pipeline.platform != "github-actions" {
        return BTreeSet::new();
    }
    match ci::written_scopes(estate, pipeline) {
        Some(needed) => written.difference(&needed).copied().collect(),
        None => BTreeSet::new(),
    }
}

fn tell(findings: &mut Findings, pipeline: &Pipeline, who: &str, identity: String, idle: &BTreeSet<&str>, what: &str) {
    let names: Vec<String> = idle.iter().map(|scope| (*scope).to_owned()).collect();
    let message = format!(
        "{who} gives its token write access to {}, which {what}. Code that gets into the job can use it.",
        ci::some_of(&names),
    );
    let finding = findings.report(pipeline, identity, message);
    finding.key(names.join(","));
    finding.at(pipeline.permissions.location.clone().unwrap_or_else(|| pipeline.location.clone()));
    finding.fix("Take the scope out, or state it in the `permissions` of the one job that needs it.");
    let most = if idle.iter().any(|scope| GRAVE.contains(scope)) { 3 } else { 2 };
    ci::weigh(
        finding,
        Level::exactly(1, "only code of the job can use the token").citing(pipeline),
        Level::between(1, most, "what the scopes let it change"),
    );
}
