//! The policy language of HashiCorp Vault and OpenBao: what a policy says, which rule decides about
//! a path, and what a set of policies can reach.

mod acl;
mod ast;
mod capability;
mod corpus;
mod decode;
mod document;
mod environment;
mod hcl;
mod json;
pub(crate) mod live;
mod mounts;
mod namespaces;
mod overlap;
mod protected;
mod reach;
mod report;
mod root;
mod scan;
mod secrets;
mod sink;
mod sinks;
mod template;
#[cfg(test)]
mod tests;
mod unify;
mod unquote;

pub use acl::{Acl, Operation, Permissions, Request, RuleRef};
pub(crate) use ast::{Item, Value};
pub use capability::{Capabilities, Capability};
pub(crate) use corpus::{FIRST_LINE, Written, parsed, written};
pub use decode::{Parameters, parse_duration};
pub(crate) use document::parse_hcl;
pub use document::{Dialect, Notation, Rule, VaultPolicy};
pub use environment::is_production;
pub use live::Powers;
pub use mounts::{MOUNT, Mounts};
pub use overlap::{Dead, IneffectiveDeny, dead, ineffective_denies};
pub use protected::protected_areas;
pub(crate) use reach::allows_any;
pub use reach::{Escalation, Reached, escalations, escalations_of};
pub(crate) use report::{because, report_family, ways};
pub use root::{RootEquivalent, root_equivalent};
pub use secrets::{AllSecrets, all_secrets};
pub(crate) use sink::step;
pub use sink::{Family, Sink, Step};
pub use sinks::SINKS;
pub use template::{Alias, Entity, Group, directives, resolve};

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct PolicyError {
    why: String,
    offset: usize,
}

impl PolicyError {
    fn new(why: impl Into<String>, offset: usize) -> PolicyError {
        PolicyError { why: why.into(), offset }
    }

    /// The byte where it is wrong.
    pub fn offset(&self) -> usize {
        self.offset
    }
}
