//! Which CI jobs a role lets in by their tokens: the role's conditions against the claims that each job
//! of the evidence can present. For roles of Vault servers and of AWS, for Entra applications and for
//! service accounts of Google Cloud.

use super::{aws_role, federation};
use crate::{
    evidence::{
        ClaimCondition, Estate, MatchKind, Pipeline, Trust,
        pipeline::{Method, RoleUse},
    },
    policy::{
        aws::Truth,
        ci::is_job,
        oidc::{Subject, overlaps},
        vault::live::words::path,
    },
};

/// A job that a role admits.
#[derive(Debug)]
pub(crate) struct Admitted<'e> {
    /// The job.
    pub(crate) job: &'e Pipeline,
    /// The subjects that it logs in with.
    pub(crate) subjects: Vec<String>,
    /// True when the job asks for this role.
    pub(crate) asks: bool,
    /// True when it asks for a role that its configuration does not name.
    pub(crate) may_ask: bool,
}

/// Every job of the evidence with the subjects that it can present.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jobs<'e>(&'e Estate);

impl<'e> Jobs<'e> {
    pub(crate) fn of(estate: &'e Estate) -> Jobs<'e> {
        Jobs(estate)
    }

    /// The jobs that can log in to a role.
    pub(crate) fn admitted(self, role: &Trust) -> Vec<Admitted<'e>> {
        let mut found = Vec::new();
        for (job, subjects) in self.0.subjects() {
            let mut fitting: Vec<String> = subjects
                .iter()
                .filter(|subject| admits(role, job, subject))
                .map(|subject| subject.pattern.clone())
                .collect();
            fitting.dedup();
            if !fitting.is_empty() {
                let (asks, may_ask) = asks(job, role);
                found.push(Admitted { job, subjects: fitting, asks, may_ask });
            }
        }
        found
    }

    /// True when the workflows of a repository are part of the evidence.
    pub(crate) fn know(self, repository: &str) -> bool {
        let mut jobs = self.0.pipelines.iter().filter(|pipeline| is_job(pipeline));
        jobs.any(|job| job.repository.as_deref() == Some(repository))
    }
}

/// Whether a job names the role in its configuration, or one that cannot be read off it.
fn asks(job: &Pipeline, role: &Trust) -> (bool, bool) {
    if role.target.starts_with("aws:") {
        let asks = aws_role::asks(job, &role.target);
        return (asks == Truth::Yes, asks == Truth::Unknown);
    }
    if federation::is_federated(role) {
        let asks = federation::asks(job, &role.target);
        return (asks == Truth::Yes, asks == Truth::Unknown);
    }
    let name = path(&role.target).rsplit('/').next().unwrap_or_default();
    let named = |r: &RoleUse| r.provider == "vault" && r.method == Method::Oidc && r.role == name;
    (job.roles.iter().any(named), false)
}

fn admits(role: &Trust, job: &Pipeline, subject: &Subject) -> bool {
    let issuer = subject.issuer.strip_prefix("https://").unwrap_or(&subject.issuer);
    let known = role.issuer.as_deref();
    known.is_none_or(|known| overlaps(issuer, known))
        // Without a condition the rule about roles that bind nothing speaks.
        && role.conditions.iter().any(|c| claim(c, job, subject).is_some())
        && role.conditions.iter().all(|c| match claim(c, job, subject) {
            Some(values) => values.iter().any(|value| meets(c, value)),
            None => true,
        })
}

/// What a job presents for a claim; `None` where the configuration does not say.
fn claim(condition: &ClaimCondition, job: &Pipeline, subject: &Subject) -> Option<Vec<String>> {
    let repository = job.repository.clone()?;
    let one = |value: String| Some(vec![value]);
    match condition.claim.as_str() {
        "sub" => one(subject.pattern.clone()),
        "repository" | "project_path" => one(repository),
        "repository_owner" | "namespace_path" => one(repository
            .rsplit_once('/')
            .map_or(repository.clone(), |(owner, _)| owner.to_owned())),
        "environment" => one(job.environment.clone().unwrap_or_default()),
        "event_name" => Some(job.triggers.iter().map(|t| t.event.clone()).collect()),
        "workflow_ref" | "job_workflow_ref" => one(format!("{repository}/{}@*", job.workflow)),
        _ => None,
    }
}

