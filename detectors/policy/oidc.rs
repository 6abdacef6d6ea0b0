//! OIDC subjects: what each CI platform writes into the `sub` claim of a job's identity token, and
//! whether a trust's pattern admits it.
//!
//! A subject is a pattern in which `*` stands for what the configuration does not fix (any branch, an
//! id that only the platform knows). Everything that the job can present matches one of its patterns;
//! a pattern may be wider than the job (negated branch filters are left out).

use crate::evidence::{
    Estate, Pipeline, Resource,
    pipeline::{Method, Trigger},
};
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

/// Every subject that a job of the estate can present: with the facts about its repository, with the
/// triggers of its callers where it is part of a reusable workflow, and without those that its condition
/// rules out.
pub fn subjects_in(estate: &Estate, pipeline: &Pipeline) -> Vec<Subject> {
    let triggers = super::ci::triggers(estate, pipeline);
    subjects(&Pipeline { triggers, ..pipeline.clone() }, &RepositoryFacts::of(estate, pipeline))
}

/// Every subject that a job can present, sorted. Empty when it cannot have a token signed. Subjects that
/// a source has read off the platform are taken as they are.
pub fn subjects(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<Subject> {
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
            of(ENTRA_ISSUER, entra_connections(pipeline)),
            of("https://vstoken.dev.azure.com/*", connections(pipeline)),
        ]
        .concat(),
        _ if pipeline.id_tokens.is_empty() => Vec::new(),
        "github-actions" => of(GITHUB_ISSUER, github(pipeline, facts)),
        "gitlab-ci" => of(GITLAB_ISSUER, gitlab(pipeline, facts)),
        "circleci" => of("https://oidc.circleci.com/org/*", circleci(pipeline)),
        "bitbucket-pipelines" => of(
            "https://api.bitbucket.org/2.0/workspaces/*/pipelines-config/identity/oidc",
            bitbucket(pipeline, facts),
        ),
        _ => Vec::new(),
    }
}

/// GitHub: <https://docs.github.com/actions/reference/security/oidc>. The name-based form and the
/// immutable one (`repo:owner@id/name@id`), unless the platform says which of them holds.
fn github(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let contexts = github_contexts(pipeline, facts);
    let mut found = Vec::new();
    for repository in github_names(pipeline, facts) {
        for context in &contexts {
            found.push(match &facts.claim_keys {
                None => format!("repo:{repository}:{context}"),
                Some(keys) => {
                    let claim =
                        |key: &String| github_claim(key, pipeline, &repository, context, facts);
                    keys.iter().map(claim).collect::<Vec<_>>().join(":")
                }
            });
        }
    }
    found
}

fn github_names(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let name = pipeline.repository.as_deref().unwrap_or("*/*");
    let (owner, repository) = name.split_once('/').unwrap_or(("*", name));
    let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "*".to_owned());
    let immutable = format!("{owner}@{}/{repository}@{}", id(&facts.owner_id), id(&facts.id));
    match facts.immutable {
        Some(true) => vec![immutable],
        Some(false) => vec![name.to_owned()],
        None => vec![name.to_owned(), immutable],
    }
}

/// The part of the subject behind the repository.
fn github_contexts(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    if let Some(environment) = &pipeline.environment {
        let name = if environment.contains("${{") { "*" } else { environment };
        // GitHub writes a colon inside a value as %3A.
        return vec![format!("environment:{}", name.replace(':', "%3A"))];
    }
    pipeline.triggers.iter().flat_map(|trigger| github_refs(trigger, facts)).collect()
}

