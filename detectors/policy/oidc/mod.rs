//! OIDC subjects: what each CI platform writes into the `sub` claim of a job's identity token, and
//! whether a trust's pattern admits it.
//!
//! A subject is a pattern in which `*` stands for what the configuration does not fix (any branch, an
//! id that only the platform knows). Everything that the job can present matches one of its patterns;
//! a pattern may be wider than the job (negated branch filters are left out).

mod breadth;
mod github;
mod others;
mod overlap;
#[cfg(test)]
mod tests;

pub(crate) use breadth::{Breadth, breadth};
pub use overlap::{covers, overlaps};

use crate::evidence::{Estate, Pipeline, Resource, pipeline::Trigger};
use std::collections::BTreeSet;

/// The issuer of github.com.
pub const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
/// The issuer of gitlab.com; a self-managed instance is its own issuer.
pub const GITLAB_ISSUER: &str = "https://gitlab.com";
/// The issuer of Azure Pipelines' newer service connections: the tenant's own.
pub const ENTRA_ISSUER: &str = "https://login.microsoftonline.com/*/v2.0";

/// A subject that a job can present.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The `iss` claim; `*` stands for an id that only the platform knows.
    pub issuer: String,
    /// The `sub` claim.
    pub pattern: String,
}

/// What the platform says about a repository beyond its files: a `resource` record of the type
/// `repository` whose subject ends in `:owner/name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// The numeric id of the repository (`attrs.id`).
    pub id: Option<String>,
    /// The numeric id of its owner (`attrs.owner_id`).
    pub owner_id: Option<String>,
    /// The branch that events without a branch run on (`attrs.default_branch`).
    pub default_branch: Option<String>,
    /// The claims of a customised subject (`attrs.oidc_claim_keys`); `None`: the default.
    pub claim_keys: Option<Vec<String>>,
    /// Whether the subject carries the ids (`attrs.oidc_immutable_subject`); `None`: not known.
    pub immutable: Option<bool>,
}

impl RepositoryFacts {
    /// The facts about a pipeline's repository.
    pub fn of(estate: &Estate, pipeline: &Pipeline) -> RepositoryFacts {
        let Some(name) = &pipeline.repository else { return RepositoryFacts::default() };
        estate
            .resources
            .iter()
            .find(|r| {
                r.kind == "repository" && r.subject.split_once(':').is_some_and(|(_, n)| n == name)
            })
            .map(RepositoryFacts::read)
            .unwrap_or_default()
    }

    fn read(resource: &Resource) -> RepositoryFacts {
        let text = |key: &str| match resource.attrs.get(key) {
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            Some(serde_json::Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let keys = resource.attrs.get("oidc_claim_keys").and_then(|v| v.as_array()).map(|keys| {
            keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect::<Vec<_>>()
        });
        RepositoryFacts {
            id: text("id"),
            owner_id: text("owner_id"),
            default_branch: text("default_branch"),
            claim_keys: keys.filter(|keys| !keys.is_empty()),
            immutable: resource.attrs.get("oidc_immutable_subject").and_then(|v| v.as_bool()),
        }
    }
}

/// The jobs of the estate, by their places among the pipelines, with the subjects that each can present.
pub(crate) fn subjects_of_jobs(estate: &Estate) -> Vec<(usize, Vec<Subject>)> {
    let jobs =
        estate.pipelines.iter().enumerate().filter(|(_, pipeline)| super::ci::is_job(pipeline));
    jobs.map(|(place, job)| (place, subjects_in(estate, job))).collect()
}

/// Every subject that a job of the estate can present: with the facts about its repository, with the
/// triggers of its callers where it is part of a reusable workflow, and without those that its condition
/// rules out.
fn subjects_in(estate: &Estate, pipeline: &Pipeline) -> Vec<Subject> {
    let triggers = super::ci::triggers(estate, pipeline);
    subjects(pipeline, &triggers, &RepositoryFacts::of(estate, pipeline))
}

/// Every subject that a job can present when these start it, sorted. Empty when it cannot have a token
/// signed. Subjects that a source has read off the platform are taken as they are.
fn subjects(pipeline: &Pipeline, triggers: &[&Trigger], facts: &RepositoryFacts) -> Vec<Subject> {
    let of = |issuer: &str, patterns: Vec<String>| -> Vec<Subject> {
        let sorted: BTreeSet<String> = patterns.into_iter().collect();
        sorted.into_iter().map(|pattern| Subject { issuer: issuer.to_owned(), pattern }).collect()
    };
    if !pipeline.subjects.is_empty() {
        let issuer = if pipeline.platform == "github-actions" { GITHUB_ISSUER } else { "*" };
        return of(issuer, pipeline.subjects.clone());
    }
    match pipeline.platform.as_str() {
        "azure-pipelines" => [
            of(ENTRA_ISSUER, others::entra_connections(pipeline)),
            of("https://vstoken.dev.azure.com/*", others::connections(pipeline)),
        ]
        .concat(),
        _ if pipeline.id_tokens.is_empty() => Vec::new(),
        "github-actions" => of(GITHUB_ISSUER, github::patterns(pipeline, triggers, facts)),
        "gitlab-ci" => of(GITLAB_ISSUER, others::gitlab(pipeline, triggers, facts)),
        "circleci" => of("https://oidc.circleci.com/org/*", others::circleci(pipeline, triggers)),
        "bitbucket-pipelines" => of(
            "https://api.bitbucket.org/2.0/workspaces/*/pipelines-config/identity/oidc",
            others::bitbucket(pipeline, facts),
        ),
        _ => Vec::new(),
    }
}

/// A filter pattern as one with `*` only.
fn widen(pattern: &str) -> String {
    let mut wide = String::with_capacity(pattern.len());
    let mut class = false;
    for c in pattern.chars() {
        match c {
            '[' => class = true,
            ']' => class = false,
            _ if class => continue,
            '*' | '?' | '+' => {}
            '$' => return "*".to_owned(),
            _ => {
                wide.push(c);
                continue;
            }
        }
        if !wide.ends_with('*') {
            wide.push('*');
        }
    }
    wide
}
