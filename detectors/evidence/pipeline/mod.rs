//! A CI job as an identity: what starts it, what it may ask its platform for, what it is handed,
//! whose code it runs. One record per job (and per composite action or template, which becomes part
//! of the jobs that use it).
//!
//! The record states facts of the configuration. Whether a secret is a cloud key, whether a trigger
//! can be pulled by a stranger, which OIDC subjects follow: see `policy::ci` and `policy::oidc`.

mod foreign;
mod secret;

pub use foreign::{Component, ComponentKind, Method, Pin, RoleUse};
pub use secret::{Channel, Extent, Literal, Scope, SecretUse, Setting, Store};

use super::{place::Location, record::record};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a record describes.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A job that its platform starts.
    #[default]
    Job,
    /// Steps that run inside the jobs which use them: a composite action, a step template, an orb's
    /// command. Never an identity of its own.
    Fragment,
    /// A service of the platform that is configured in the repository, such as Dependabot.
    Service,
}

/// One event that starts a job, with its filters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// The event in the platform's words: `push`, `pull_request_target`, `merge_request_event`, …
    pub event: String,
    /// Branch patterns that the event must match; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
    /// Tag patterns that the event must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Activity types (`opened`, `labeled`); empty: the platform's default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// Where the permissions of the job's own token are written.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Nowhere: the platform's or the organisation's default holds, which the file does not show.
    #[default]
    Unstated,
    /// For all jobs of the file.
    Workflow,
    /// For this job.
    Job,
}

/// What the job's own token (`GITHUB_TOKEN`, `CI_JOB_TOKEN`) may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Permissions {
    /// Who says so.
    #[serde(default)]
    pub origin: Origin,
    /// Scope to level (`contents` → `write`). The scope `*` stands for all of them
    /// (`write-all`, `read-all`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scopes: BTreeMap<String, String>,
    /// Where they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Permissions {
    /// True when the file gives this scope this level, by name or by `write-all`.
    pub fn allows(&self, scope: &str, level: &str) -> bool {
        [scope, "*"].iter().any(|s| self.scopes.get(*s).is_some_and(|l| l == level))
    }
}

/// An identity token (OIDC) that the job can have its platform sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdToken {
    /// The variable that holds it, where the platform names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The audiences asked for; empty: chosen at run time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Where the right to mint it is written.
    pub location: Location,
}

/// Who owns the machine that runs a job.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RunnerKind {
    /// The platform; fresh for every job.
    Hosted,
    /// The repository's owner, perhaps kept between jobs.
    SelfHosted,
    /// Not written in the file.
    #[default]
    Unknown,
}

/// The machine that runs a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Runner {
    /// Whose it is.
    #[serde(default)]
    pub kind: RunnerKind,
    /// Labels, tags, pool or group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Where it is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A condition on a job or step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// As written, at most 400 characters.
    pub text: String,
    /// The step, from 1; absent: the whole job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Where it stands.
    pub location: Location,
}

record! {
    /// A CI job as an identity.
    Pipeline {
        /// The canonical name, `namespace:value`, such as
        /// `github-actions:owner/repo/.github/workflows/deploy.yml#deploy`.
        subject: String,
        /// `github-actions`, `gitlab-ci`, `azure-pipelines`, `circleci`, …
        platform: String,
        /// What the record describes.
        #[serde(default)]
        form: Form,
        /// `owner/name`, when known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
        /// The file.
        workflow: String,
        /// The job's key.
        job: String,
        /// How many jobs the file has.
        #[serde(default)]
        siblings: u32,
        /// What starts it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        triggers: Vec<Trigger>,
        /// The job's condition, when it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condition: Option<String>,
        /// The deployment environment, as written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<String>,
        /// What its own token may do.
        #[serde(default)]
        permissions: Permissions,
        /// The identity tokens it can have signed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        id_tokens: Vec<IdToken>,
        /// OIDC subjects that a source has read off the platform. Those that follow from the
        /// configuration: `policy::oidc`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subjects: Vec<String>,
        /// Secrets it takes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<SecretUse>,
        /// Roles, accounts and connections it becomes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        roles: Vec<RoleUse>,
        /// Where it runs.
        #[serde(default)]
        runner: Runner,
        /// Code from elsewhere that runs in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        components: Vec<Component>,
        /// Credentials written into it, redacted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        literals: Vec<Literal>,
        /// Switches and endpoints.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        settings: Vec<Setting>,
        /// Words in its scripts that use the job's own token or git's stored credential, or may
        /// (`rules/tables/ci-token-needs.toml`); GitHub Actions only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        token_words: Vec<String>,
        /// The keys that the job says itself, where it can inherit the others from another file.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sets: Vec<String>,
        /// Conditions that look at who acts.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        actor_checks: Vec<Condition>,
        /// Where the job stands.
        location: Location,
    }
}

impl Pipeline {
    /// Gives back the room that lists took while they grew: a scan holds many jobs with few entries.
    pub(crate) fn tighten(&mut self) {
        self.triggers.shrink_to_fit();
        self.id_tokens.shrink_to_fit();
        self.secrets.shrink_to_fit();
        self.roles.shrink_to_fit();
        self.components.shrink_to_fit();
        self.literals.shrink_to_fit();
        self.settings.shrink_to_fit();
        self.token_words.shrink_to_fit();
    }
}
