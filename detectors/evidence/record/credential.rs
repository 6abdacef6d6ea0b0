//! What proves an identity: its credentials, and their values where they were seen. Never a value.

use super::{Text, identity::Status, record, words};
use crate::evidence::{
    place::Location,
    value::{Attrs, When},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

record! {
    /// A key, secret, token, certificate or federated credential of an identity.
    Credential {
        /// Whose, `namespace:value`.
        subject: String,
        /// What it is: `aws-access-key`, `vault-token`, `approle-secret-id`, `x509`, …
        #[serde(rename = "type")]
        kind: String,
        /// Whether it works.
        #[serde(default)]
        status: Status,
        /// When it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        created_at: Option<Timestamp>,
        /// When it ends.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        expires_at: When,
        /// When its value last changed.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        rotated_at: When,
        /// When it was last used.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        last_used: When,
        /// The public id: access key id, accessor, thumbprint, key id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_id: Text,
        /// A public hint at the value: the last characters, never enough to use it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Text,
        /// Keyed fingerprint of the value, when the value was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Text,
        /// Where it is defined, if in a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

/// A credential that a record names without holding it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CredentialRef {
    /// What it is.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Its id, accessor or fingerprint.
    #[serde(rename = "ref", default)]
    pub reference: String,
}

words! {
    /// What an offline check said of a credential value.
    pub enum Verdict {
        /// The checksum or structure is right.
        Valid,
        /// The checksum or structure is wrong: not a working credential.
        Invalid,
        /// The format carries nothing to check.
        #[default]
        Unchecked,
    }
}

words! {
    /// How sure the matcher is.
    pub enum Confidence {
        /// A guess worth an auditor's look.
        Low,
        /// Probably a credential.
        #[default]
        Medium,
        /// A credential by its form, checksum or place.
        High,
    }
}

/// One place where a credential value was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sighting {
    /// File and region, or where else.
    pub location: Location,
    /// The commit that introduced it, when seen in history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When that commit was authored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub committed_at: Option<Timestamp>,
    /// True when it stands in the present tree, false when only history holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_head: Option<bool>,
    /// What had to be decoded to see it, outermost first: `zip:lib/a.xml`, `base64`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub through: Vec<String>,
}

record! {
    /// A credential value seen at one or more places. Never the value.
    Exposure {
        /// The credential format's id, `github-pat`, `aws-access-key`, `generic-password`, …
        format: String,
        /// The provider's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider: Text,
        /// Every place, sorted.
        places: Vec<Sighting>,
        /// Keyed fingerprint of the value (HMAC-SHA-256, 16 bytes, hex).
        fingerprint: String,
        /// A form that shows what it is and not its value: `ghp_…ML0W`.
        redacted: String,
        /// What an offline check said.
        #[serde(default)]
        verdict: Verdict,
        /// How sure the matcher is.
        #[serde(default)]
        confidence: Confidence,
        /// Why the confidence is lower than the form suggests: `documentation example`, …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lowered: Text,
        /// What can be read off the value offline: `account`, `key_id`, `user`, `host`, `exp`, …
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        decoded: Attrs,
    }
}
