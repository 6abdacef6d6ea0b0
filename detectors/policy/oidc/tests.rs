use super::*;
use crate::evidence::pipeline::{IdToken, Method, RoleUse, Trigger};

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
    let triggers: Vec<&Trigger> = pipeline.triggers.iter().collect();
    subjects(pipeline, &triggers, facts).into_iter().map(|s| s.pattern).collect()
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
    let mut deploy = job("github-actions", &[("push", &[], &[]), ("pull_request", &["main"], &[])]);
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
    assert!(patterns(&none, &facts).is_empty());
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
    assert_eq!(patterns(&azure, &facts), ["/eid1/c/pub/t/*/a/*/sc/*/*", "sc://org/project/prod"]);
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
