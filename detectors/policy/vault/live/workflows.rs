//! Which CI jobs a JWT role lets in: the role's conditions against the claims that each job of the
//! evidence can present.

use super::words::path;
use crate::{
    evidence::{ClaimCondition, Estate, MatchKind, Pipeline, Trust, pipeline::Method},
    policy::{
        ci::is_job,
        oidc::{Subject, overlaps, subjects_in},
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
}

/// Every job of the evidence with the subjects that it can present.
#[derive(Debug)]
pub(crate) struct Jobs<'e> {
    jobs: Vec<(&'e Pipeline, Vec<Subject>)>,
}

impl<'e> Jobs<'e> {
    pub(crate) fn of(estate: &'e Estate) -> Jobs<'e> {
        let jobs = estate.pipelines.iter().filter(|p| is_job(p));
        Jobs { jobs: jobs.map(|job| (job, subjects_in(estate, job))).collect() }
    }

    /// The jobs that can log in to a role.
    pub(crate) fn admitted(&self, role: &Trust) -> Vec<Admitted<'e>> {
        let mut found = Vec::new();
        for (job, subjects) in &self.jobs {
            let mut fitting: Vec<String> = subjects
                .iter()
                .filter(|subject| admits(role, job, subject))
                .map(|subject| subject.pattern.clone())
                .collect();
            fitting.dedup();
            if !fitting.is_empty() {
                found.push(Admitted { job, subjects: fitting, asks: asks(job, role) });
            }
        }
        found
    }

    /// True when the workflows of a repository are part of the evidence.
    pub(crate) fn know(&self, repository: &str) -> bool {
        self.jobs.iter().any(|(job, _)| job.repository.as_deref() == Some(repository))
    }
}

/// True when a job names the role in its configuration.
fn asks(job: &Pipeline, role: &Trust) -> bool {
    let name = path(&role.target).rsplit('/').next().unwrap_or_default();
    job.roles.iter().any(|r| r.provider == "vault" && r.method == Method::Oidc && r.role == name)
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
