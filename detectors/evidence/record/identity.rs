//! Who: identities as the systems see them.

use super::{Text, record, words};
use crate::evidence::{
    place::Location,
    value::{Attrs, When},
};
use jiff::Timestamp;

words! {
    /// What an identity is.
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
}

impl IdentityType {
    /// True for everything but people and groups of them.
    pub fn is_machine(self) -> bool {
        !matches!(self, IdentityType::Human | IdentityType::Group | IdentityType::Unknown)
    }
}

words! {
    /// Whether an identity, or an owner, is still there.
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
}

words! {
    /// Whose person or machine it is.
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
