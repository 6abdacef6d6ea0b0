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
    cmp::Reverse,
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
    let holdings = holdings(estate, wording);
    let by_job = || holdings.iter().filter(|holding| !holding.is_file_wide());
    let taken_by_a_job: HashSet<_> = by_job().map(|h| (&h.pipeline.src, h.secret)).collect();
    // Steps that several jobs share by an anchor or a template are told once.
    let mut jobs_at_one_place = HashMap::new();
    for holding in by_job() {
        *jobs_at_one_place.entry(holding.place()).or_insert(0) += 1;
    }
    let mut told = HashSet::new();
    for holding in &holdings {
        let pipeline = holding.pipeline;
        if holding.is_file_wide() {
            let file = (&pipeline.src, holding.secret);
            if !taken_by_a_job.contains(&file) && told.insert(file) {
                let who = format!("Workflow '{}'", pipeline.workflow);
                tell(findings, holding, &who, &file_subject(pipeline), wording);
            }
        } else if let Some(jobs) = jobs_at_one_place.remove(&holding.place()) {
            let mut who = format!("{} '{}'", noun(pipeline), name(pipeline));
            if jobs > 1 {
                let _ = write!(who, " ({} more share the step)", jobs - 1);
            }
            tell(findings, holding, &who, &pipeline.subject, wording);
        }
    }
}

/// A stored credential that a job takes, or that its file gives to every job.
struct Holding<'e> {
    pipeline: &'e Pipeline,
    kind: &'static Kind,
    secret: &'e str,
    uses: Vec<&'e SecretUse>,
}

fn holdings<'e>(estate: &'e Estate, wording: &Wording) -> Vec<Holding<'e>> {
    let of_one = |pipeline: &'e Pipeline| {
        let groups = by_secret(estate, pipeline, wording.wanted).into_iter();
        groups.map(move |((_, secret), (kind, uses))| Holding { pipeline, kind, secret, uses })
    };
    estate.pipelines.iter().flat_map(of_one).collect()
}

impl<'e> Holding<'e> {
    fn is_file_wide(&self) -> bool {
        self.uses.iter().all(|secret| secret.scope == Scope::Workflow)
    }

    /// What tells it apart from the same step in another job: the narrowest place, since a variable of
    /// the whole file stands behind the steps of many jobs.
    fn place(&self) -> (&'e Src, &'e str, &'e str, Option<&'e Location>) {
        let narrowest = self.uses.iter().min_by_key(|secret| Reverse(secret.scope));
        let location = narrowest.map(|secret| &secret.location);
        (&self.pipeline.src, &self.kind.slug, self.secret, location)
    }
}

fn tell(findings: &mut Findings, holding: &Holding, who: &str, identity: &str, wording: &Wording) {
    let &Holding { pipeline, kind, secret, ref uses } = holding;
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