fn github_refs(trigger: &Trigger, facts: &RepositoryFacts) -> Vec<String> {
    let branches = |patterns: &[String]| refs("refs/heads/", patterns);
    let tags = |patterns: &[String]| refs("refs/tags/", patterns);
    let any: &[String] = &["*".to_owned()];
    match trigger.event.as_str() {
        "pull_request" => vec!["pull_request".to_owned()],
        "pull_request_review" | "pull_request_review_comment" => {
            vec!["pull_request".to_owned(), "ref:refs/pull/*/merge".to_owned()]
        }
        "push" => match (trigger.branches.is_empty(), trigger.tags.is_empty()) {
            (true, true) => [branches(any), tags(any)].concat(),
            _ => [branches(&trigger.branches), tags(&trigger.tags)].concat(),
        },
        "workflow_dispatch" | "create" | "deployment" | "deployment_status" => {
            [branches(any), tags(any)].concat()
        }
        "release" => tags(any),
        "merge_group" => branches(&["gh-readonly-queue/*".to_owned()]),
        "pull_request_target" if !trigger.branches.is_empty() => branches(&trigger.branches),
        "pull_request_target" => branches(any),
        // The caller's own record has its subjects.
        "workflow_call" => Vec::new(),
        _ => branches(&[facts.default_branch.clone().unwrap_or_else(|| "*".to_owned())]),
    }
}

fn refs(prefix: &str, patterns: &[String]) -> Vec<String> {
    let kept = patterns.iter().filter(|pattern| !pattern.starts_with('!'));
    kept.map(|pattern| format!("ref:{prefix}{}", widen(pattern))).collect()
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

fn github_claim(
    key: &str,
    pipeline: &Pipeline,
    repository: &str,
    context: &str,
    facts: &RepositoryFacts,
) -> String {
    let owner = repository.split('/').next().unwrap_or("*");
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "*".to_owned());
    let value = match key {
        "repo" => return format!("repo:{repository}"),
        "context" => return context.to_owned(),
        "repository" => pipeline.repository.clone().unwrap_or_else(|| "*".to_owned()),
        "repository_owner" => owner.split('@').next().unwrap_or("*").to_owned(),
        "repository_id" => known(&facts.id),
        "repository_owner_id" => known(&facts.owner_id),
        "environment" => pipeline.environment.clone().unwrap_or_default(),
        "job_workflow_ref" | "workflow_ref" => {
            let name = pipeline.repository.as_deref().unwrap_or("*/*");
            format!("{name}/{}@*", pipeline.workflow)
        }
        "ref" => context.strip_prefix("ref:").unwrap_or("*").to_owned(),
        _ => "*".to_owned(),
    };
    format!("{key}:{value}")
}

/// GitLab: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>.
fn gitlab(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let project = pipeline.repository.as_deref().unwrap_or("*");
    let form = |kind: &str, name: &str| {
        let known = facts.default_branch.as_deref().filter(|_| name == "$CI_DEFAULT_BRANCH");
        let name = known.map_or_else(|| widen(name), str::to_owned);
        format!("project_path:{project}:ref_type:{kind}:ref:{name}")
    };
    let mut found = Vec::new();
    for trigger in &pipeline.triggers {
        found.extend(trigger.branches.iter().map(|name| form("branch", name)));
        found.extend(trigger.tags.iter().map(|name| form("tag", name)));
        if trigger.branches.is_empty() && trigger.tags.is_empty() {
            found.push(form("branch", "*"));
            if trigger.event != "merge_request_event" {
                found.push(form("tag", "*"));
            }
        }
    }
    found
}

/// CircleCI: <https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/>. Version 2
/// of the token names the source of the change, unless a custom webhook started the pipeline.
fn circleci(pipeline: &Pipeline) -> Vec<String> {
    let origin = pipeline.repository.as_deref().map_or("*".to_owned(), |name| format!("*/{name}"));
    let mut refs: Vec<String> = Vec::new();
    for trigger in &pipeline.triggers {
        refs.extend(trigger.branches.iter().map(|name| format!("refs/heads/{}", widen(name))));
        refs.extend(trigger.tags.iter().map(|name| format!("refs/tags/{}", widen(name))));
    }
    if refs.is_empty() {
        refs.push("*".to_owned());
    }
    let second =
        refs.iter().map(|r| format!("org/*/project/*/user/*/vcs-origin/{origin}/vcs-ref/{r}"));
    std::iter::once("org/*/project/*/user/*".to_owned()).chain(second).collect()
}

