//! The evidence records of `overstay-evidence/1`: one JSON object per line, one struct per kind.
//!
//! Three values of a moment are never confused: a time, `null` ("asserted: never") and absent
//! ("unknown"); see [`When`](super::When). No record holds a secret value.

mod approval;
mod coverage;
mod credential;
mod denied;
mod identity;
mod issuance;
mod runtime;

pub use approval::{
    Applied, Approval, Decision, Entitlement, EntitlementState, Exception, ExceptionClass, Review,
};
pub use coverage::Coverage;
pub use credential::{Confidence, Credential, CredentialRef, Exposure, Sighting, Verdict};
pub use denied::Denied;
pub use identity::{Affiliation, Identity, IdentityType, Status};
pub use issuance::{Effect, EffectResult, Issuance, Revocation, Target, TargetKind, Use};
pub use runtime::{ClaimCondition, MatchKind, Observed, Origin, Policy, Resource, Trust};

use super::{
    agent::Agent,
    imported::Imported,
    pipeline::Pipeline,
    value::{Src, Version},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a record kind: the envelope `{v, id, src, as_of}` and the fields of the kind.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, Default, PartialEq,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
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

/// Declares a closed list of words that a field can hold, written in snake case.
macro_rules! words {
    ($(#[$meta:meta])* pub enum $name:ident { $($words:tt)* }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($words)* }
    };
}
use words;

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

/// A record, or what it lies in.
macro_rules! held {
    ($variant:ident) => {
        $variant
    };
    ($variant:ident $holder:ident) => {
        $holder<$variant>
    };
}

impl<R: Recorded> Recorded for Box<R> {
    fn id(&self) -> &str {
        (**self).id()
    }
    fn src(&self) -> &Src {
        (**self).src()
    }
    fn as_of(&self) -> Timestamp {
        (**self).as_of()
    }
}

macro_rules! record_enum {
    ($($variant:ident $(in $holder:ident)? => $kind:literal,)+) => {
        /// One line of evidence.
        #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
        #[serde(tag = "kind")]
        pub enum Record {
            $(
                #[doc = concat!("`", $kind, "`")]
                #[serde(rename = $kind)]
                $variant(held!($variant $($holder)?)),
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

            /// Every kind, in the order in which they are declared.
            pub const KINDS: &[&str] = &[$($kind,)+];

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
                    Record::$variant(record.into())
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
    // Much larger than the others, and every record takes the room of the largest.
    Pipeline in Box => "pipeline",
    Agent => "agent",
    Imported => "imported",
    Denied => "denied",
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
