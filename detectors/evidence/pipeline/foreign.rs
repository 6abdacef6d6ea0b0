//! Code from elsewhere that runs in a job, and the roles that a job becomes.

use crate::evidence::place::Location;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
