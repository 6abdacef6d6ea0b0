//! What was approved, certified or excepted: the ledger of the IGA.

use super::{Text, record, words};
use crate::evidence::{
    place::Location,
    value::{Attrs, Grant, When},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What became of a request.
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
}

words! {
    /// What an approver or reviewer said.
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

words! {
    /// What kind of exception it is.
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
