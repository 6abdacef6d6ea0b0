//! What a job is handed: secrets by name, literal credentials by place, settings.

use crate::evidence::place::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
