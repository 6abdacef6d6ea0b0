//! What is kept between scans. A right result never needs it, only a quick one.

mod seen;

pub use seen::{Seen, SeenError, ruleset};