/// Bitbucket: <https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/>.
/// The ids of deployment environment and step are known to Bitbucket alone, the one of the repository
/// where a source has read it.
fn bitbucket(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
    let repository = facts.id.as_deref().unwrap_or("*").trim_matches(['{', '}']);
    let environment = if pipeline.environment.is_some() { ":{*}" } else { "" };
    vec![format!("{{{repository}}}{environment}:{{*}}")]
}

/// Azure Pipelines with the Entra issuer, which service connections have by default and must have from
/// July 2027: tenant, organisation and connection stand there by ids that the file does not know.
/// <https://learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections>
fn entra_connections(pipeline: &Pipeline) -> Vec<String> {
    let federated = pipeline.roles.iter().any(|role| role.method == Method::Connection);
    federated.then(|| "/eid1/c/pub/t/*/a/*/sc/*/*".to_owned()).into_iter().collect()
}

/// Azure Pipelines with its own issuer: one subject for every service connection that the job uses.
/// <https://github.com/microsoft/azure-pipelines-tasks/blob/master/docs/service-connections/azure-oidc/README.md>
fn connections(pipeline: &Pipeline) -> Vec<String> {
    let project = pipeline.repository.as_deref().unwrap_or("*/*");
    let project = project.rsplit_once('/').map_or(project, |(project, _)| project);
    pipeline
        .roles
        .iter()
        .filter(|role| role.method == Method::Connection)
        .map(|role| {
            let name = if role.role.contains('$') { "*" } else { &role.role };
            format!("sc://{}/{name}", if project.contains('/') { project } else { "*/*" })
        })
        .collect()
}

