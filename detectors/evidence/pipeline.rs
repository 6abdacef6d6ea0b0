//! A CI job as an identity.

use super::{place::Location, record::record};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A secret that a job takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecretUse {
    /// Its name in the platform's store.
    pub name: String,
    /// Where it is handed over.
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
        /// `owner/name`, when known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
        /// The file.
        workflow: String,
        /// The job's key.
        job: String,
        /// What starts it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        triggers: Vec<String>,
        /// The deployment environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<String>,
        /// Token permissions, scope to level.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        permissions: BTreeMap<String, String>,
        /// OIDC subjects that the platform would mint.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subjects: Vec<String>,
        /// Secrets it takes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        secrets: Vec<SecretUse>,
        /// Where the job stands.
        location: Location,
    }
}
