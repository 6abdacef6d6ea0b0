//! The evidence records of `overstay-evidence/1`: one JSON object per line, one struct per kind.
//!
//! Three values of a moment are never confused: a time, `null` ("asserted: never") and absent
//! ("unknown"); see [`When`]. No record holds a secret value.

use super::{
    agent::Agent,
    imported::Imported,
    pipeline::Pipeline,
    place::Location,
    value::{Attrs, Grant, Src, Version, When},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a record kind: the envelope `{v, id, src, as_of}` and the fields of the kind.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            /// The version of the evidence format.
            #[serde(default)]
            pub v: $crate::evidence::value::Version,
            /// Unique within the evidence of one scan; findings cite it.
            pub id: String,
            /// Where the record comes from.
            pub src: $crate::evidence::value::Src,
            /// When the fact was true, UTC.
            #[schemars(with = "String")]
            pub as_of: jiff::Timestamp,
            $($(#[$fmeta])* pub $field: $type,)*
        }

        impl $crate::evidence::Recorded for $name {
            fn id(&self) -> &str {
                &self.id
            }
            fn src(&self) -> &$crate::evidence::value::Src {
                &self.src
            }
            fn as_of(&self) -> jiff::Timestamp {
                self.as_of
            }
        }
    };
}
pub(crate) use record;

/// What every record has.
pub trait Recorded {
    /// The record's id.
    fn id(&self) -> &str;
    /// The system that it was read from.
    fn src(&self) -> &Src;
    /// When it was true.
    fn as_of(&self) -> Timestamp;
}

/// Optional text that is left out of the JSON when absent.
type Text = Option<String>;

/// What an identity is.
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
#[serde(rename_all = "snake_case")]
pub enum IdentityType {
    /// A person.
    Human,
    /// A service account.
    Service,
    /// A workload role or managed identity.
    Workload,
    /// A pipeline.
    Ci,
    /// An AI agent.
    Agent,
    /// A group.
    Group,
    /// An account that several people or programs share.
    Shared,
    /// Not known.
    #[default]
    Unknown,
}

impl IdentityType {
    /// True for everything but people and groups of them.
    pub fn is_machine(self) -> bool {
        !matches!(self, IdentityType::Human | IdentityType::Group | IdentityType::Unknown)
    }
}

/// Whether an identity, or an owner, is still there.
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
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    Active,
    /// Switched off, can be switched on again.
    Disabled,
    /// Gone from the directory.
    Removed,
    /// Not known.
    #[default]
    Unknown,
}

/// Whose person or machine it is.
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
#[serde(rename_all = "snake_case")]
pub enum Affiliation {
    /// Ours.
    Employee,
    /// Under contract with us.
    Contractor,
    /// Of another company.
    Vendor,
    /// Not known.
    #[default]
    Unknown,
}

record! {
    /// Who: one identity as one system sees it.
    Identity {
        /// What it is.
        #[serde(rename = "type")]
        kind: IdentityType,
        /// Whether it is still there.
        status: Status,
        /// Since when the status holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        status_at: Option<Timestamp>,
        /// Names, each `namespace:value`; the first is the preferred one of this system.
        aliases: Vec<String>,
        /// The display name, for people to read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Text,
        /// Who answers for it, `namespace:value`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Text,
        /// The internal person who answers for an external owner.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sponsor: Text,
        /// Whose it is.
        #[serde(default)]
        affiliation: Affiliation,
        /// When the contract of a contractor or vendor ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        contract_end: Option<Timestamp>,
        /// The applications it serves.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        apps: Vec<String>,
        /// The environment it belongs to: `prod`, `dev`, …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Text,
        /// Why it exists.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purpose: Text,
        /// When it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        created_at: Option<Timestamp>,
        /// How many active members a group has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members_active: Option<u64>,
        /// The department of a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dept: Text,
        /// When the department last changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        dept_changed_at: Option<Timestamp>,
        /// When it last did anything.
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

/// How a grant came to its holder.
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
#[serde(rename_all = "snake_case")]
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

/// How a pattern of a trust condition is compared.
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
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// Byte for byte.
    #[default]
    Equals,
    /// `*` and `?` wildcards (AWS `StringLike`, Vault `glob`).
    Glob,
    /// A regular expression or an expression language (Entra `claimsMatchingExpression`).
    Expression,
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

/// What an offline check said of a credential value.
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
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The checksum or structure is right.
    Valid,
    /// The checksum or structure is wrong: not a working credential.
    Invalid,
    /// The format carries nothing to check.
    #[default]
    Unchecked,
}

/// How sure the matcher is.
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
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A guess worth an auditor's look.
    Low,
    /// Probably a credential.
    #[default]
    Medium,
    /// A credential by its form, checksum or place.
    High,
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

/// What became of a request.
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
#[serde(rename_all = "snake_case")]
pub enum EntitlementState {
    /// Waiting.
    #[default]
    Pending,
    /// Approved.
    Approved,
    /// Refused.
    Denied,
    /// Its window has closed.
    Expired,
    /// Withdrawn by the requester.
    Cancelled,
    /// Taken back.
    Revoked,
}

/// What an approver or reviewer said.
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
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approve,
    /// No.
    Deny,
    /// Neither.
    Abstain,
    /// The review ended without an answer.
    #[default]
    NotReviewed,
}

/// One approver's decision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Who decided.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What.
    pub decision: Decision,
}

