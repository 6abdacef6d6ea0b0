//! From a pipeline that anybody can start to administration: the trigger, the job, the role, the power.

use crate::{
    evidence::{Estate, Location, Pipeline, Recorded, Trust, Who, pipeline::Trigger},
    finding::{Findings, Level},
    policy::{
        ci,
        governance::words,
        join::{
            reach::{self, Reach},
            workflows::{Admitted, Jobs, job_name},
        },
    },
};
use overstay_rules::Component;

/// What administration weighs.
const ADMIN: u8 = 4;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let jobs = Jobs::of(estate);
    for trust in &estate.trusts {
        let Some(who) = estate.who(&trust.target) else { continue };
        let admitted = jobs.admitted(trust);
        let opened = admitted.iter().filter_map(|a| Some((open(estate, a)?, a)));
        let Some((door, job)) = opened.min_by_key(|(door, a)| (door.rank(), !a.asks, job_name(a.job)))
        else {
            continue;
        };
        let Some(reach) = reach::of(estate, who).filter(|r| r.level.min >= ADMIN) else { continue };
        report(estate, findings, trust, &Chain { who, door, job, reach });
    }
}

/// Who can start a job that is admitted.
enum Door {
    /// A stranger, by this event.
    Stranger(String, Option<Location>),
    /// Whoever can push a branch or open a pull request from one.
    AnyBranch(String),
}

impl Door {
    fn rank(&self) -> u8 {
        match self {
            Door::Stranger(..) => 0,
            Door::AnyBranch(_) => 1,
        }
    }
}

struct Chain<'e> {
    who: Who,
    door: Door,
    job: &'e Admitted<'e>,
    reach: Reach,
}

/// How somebody whom nobody reviews can start the job; an environment has a gate of its own.
fn open(estate: &Estate, admitted: &Admitted) -> Option<Door> {
    if admitted.job.environment.is_some() {
        return None;
    }
    let runs_strange_code =
        |job: &Pipeline| job.components.iter().any(ci::checks_out_strange_code);
    if let Some(trigger) = ci::untrusted_trigger(estate, admitted.job)
        && runs_strange_code(admitted.job)
    {
        return Some(Door::Stranger(trigger.event.clone(), trigger.location.clone()));
    }
    let anywhere = ci::triggers(estate, admitted.job).iter().any(|trigger| starts_on_any_branch(trigger));
    let any = admitted.subjects.iter().find(|subject| {
        subject.ends_with(":ref:refs/heads/*") || subject.ends_with(":pull_request")
    })?;
    anywhere.then(|| Door::AnyBranch(any.clone()))
}

/// A schedule or an issue starts the workflow of the default branch only.
fn starts_on_any_branch(trigger: &Trigger) -> bool {
    match trigger.event.as_str() {
        "push" => {
            let all = |pattern: &String| matches!(pattern.as_str(), "*" | "**");
            trigger.branches.iter().any(all)
                || trigger.branches.is_empty() && trigger.tags.is_empty()
        }
        "pull_request" | "workflow_dispatch" | "create" => true,
        _ => false,
    }
}

fn report(estate: &Estate, findings: &mut Findings, trust: &Trust, chain: &Chain) {
    let job = chain.job.job;
    let name = estate.name_of(chain.who);
    let (people, first, place) = match &chain.door {
        Door::Stranger(event, place) => (
            "Anybody who can open a pull request",
            format!("'{event}' starts the job and runs what its author wrote"),
            place.clone(),
        ),
        Door::AnyBranch(subject) => (
            "Whoever can push a branch",
            format!("any branch starts the job, as {subject}"),
            job.triggers.first().and_then(|trigger| trigger.location.clone()),
        ),
    };
    let shown = words::shown(name, &trust.target);
    let message = format!(
        "'{shown}' gives {} to {} {}: job {} logs in as it, and nobody reviews what runs there.",
        chain.reach.gives,
        people.to_lowercase(),
        job.repository.as_deref().map_or(String::new(), |r| format!("of {r}")),
        job_name(job),
    );
    let finding = findings.report(trust, name, message);
    finding.because(job).key(format!("{} {}", trust.target, job_name(job)));
    finding.at(job.location.clone());
    finding.fix("Give the job an environment with required reviewers and let the trust name that environment's subject; or keep administration out of what pipelines can become.");
    finding.step(place.unwrap_or_else(|| job.location.clone()), first);
    let asked = job.roles.iter().find(|role| chain.job.asks && role.location.path.is_some());
    let asked = asked.map_or_else(|| job.location.clone(), |role| role.location.clone());
    finding.step(asked, format!("job {} asks for an identity token and logs in", job_name(job)));
    let trusted = trust.location.clone().unwrap_or_else(|| Location::logical(&trust.target));
    let subjects = chain.job.subjects.join(", ");
    finding.step(trusted, format!("the trust of '{shown}' accepts {subjects}"));
    finding.step(Location::logical(name), format!("'{shown}' gives {}", chain.reach.gives));
    let exposure = match chain.door {
        Door::Stranger(..) => Level::exactly(4, "a stranger can start it"),
        Door::AnyBranch(_) => Level::exactly(3, "any branch can start it"),
    };
    finding
        .weigh(Component::Exposure, exposure.citing(job))
        .weigh(Component::Privilege, chain.reach.level.clone())
        .weigh(Component::Liveness, Level::between(1, 3, "its pipeline is configured"));
    finding.evidence.push(trust.id().to_owned());
}
