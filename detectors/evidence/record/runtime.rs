//! What still exists: grants, trusts, policies, and the things that decide about access.

use super::{Text, credential::CredentialRef, record, words};
use crate::evidence::{
    place::Location,
    value::{Attrs, Grant, When},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// How a grant came to its holder.
    pub enum Origin {
        /// Given to the identity itself.
        Direct,
        /// Through a group.
        Group,
        /// Through an elevation.
        Pam,
        /// Not known.
        #[default]
        Unknown,
    }
}

record! {
    /// A grant that lives in the runtime.
    Observed {
        /// Who holds it.
        subject: String,
        /// What it allows.
        grant: Grant,
        /// True when it holds without elevation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<bool>,
        /// When it ends.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        expires_at: When,
        /// The credential that carries it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cred: Option<CredentialRef>,
        /// The environment of the resource.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Text,
        /// The application that uses it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app: Text,
        /// How it came to the subject.
        #[serde(default)]
        origin: Origin,
        /// When it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        created_at: Option<Timestamp>,
        /// Who made it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        created_by: Text,
        /// When it was last used.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        last_used: When,
        /// Where it is defined, if in a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

words! {
    /// How a pattern of a trust condition is compared.
    pub enum MatchKind {
        /// Byte for byte.
        #[default]
        Equals,
        /// `*` and `?` wildcards (AWS `StringLike`, Vault `glob`).
        Glob,
        /// A regular expression or an expression language (Entra `claimsMatchingExpression`).
        Expression,
    }
}

/// One condition of a trust: the claim must match one of the patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimCondition {
    /// The claim, `sub`, `aud`, `repository`, …
    pub claim: String,
    /// How to compare.
    #[serde(default)]
    pub how: MatchKind,
    /// Any of these.
    pub patterns: Vec<String>,
}

record! {
    /// Who may become an identity.
    Trust {
        /// The identity that can be assumed: role, service principal, Vault role.
        target: String,
        /// The mechanism: `oidc`, `aws`, `saml`, `service`, `kubernetes`, `approle`, …
        mechanism: String,
        /// Who is trusted directly, `namespace:value`, when the trust names principals.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        principals: Vec<String>,
        /// The token issuer, without `https://`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuer: Text,
        /// Accepted audiences; empty: not restricted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        audiences: Vec<String>,
        /// All of these must hold; empty: any subject of the issuer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<ClaimCondition>,
        /// Where it is defined, if in a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

record! {
    /// A policy, word for word, for an evaluator to judge.
    Policy {
        /// The language: `vault-acl`, `aws-iam`, `aws-scp`, `rego`, …
        language: String,
        /// The policy's canonical name, `namespace:value`.
        subject: String,
        /// Its text.
        document: String,
        /// Who it applies to, when the document does not say.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached_to: Vec<String>,
        /// Where it stands, if in a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

record! {
    /// A thing that is not an identity and yet decides about access: a repository, a mount, an
    /// audit device, a stored secret, a key, a server setting.
    Resource {
        /// What it is: `repository`, `vault-mount`, `kv-secret`, `aws-secret`, …
        #[serde(rename = "type")]
        kind: String,
        /// Its canonical name, `namespace:value`.
        subject: String,
        /// Where it is defined, if in a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// What is known of it.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}
