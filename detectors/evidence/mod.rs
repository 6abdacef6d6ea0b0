//! The evidence model: records, the estate they make up, and canonical identity.

pub mod agent;
mod contain;
mod covered;
mod estate;
mod hashed;
mod imported;
mod index;
mod jsonl;
pub(crate) mod names;
pub mod pipeline;
mod place;
mod record;
mod resolve;
pub(crate) mod token_needs;
pub mod value;

pub use agent::Agent;
pub use contain::Containment;
pub use covered::{Covered, Uncovered};
pub use estate::{Estate, Thresholds};
pub use hashed::AUDIT_HASHES;
pub use imported::Imported;
pub use index::{Index, Who};
pub use jsonl::{LineError, parse_lines, schema, write_line};
pub use pipeline::Pipeline;
pub use place::{LineIndex, Location, Region};
pub use record::*;
pub use resolve::{Canonical, Conflict, Link, LinkClass, LinkMethod, NOT, Reuse, is_immutable};
pub use value::{Attrs, Grant, Rank, Src, Version, When};
