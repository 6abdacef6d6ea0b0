//! Questions that several rules ask about a job.

use super::{kind_of, triggers};
use crate::{
    evidence::{
        Estate, Pipeline,
        names::is_credential_name,
        pipeline::{Component, ComponentKind, Form, SecretUse, Store, Trigger},
    },
    finding::{Finding, Level},
};
use overstay_rules::Component as Axis;

/// Events that a stranger can cause and that still run with the repository's secrets.
const STRANGERS: &[&str] = &[
    "pull_request_target",
    "workflow_run",
    "issue_comment",
    "issues",
    "discussion",
    "discussion_comment",
    "fork",
    "watch",
];

/// References that a pull request's author chooses.
const STRANGE_REFS: &[&str] = &[
    "github.event.pull_request.head",
    "github.head_ref",
    "github.event.workflow_run.head",
    "github.event.workflow_run.pull_requests",
    "refs/pull/",
];

/// True for a checkout of what the author of a pull request wrote.
pub(crate) fn checks_out_strange_code(component: &Component) -> bool {
    let from = |input: &str| component.inputs.get(input).map(String::as_str).unwrap_or_default();
    component.name.eq_ignore_ascii_case("actions/checkout")
        && STRANGE_REFS.iter().any(|r| from("ref").contains(r) || from("repository").contains(r))
}

/// The first trigger that a stranger can cause, directly or through a workflow that calls this one.
pub(crate) fn untrusted_trigger<'e>(
    estate: &'e Estate,
    pipeline: &'e Pipeline,
) -> Option<&'e Trigger> {
    let mut all = triggers(estate, pipeline).into_iter();
    all.find(|trigger| STRANGERS.contains(&trigger.event.as_str()))
}

/// The secrets that outlive the job, in the order in which they are written.
pub(crate) fn stored(pipeline: &Pipeline) -> impl Iterator<Item = &SecretUse> {
    pipeline.secrets.iter().filter(|secret| is_stored(secret))
}

/// True for a secret that outlives the job: not its own token, not what a caller hands over.
pub(crate) fn is_stored(secret: &SecretUse) -> bool {
    matches!(secret.store, Store::Platform | Store::Group)
}

/// True for a stored secret that can be a credential: the table knows it, or a name says so. Regions,
/// account ids and role names are often kept in the secret store as well.
pub(crate) fn is_credential(pipeline: &Pipeline, secret: &SecretUse) -> bool {
    is_stored(secret)
        && (kind_of(pipeline, secret).is_some()
            || is_credential_name(&secret.name)
            || secret.slot.as_deref().is_some_and(is_credential_name))
}

