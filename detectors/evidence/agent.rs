//! What an AI agent is configured to use and to do without asking: one record per MCP server, and one
//! for the settings of the agent itself.

use super::{
    pipeline::{Component, Literal},
    place::Location,
    record::record,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a credential reaches a server.
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
pub enum Handover {
    /// As an environment variable.
    #[default]
    Env,
    /// As a header of a request.
    Header,
    /// On the command line.
    Argument,
    /// In the address.
    Url,
    /// As a setting of the agent or its framework.
    Setting,
}

/// A credential that a server is handed: its name, never its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handed {
    /// The variable, header or option that receives it.
    pub slot: String,
    /// The variable whose value it is, when the slot does not say what it is: `GITHUB_TOKEN` in a header; or
    /// the usual variable of a credential that is known by its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// How it is handed over.
    #[serde(default)]
    pub how: Handover,
    /// Where it is handed over.
    pub location: Location,
}

/// A setting with the place where it stands: a folder that is opened, a tool that runs unasked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placed {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub location: Location,
}

record! {
    /// A server that an AI agent is configured to use, or the agent's own settings.
    Agent {
        /// The canonical name: `agent:owner/repo/.mcp.json#github`.
        subject: String,
        /// `owner/name`, when known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
        /// The file.
        file: String,
        /// The server's name; empty for the settings of the agent itself.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// The command that starts it, without its arguments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        /// The package or image that the command fetches and runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        package: Option<Component>,
        /// Where a remote server is: scheme, host and path, without user, query and fragment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<Placed>,
        /// Credentials that it is handed, by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        credentials: Vec<Handed>,
        /// Credentials written out, redacted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        literals: Vec<Literal>,
        /// Folders and sockets that it can reach, where the configuration says so.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        roots: Vec<Placed>,
        /// Tools that run without a question.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unasked: Vec<Placed>,
        /// Settings that take every question away.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unlimited: Vec<Placed>,
        /// True when the configuration switches the server off.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        disabled: bool,
        /// Where it stands.
        location: Location,
    }
}
