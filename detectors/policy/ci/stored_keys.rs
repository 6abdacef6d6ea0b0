//! Reports stored credentials of one class: once for a job that takes one, once for a file that gives it
//! to all of its jobs.

use super::{Kind, advice::replacement, by_secret, file_subject, name, noun, place, weigh};
use crate::{
    evidence::{
        Estate, Location, Pipeline, Src,
        pipeline::{Scope, SecretUse},
    },
    finding::{Findings, Level},
};
use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

/// What a rule about stored credentials says.
pub(crate) struct Wording {
    /// The kinds that it is about.
    pub wanted: fn(&Kind) -> bool,
    /// The first sentence, from the job at hand, whom it is about, the kind and the secret's name.
    pub says: fn(&Pipeline, &str, &Kind, &str) -> String,
    /// The second sentence.
    pub because: fn(&Kind) -> String,
    /// What the credential may do.
    pub privilege: (u8, u8, &'static str),
}

/// Reports every stored credential of the wanted kinds.
pub(crate) fn report_stored_keys(estate: &Estate, findings: &mut Findings, wording: &Wording) {
    let mut taken_by_a_job = HashSet::new();
    for pipeline in &estate.pipelines {
        for ((_, secret), (_, uses)) in by_secret(estate, pipeline, wording.wanted) {
            if !is_file_wide(&uses) {
                taken_by_a_job.insert((&pipeline.src, secret.to_owned()));
            }
        }
    }
    let mut told = HashSet::new();
    let mut shared = jobs_at_one_place(estate, wording);
    for pipeline in &estate.pipelines {
        for ((_, secret), (kind, uses)) in by_secret(estate, pipeline, wording.wanted) {
            if is_file_wide(&uses) {
                let file = (&pipeline.src, secret.to_owned());
                if taken_by_a_job.contains(&file) || !told.insert(file) {
                    continue;
                }
                let who = format!("Workflow '{}'", pipeline.workflow);
                tell(
                    findings,
                    pipeline,
                    &who,
                    &file_subject(pipeline),
                    kind,
                    secret,
                    &uses,
                    wording,
                );
            } else {
                let Some(jobs) =
                    shared.remove(&(&pipeline.src, &*kind.slug, secret, &uses[0].location))
                else {
                    continue;
                };
                let mut who = format!("{} '{}'", noun(pipeline), name(pipeline));
                if jobs > 1 {
                    let _ = write!(who, " ({} more share the step)", jobs - 1);
                }
                tell(findings, pipeline, &who, &pipeline.subject, kind, secret, &uses, wording);
            }
        }
    }
}

/// How many jobs take a secret at the same place: steps that they share by an anchor or a template.
fn jobs_at_one_place<'e>(
    estate: &'e Estate,
    wording: &Wording,
) -> HashMap<(&'e Src, &'e str, &'e str, &'e Location), usize> {
    let mut jobs = HashMap::new();
    for pipeline in &estate.pipelines {
        for ((kind, secret), (_, uses)) in by_secret(estate, pipeline, wording.wanted) {
            if !is_file_wide(&uses) {
                *jobs.entry((&pipeline.src, kind, secret, &uses[0].location)).or_insert(0) += 1;
            }
        }
    }
    jobs
}

fn is_file_wide(uses: &[&SecretUse]) -> bool {
    uses.iter().all(|secret| secret.scope == Scope::Workflow)
}

#[expect(clippy::too_many_arguments, reason = "one sentence of a finding, told in one place")]
fn tell(
    findings: &mut Findings,
    pipeline: &Pipeline,
    who: &str,
    identity: &str,
    kind: &Kind,
    secret: &str,
    uses: &[&SecretUse],
    wording: &Wording,
) {
    let message =
        format!("{}. {}.", (wording.says)(pipeline, who, kind, secret), (wording.because)(kind));
    let finding = findings.report(pipeline, identity, message);
    finding.key(format!("{}/{secret}", kind.slug));
    place(finding, uses);
    finding.fix(replacement(pipeline, kind));
    let (least, most, why) = wording.privilege;
    weigh(
        finding,
        Level::exactly(2, "it lies in the platform's secret store").citing(pipeline),
        Level::between(least, most, why),
    );
}
