//! The evidence model: records, the estate they make up, and canonical identity.

mod estate;
mod jsonl;
pub mod pipeline;
mod place;
mod record;
mod resolve;
pub mod value;

pub use estate::{Estate, Thresholds};
pub use jsonl::{LineError, parse_lines, write_line};
pub use pipeline::Pipeline;
pub use place::{LineIndex, Location, Region};
pub use record::*;
pub use resolve::{Canonical, Link, LinkClass, LinkMethod};
pub use value::{Attrs, Grant, Rank, Src, Version, When};