/// Whether a value, in which `*` stands for what is not known, can meet a condition.
fn meets(condition: &ClaimCondition, value: &str) -> bool {
    condition.patterns.iter().any(|pattern| match condition.how {
        MatchKind::Glob => overlaps(pattern, value),
        // A star in a plain comparison is a letter, and no subject has one.
        MatchKind::Equals => !pattern.contains('*') && overlaps(value, pattern),
        MatchKind::Expression => true,
    })
}

/// The repositories that a role names literally: `acme/shop` of `repo:acme/shop:ref:…`.
pub(crate) fn repositories(role: &Trust) -> Vec<String> {
    let mut named = Vec::new();
    for condition in &role.conditions {
        for pattern in &condition.patterns {
            let value = match condition.claim.as_str() {
                "repository" | "project_path" => Some(pattern.as_str()),
                "sub" => pattern
                    .strip_prefix("repo:")
                    .or_else(|| pattern.strip_prefix("project_path:"))
                    .and_then(|rest| rest.split_once(':'))
                    .map(|(name, _)| name),
                _ => None,
            };
            named.extend(value.filter(|name| name.contains('/')).map(without_ids));
        }
    }
    named.retain(|name| !name.contains(['*', '?']));
    named.sort_unstable();
    named.dedup();
    named
}

/// `acme@12/shop@34`, the form with immutable ids, as `acme/shop`.
fn without_ids(name: &str) -> String {
    let parts = name.split('/').map(|part| part.split('@').next().unwrap_or_default());
    parts.collect::<Vec<_>>().join("/")
}

/// `acme/shop .github/workflows/deploy.yml#deploy`: a job as a reader finds it.
pub(crate) fn job_name(job: &Pipeline) -> String {
    let name = crate::policy::ci::name(job);
    match &job.repository {
        Some(repository) => format!("{repository} {name}"),
        None => name,
    }
}

/// How many jobs a message names.
const NAMED: usize = 3;

/// What a role admits beyond the jobs that use it, after "role 'x' "; `None` when that is nothing.
pub(crate) fn wider(role: &Trust, users: &[&Admitted], others: &[&Admitted]) -> Option<String> {
    let first = users.first()?;
    let used = match users.len() {
        1 => job_name(first.job),
        n => format!("{} and {} more", job_name(first.job), n - 1),
    };
    let exact = users.iter().all(|user| user.subjects.iter().any(|s| !s.contains('*')));
    if !others.is_empty() {
        let names: Vec<String> =
            others.iter().take(NAMED).map(|other| job_name(other.job)).collect();
        let more = match others.len().saturating_sub(NAMED) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        return Some(format!("is used by {used} and also admits {}{more}.", names.join(", ")));
    }
    let pattern = role
        .conditions
        .iter()
        .filter(|c| c.claim == "sub" && c.how == MatchKind::Glob)
        .flat_map(|c| &c.patterns)
        .find(|p| p.contains('*'))?;
    exact.then(|| {
        format!(
            "is used by {used} alone and admits all of {pattern}: any branch or pull request that gets a job of its own."
        )
    })
}

/// Why some workflow is missing from the evidence; a user of a role may be in it.
pub(crate) fn unread_workflow(estate: &Estate) -> Option<String> {
    let missing = estate
        .coverage
        .iter()
        .find(|c| !c.complete && !c.by_design && c.kinds.iter().any(|kind| kind == "pipeline"))?;
    let part = missing.part.as_deref().unwrap_or("a workflow");
    Some(format!("{part} was not read ({})", missing.why.as_deref().unwrap_or("no reason given")))
}

/// The subjects of jobs that name one place each, sorted: what a trust could name instead.
pub(crate) fn exact_subjects(users: &[&Admitted]) -> Vec<String> {
    let mut subjects: Vec<String> = users
        .iter()
        .flat_map(|user| &user.subjects)
        .filter(|subject| !subject.contains('*'))
        .cloned()
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}