record! {
    /// IGA: what was approved, or refused.
    Entitlement {
        /// For whom.
        subject: String,
        /// What.
        grant: Grant,
        /// The outcome.
        state: EntitlementState,
        /// Who asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requested_by: Text,
        /// For whom the requester asked, when delegated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Text,
        /// Who decided what.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        approvals: Vec<Approval>,
        /// How many approvals the policy asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        required_approvals: Option<u64>,
        /// Start of the window.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        not_before: Option<Timestamp>,
        /// End of the window.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        not_after: When,
        /// When it ended in fact.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        ended_at: Option<Timestamp>,
        /// The ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Text,
        /// The reason given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        justification: Text,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

/// Whether a review's decision was carried out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Applied {
    /// Done.
    Applied,
    /// Tried and failed.
    Failed,
    /// The system cannot.
    Unsupported,
    /// Still to come.
    Pending,
}

record! {
    /// Certification: a reviewer looked at a grant.
    Review {
        /// Whose grant.
        subject: String,
        /// Which.
        grant: Grant,
        /// The answer.
        decision: Decision,
        /// Who reviewed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reviewer: Text,
        /// When.
        #[schemars(with = "String")]
        decided_at: Timestamp,
        /// Whether the answer took effect.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        applied: Option<Applied>,
        /// When the next review is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        next_due: Option<Timestamp>,
        /// Facts that only one plane reads.
        #[serde(default, skip_serializing_if = "Attrs::is_empty")]
        attrs: Attrs,
    }
}

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

/// What a revocation is aimed at.
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
#[serde(rename_all = "snake_case")]
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

/// What is to be revoked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its id.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// The result of a revocation at one system.
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
#[serde(rename_all = "snake_case")]
pub enum EffectResult {
    /// It took effect.
    Done,
    /// It did not.
    Failed,
    /// Nobody reported.
    #[default]
    Unknown,
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

/// What kind of exception it is.
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
#[serde(rename_all = "snake_case")]
pub enum ExceptionClass {
    /// Emergency access.
    BreakGlass,
    /// A secret that cannot be made dynamic.
    StaticSecret,
    /// A deviation from policy that somebody accepted.
    #[default]
    Policy,
    /// A finding of Overstay that somebody decided not to act on for now: an entry of the
    /// exceptions file or a comment in the source. Triage applies it; only the `suppression-*`
    /// rules judge it.
    Suppression,
}

record! {
    /// A deviation that somebody allowed: break-glass, static secret, accepted risk.
    Exception {
        /// Its kind.
        class: ExceptionClass,
        /// For whom.
        subject: String,
        /// For what; absent: for everything of the subject.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grant: Option<Grant>,
        /// Who answers for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Text,
        /// Who allowed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Text,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Text,
        /// The ticket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Text,
        /// Start of the window.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        not_before: Option<Timestamp>,
        /// End of the window.
        #[serde(default, skip_serializing_if = "When::is_unknown")]
        not_after: When,
        /// When its use was reviewed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        reviewed_at: Option<Timestamp>,
        /// By whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reviewed_by: Text,
        /// The alert that its use raises.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert_ref: Text,
        /// The rules it covers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rules: Vec<String>,
        /// Where it stands, if in a file.
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

record! {
    /// What was read, what was refused, and for which window.
    Coverage {
        /// The system.
        system: String,
        /// The evidence kinds that were looked for.
        kinds: Vec<String>,
        /// Start of the window.
        #[schemars(with = "String")]
        from: Timestamp,
        /// End of the window.
        #[schemars(with = "String")]
        to: Timestamp,
        /// True when everything in the window was read.
        #[serde(default)]
        complete: bool,
        /// The part that was not read: a file, an API path, an account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Text,
        /// Why not, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Text,
        /// What would mend it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Text,
        /// The line of the part, when the reason has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
        /// True when leaving the part out is what the user asked for or is harmless (a binary file):
        /// said, but does not make the scan incomplete.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_design: bool,
    }
}

macro_rules! record_enum {
    ($($variant:ident => $kind:literal,)+) => {
        /// One line of evidence.
        #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
        #[serde(tag = "kind")]
        pub enum Record {
            $(
                #[doc = concat!("`", $kind, "`")]
                #[serde(rename = $kind)]
                $variant($variant),
            )+
        }

        impl Record {
            /// Reads one line. Unknown fields are ignored; a wrong type or an unknown kind is an
            /// error with the column.
            pub fn parse(line: &str) -> Result<Record, RecordError> {
                let head: Head = serde_json::from_str(line)?;
                match head.kind {
                    $($kind => Ok(Record::$variant(serde_json::from_str(line)?)),)+
                    other => Err(RecordError::Kind(other.chars().take(40).collect())),
                }
            }

            /// The record's kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Record::$variant(_) => $kind,)+ }
            }

            /// What every record has.
            pub fn recorded(&self) -> &dyn Recorded {
                match self { $(Record::$variant(r) => r,)+ }
            }
        }

        $(
            impl From<$variant> for Record {
                fn from(record: $variant) -> Record {
                    Record::$variant(record)
                }
            }
        )+
    };
}

record_enum! {
    Identity => "identity",
    Credential => "credential",
    Observed => "observed",
    Trust => "trust",
    Exposure => "exposure",
    Pipeline => "pipeline",
    Agent => "agent",
    Imported => "imported",
    Entitlement => "entitlement",
    Review => "review",
    Issuance => "issuance",
    Use => "use",
    Revocation => "revocation",
    Exception => "exception",
    Policy => "policy",
    Resource => "resource",
    Coverage => "coverage",
}

/// Enough of a line to know what it is.
#[derive(Deserialize)]
struct Head<'a> {
    #[expect(dead_code, reason = "checked by its type")]
    v: Version,
    #[serde(borrow)]
    kind: &'a str,
}

/// Why a line is not evidence. Never quotes the line: it may hold what must not be shown.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or a field of the wrong type.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A kind that this version does not know.
    #[error("unknown evidence kind `{0}`")]
    Kind(String),
}
