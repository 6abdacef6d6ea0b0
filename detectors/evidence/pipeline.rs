//! A CI job as an identity: what starts it, what it may ask its platform for, what it is handed,
//! whose code it runs. One record per job (and per composite action or template, which becomes part
//! of the jobs that use it).
//!
//! The record states facts of the configuration. Whether a secret is a cloud key, whether a trigger
//! can be pulled by a stranger, which OIDC subjects follow: see `policy::ci` and `policy::oidc`.

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

/// Where a secret is kept.
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
pub enum Store {
    /// The platform's secret store: a GitHub secret, a GitLab variable, a Jenkins credential.
    #[default]
    Platform,
    /// A named set of secrets: a CircleCI context, an Azure variable group.
    Group,
    /// A vault or secret manager, read by the platform when the job starts.
    Manager,
    /// The job's own short-lived token.
    JobToken,
    /// Whoever uses this fragment hands it over, under this name.
    Caller,
}

/// How a secret reaches its consumer.
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
pub enum Channel {
    /// As an environment variable.
    #[default]
    Env,
    /// As an input of third-party code.
    Input,
    /// Inside the text of a script.
    Script,
    /// As the password of a container registry, for a job or service container.
    Registry,
    /// To a reusable workflow, under a name.
    Call,
    /// As a mounted file or volume.
    File,
}

/// How far a value reaches.
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
pub enum Scope {
    /// Every job of the file.
    Workflow,
    /// Every step of the job.
    Job,
    /// One step.
    #[default]
    Step,
}

/// How much of the secret store a use asks for.
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
pub enum Extent {
    /// One secret, by name.
    #[default]
    One,
    /// A field of a structured secret, which the platform's log masking does not know.
    Field,
    /// All of them, or one chosen at run time.
    All,
}

/// A secret that a job takes. Its name, never its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretUse {
    /// Its name in the store; `*` for all of them.
    pub name: String,
    /// Where it is kept.
    #[serde(default)]
    pub store: Store,
    /// How it is handed over.
    #[serde(default)]
    pub channel: Channel,
    /// The environment variable or input that receives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// How far it reaches.
    #[serde(default)]
    pub scope: Scope,
    /// How much is asked for.
    #[serde(default)]
    pub extent: Extent,
    /// The third-party code that receives it: the `name` of a component. Absent: the job's scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// The step, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The way it came: the indirection that was followed (`env.X`), the part of a GitLab job that takes
    /// it (`before_script`), `groovy` for a script that Jenkins completes before the shell sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The deployment environment of the store that the secret is read from, when the use names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Where it is handed over.
    pub location: Location,
}

/// What a piece of foreign code is.
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
pub enum ComponentKind {
    /// A step that somebody else wrote: an action, an orb's command, a pipe, a task.
    #[default]
    Action,
    /// A whole job or file that somebody else wrote: a reusable workflow, an include, a template.
    Workflow,
    /// The container that a job or step runs in.
    Image,
    /// A container beside the job.
    Service,
    /// A program fetched by a script and run.
    Tool,
}

/// How firmly a reference to foreign code is fixed.
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
pub enum Pin {
    /// Part of this repository.
    Local,
    /// By a digest of its content or a full commit id.
    Digest,
    /// By a tag or version, which its author can move.
    Tag,
    /// By a branch, `latest`, or not at all.
    #[default]
    Floating,
    /// Chosen at run time.
    Dynamic,
}

impl Pin {
    /// True when its author can change what runs without a change here.
    pub fn is_movable(self) -> bool {
        matches!(self, Pin::Tag | Pin::Floating)
    }
}

/// Code from elsewhere that runs with the job's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// What it is.
    #[serde(default)]
    pub kind: ComponentKind,
    /// Its name without the reference: `owner/name`, an image, a path for local code.
    pub name: String,
    /// The tag, branch, commit or digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How firmly the reference is fixed.
    #[serde(default)]
    pub pin: Pin,
    /// The inputs that decide about identity, as written (`persist-credentials`, `role-to-assume`).
    /// Only names listed in `rules/tables/ci-actions.toml`; never a literal credential.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// True for code that the platform itself brings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub built_in: bool,
    /// True when it receives every secret of its caller (`secrets: inherit`, a shared context).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inherits_secrets: bool,
    /// The step, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Where it is named.
    pub location: Location,
}

/// How a role was got.
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
pub enum Method {
    /// With an identity token of the platform.
    #[default]
    Oidc,
    /// With a stored key, password or token.
    Static,
    /// Through a connection that the platform keeps.
    Connection,
    /// As the service account that the job runs under.
    Ambient,
}

/// A role, account or service connection that the job becomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RoleUse {
    /// `aws`, `azure`, `gcp`, `vault`, `kubernetes`, …
    pub provider: String,
    /// The role as written, which may be an expression.
    pub role: String,
    /// How it is got.
    #[serde(default)]
    pub method: Method,
    /// How long the session may last, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// The audience of the identity token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The step, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Where it is written.
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

/// A credential written into the configuration. Redacted: the value is nowhere in the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Literal {
    /// The variable, input or command that holds it: `DB_PASSWORD`, `docker login`.
    pub slot: String,
    /// How it is handed over.
    #[serde(default)]
    pub channel: Channel,
    /// How far it reaches.
    #[serde(default)]
    pub scope: Scope,
    /// How many characters it has.
    pub length: u32,
    /// True when it belongs to a container that lives only as long as the job (a test database), or
    /// is a well-known placeholder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub throwaway: bool,
    /// The third-party code that receives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// The step, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Where it stands.
    pub location: Location,
}

/// A setting that changes what the job's identity means: a debug switch, an endpoint, a flag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its name, such as `AWS_ENDPOINT_URL` or `CI_DEBUG_TRACE`.
    pub name: String,
    /// Its value as written.
    pub value: String,
    /// How far it reaches.
    #[serde(default)]
    pub scope: Scope,
    /// The step, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Where it stands.
    pub location: Location,
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