/// What a stranger's code in this job could take along, as words; `None` when there is nothing.
pub(crate) fn loot(pipeline: &Pipeline) -> Option<String> {
    let single = stored(pipeline).filter(|secret| secret.store != Store::Group);
    let mut names: Vec<&str> = single.map(|secret| secret.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut parts: Vec<String> = groups_named(pipeline).into_iter().collect();
    match names.as_slice() {
        [] => {}
        ["*", ..] => parts.push("every stored secret".to_owned()),
        [one] => parts.push(format!("the stored secret '{one}'")),
        [first, rest @ ..] => {
            parts.push(format!("the stored secret '{first}' and {} more", rest.len()))
        }
    }
    if mints_tokens(pipeline) {
        parts.push("the right to mint identity tokens".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// The sets of secrets that a job takes whole, as words.
pub(crate) fn groups_named(pipeline: &Pipeline) -> Option<String> {
    let mut names: Vec<String> = groups(pipeline).map(|group| group.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let (one, many) = match pipeline.platform.as_str() {
        "circleci" => ("context", "contexts"),
        _ => ("variable group", "variable groups"),
    };
    let noun = if names.len() == 1 { one } else { many };
    (!names.is_empty()).then(|| format!("the {noun} {}", some_of(&names)))
}

/// The sets of secrets that a job takes whole: contexts, variable groups.
pub(crate) fn groups(pipeline: &Pipeline) -> impl Iterator<Item = &SecretUse> {
    pipeline.secrets.iter().filter(|secret| secret.store == Store::Group)
}

/// True for a job that asks for an identity token. CircleCI gives one to every job; there it counts where
/// the job makes use of it.
pub(crate) fn mints_tokens(pipeline: &Pipeline) -> bool {
    match pipeline.platform.as_str() {
        "circleci" => pipeline.id_tokens.iter().any(|token| token.name.is_some()),
        _ => !pipeline.id_tokens.is_empty(),
    }
}

/// True when the job's own token may change something, as far as the file says.
pub(crate) fn may_write(pipeline: &Pipeline) -> bool {
    pipeline.permissions.scopes.iter().any(|(scope, level)| level == "write" && scope != "id-token")
}

/// Code of others whose author can change what runs: not of this repository's owner, not of the platform.
pub(crate) fn movable(pipeline: &Pipeline) -> impl Iterator<Item = &Component> {
    let owner = pipeline.repository.as_deref().and_then(|name| name.split('/').next());
    pipeline.components.iter().filter(move |component| {
        matches!(component.kind, ComponentKind::Action | ComponentKind::Workflow)
            && component.pin.is_movable()
            && !is_of_platform(pipeline, component)
            && component.name.split('/').next() != owner
    })
}

fn is_of_platform(pipeline: &Pipeline, component: &Component) -> bool {
    let owner = component.name.split('/').next().unwrap_or_default();
    match pipeline.platform.as_str() {
        "github-actions" => ["actions", "github"].iter().any(|o| owner.eq_ignore_ascii_case(o)),
        "gitlab-ci" => ["components", "gitlab-org"].iter().any(|o| owner.eq_ignore_ascii_case(o)),
        "bitbucket-pipelines" => owner.eq_ignore_ascii_case("atlassian"),
        "circleci" => owner.eq_ignore_ascii_case("circleci"),
        // An administrator of the organisation installs tasks; a pipeline cannot pin them.
        "azure-pipelines" => component.kind == ComponentKind::Action,
        _ => false,
    }
}

/// `owner/name@ref` or `image:tag`, as it is written.
pub(crate) fn spelled(component: &Component) -> String {
    match &component.reference {
        Some(tag) if component.kind == ComponentKind::Image => format!("{}:{tag}", component.name),
        Some(reference) => format!("{}@{reference}", component.name),
        None => component.name.clone(),
    }
}

/// The first of several names, and how many more.
pub(crate) fn some_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("'{one}'"),
        [one, two] => format!("'{one}' and '{two}'"),
        [first, rest @ ..] => format!("'{first}' and {} more", rest.len()),
    }
}

/// True for records that the platform starts: fragments count where they are used.
pub(crate) fn is_job(pipeline: &Pipeline) -> bool {
    pipeline.form == Form::Job
}

/// How close strangers are to the job, what it may do, and that it is in use.
pub(crate) fn weigh(finding: &mut Finding, exposure: Level, privilege: Level) {
    finding.weigh(Axis::Exposure, exposure);
    finding.weigh(Axis::Privilege, privilege);
    finding.weigh(Axis::Liveness, Level::between(1, 3, "the job is configured to use it"));
}

/// A provider's name in words.
pub(crate) fn provider(slug: &str) -> &str {
    match slug {
        "aws" => "AWS",
        "azure" => "Azure",
        "gcp" => "Google Cloud",
        "vault" => "Vault",
        "alibaba" => "Alibaba Cloud",
        "kubernetes" => "Kubernetes",
        other => other,
    }
}

/// The subject of the file that a job stands in.
pub(crate) fn file_subject(pipeline: &Pipeline) -> String {
    pipeline.subject.rsplit_once('#').map_or(&*pipeline.subject, |(file, _)| file).to_owned()
}

/// The part of a path above `.github/`: tells repositories apart that are scanned together.
pub(crate) fn root(path: &str) -> &str {
    path.find(".github/").map_or("", |at| &path[..at])
}

/// `the stored secret 'A'`, or how many.
pub(crate) fn secrets_named(names: &[String]) -> String {
    match names {
        [one] => format!("the stored secret '{one}'"),
        _ => format!("the stored secrets {}", some_of(names)),
    }
}

/// A checkout that leaves its credential in the working tree: the default of GitHub, a choice in Azure
/// Pipelines.
pub(crate) fn persists_credential(component: &Component) -> bool {
    let says = |word: &str| {
        component.inputs.get("persist-credentials").is_some_and(|v| v.eq_ignore_ascii_case(word))
    };
    match component.name.to_ascii_lowercase().as_str() {
        "actions/checkout" => !says("false"),
        "checkout" => says("true"),
        _ => false,
    }
}
