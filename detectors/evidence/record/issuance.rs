//! What was issued, used and taken back: the ledger of the PAM.

use super::{Text, credential::CredentialRef, record, words};
use crate::evidence::value::{Attrs, Grant, When};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

record! {
    /// PAM: an elevation, checkout, lease or session.
    Issuance {
        /// Whose access.
        subject: String,
        /// Who acted, when not the subject.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Text,
        /// The entitlement that it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entitlement_ref: Text,
        /// What was given.
        grant: Grant,
        /// The credential that was handed out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cred: Option<CredentialRef>,
        /// When it began.
        #[schemars(with = "String")]
        issued_at: Timestamp,
        /// When it must end.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        expires_at: When,
        /// When it did end.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        ended_at: When,
        /// Whether it can be prolonged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        renewable: Option<bool>,
        /// The environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Text,
        /// The application.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app: Text,
        /// True when somebody changed the grant behind the PAM's back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        externally_modified: Option<bool>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

record! {
    /// What was done, by whom, with which credential, inside which issuance.
    Use {
        /// As whom.
        subject: String,
        /// By whom in fact.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Text,
        /// With which credential.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cred_ref: Text,
        /// Inside which issuance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issuance_ref: Text,
        /// What was used.
        grant: Grant,
        /// First seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        first: Option<Timestamp>,
        /// Last seen.
        #[schemars(with = "String")]
        last: Timestamp,
        /// How often.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
        /// The application.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app: Text,
        /// The environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Text,
        /// True when a person typed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interactive: Option<bool>,
        /// True when the session was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recorded: Option<bool>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

words! {
    /// What a revocation is aimed at.
    pub enum TargetKind {
        /// An approval.
        Entitlement,
        /// An elevation or lease.
        Issuance,
        /// A credential.
        Credential,
        /// An identity.
        #[default]
        Identity,
        /// A session.
        Session,
    }
}

/// What is to be revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its id.
    #[serde(rename = "ref")]
    pub reference: String,
}

words! {
    /// The result of a revocation at one system.
    pub enum EffectResult {
        /// It took effect.
        Done,
        /// It did not.
        Failed,
        /// Nobody reported.
        #[default]
        Unknown,
    }
}

/// What a revocation did at one system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// The system.
    pub system: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// The result.
    pub result: EffectResult,
}

record! {
    /// An order to end something, and what came of it.
    Revocation {
        /// What is to end.
        target: Target,
        /// Whose.
        subject: String,
        /// When it was ordered.
        #[schemars(with = "String")]
        ordered_at: Timestamp,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Text,
        /// What it did, per system.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        effects: Vec<Effect>,
    }
}