/// Whether some string matches both patterns, `*` standing for any text and `?` for one character. True
/// means: a job with this subject may be admitted by a trust with that pattern.
pub fn overlaps(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    // row[j]: the first i characters of `left` and the first j of `right` can stand for one string.
    let mut row = vec![false; right.len() + 1];
    row[0] = true;
    for (j, c) in right.iter().enumerate() {
        row[j + 1] = row[j] && *c == '*';
    }
    for a in &left {
        let mut next = vec![false; right.len() + 1];
        next[0] = row[0] && *a == '*';
        for (j, b) in right.iter().enumerate() {
            next[j + 1] = match (*a, *b) {
                ('*', '*') => row[j + 1] || next[j] || row[j],
                ('*', _) => row[j + 1] || next[j],
                (_, '*') => next[j] || row[j + 1],
                ('?', _) | (_, '?') => row[j],
                (a, b) => row[j] && a == b,
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

/// Whether every string that `subject` stands for matches `pattern`. True means: the trust admits the job
/// wherever it runs.
pub fn covers(pattern: &str, subject: &str) -> bool {
    let (pattern, subject): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), subject.chars().collect());
    let mut row = vec![false; subject.len() + 1];
    row[0] = true;
    for p in &pattern {
        let mut next = vec![false; subject.len() + 1];
        next[0] = row[0] && *p == '*';
        for (j, s) in subject.iter().enumerate() {
            next[j + 1] = match p {
                '*' => row[j + 1] || next[j],
                // One character cannot stand for any text.
                '?' => row[j] && *s != '*',
                _ => row[j] && p == s,
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::pipeline::{IdToken, RoleUse};

    fn job(platform: &str, triggers: &[(&str, &[&str], &[&str])]) -> Pipeline {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Pipeline {
            platform: platform.to_owned(),
            repository: Some("acme/shop".to_owned()),
            workflow: ".github/workflows/deploy.yml".to_owned(),
            id_tokens: vec![IdToken::default()],
            triggers: triggers
                .iter()
                .map(|(event, branches, tags)| Trigger {
                    event: (*event).to_owned(),
                    branches: list(branches),
                    tags: list(tags),
                    ..Trigger::default()
                })
                .collect(),
            ..Pipeline::default()
        }
    }

    fn patterns(pipeline: &Pipeline, facts: &RepositoryFacts) -> Vec<String> {
        subjects(pipeline, facts).into_iter().map(|s| s.pattern).collect()
    }

    #[test]
    fn github_mints_both_forms_until_the_platform_says_which() {
        let push = job("github-actions", &[("push", &["main", "release/**"], &[])]);
        assert_eq!(
            patterns(&push, &RepositoryFacts::default()),
            [
                "repo:acme/shop:ref:refs/heads/main",
                "repo:acme/shop:ref:refs/heads/release/*",
                "repo:acme@*/shop@*:ref:refs/heads/main",
                "repo:acme@*/shop@*:ref:refs/heads/release/*",
            ]
        );
        let facts = RepositoryFacts {
            id: Some("42".into()),
            owner_id: Some("7".into()),
            immutable: Some(true),
            ..RepositoryFacts::default()
        };
        assert_eq!(patterns(&push, &facts)[0], "repo:acme@7/shop@42:ref:refs/heads/main");
    }

    #[test]
    fn the_environment_replaces_the_ref_and_pull_requests_have_their_own_subject() {
        let facts = RepositoryFacts { immutable: Some(false), ..RepositoryFacts::default() };
        let mut deploy =
            job("github-actions", &[("push", &[], &[]), ("pull_request", &["main"], &[])]);
        assert_eq!(
            patterns(&deploy, &facts),
            [
                "repo:acme/shop:pull_request",
                "repo:acme/shop:ref:refs/heads/*",
                "repo:acme/shop:ref:refs/tags/*"
            ]
        );
        deploy.environment = Some("prod:eu".to_owned());
        assert_eq!(patterns(&deploy, &facts), ["repo:acme/shop:environment:prod%3Aeu"]);
        let none = Pipeline { id_tokens: Vec::new(), ..deploy };
        assert!(subjects(&none, &facts).is_empty());
    }

    #[test]
    fn a_customised_subject_is_honoured() {
        let facts = RepositoryFacts {
            claim_keys: Some(vec![
                "repository_owner".into(),
                "job_workflow_ref".into(),
                "context".into(),
            ]),
            immutable: Some(false),
            ..RepositoryFacts::default()
        };
        assert_eq!(
            patterns(&job("github-actions", &[("push", &["main"], &[])]), &facts),
            [
                "repository_owner:acme:job_workflow_ref:acme/shop/.github/workflows/deploy.yml@*:ref:refs/heads/main"
            ]
        );
    }

    #[test]
    fn other_platforms_mint_their_own_forms() {
        let facts = RepositoryFacts::default();
        assert_eq!(
            patterns(&job("gitlab-ci", &[("push", &["main"], &["v*"])]), &facts),
            [
                "project_path:acme/shop:ref_type:branch:ref:main",
                "project_path:acme/shop:ref_type:tag:ref:v*"
            ]
        );
        assert_eq!(
            patterns(&job("circleci", &[("push", &["main"], &[])]), &facts),
            [
                "org/*/project/*/user/*",
                "org/*/project/*/user/*/vcs-origin/*/acme/shop/vcs-ref/refs/heads/main"
            ]
        );
        assert_eq!(patterns(&job("bitbucket-pipelines", &[]), &facts), ["{*}:{*}"]);
        let mut azure = job("azure-pipelines", &[]);
        azure.repository = Some("org/project/repo".to_owned());
        azure.roles.push(RoleUse {
            role: "prod".into(),
            method: Method::Connection,
            ..RoleUse::default()
        });
        assert_eq!(
            patterns(&azure, &facts),
            ["/eid1/c/pub/t/*/a/*/sc/*/*", "sc://org/project/prod"]
        );
    }

    #[test]
    fn overlap_and_cover() {
        let main = "repo:acme/shop:ref:refs/heads/main";
        let any = "repo:acme/shop:ref:refs/heads/*";
        assert!(overlaps("repo:acme/*", any) && covers("repo:acme/*", any));
        assert!(overlaps(main, any) && !covers(main, any) && covers(any, main));
        assert!(overlaps("repo:acme/shop:*:prod", any) && !covers("repo:acme/shop:*:prod", any));
        assert!(!overlaps("repo:acme/shop:environment:*", any));
        assert!(!overlaps("repo:evil/*", main) && !covers("repo:evil/*", main));
        assert!(overlaps("a?c", "abc") && !overlaps("a?c", "ac") && !covers("a?", "a*"));
        assert!(covers("*", "") && overlaps("", "*") && !covers("", "*"));
    }
}
