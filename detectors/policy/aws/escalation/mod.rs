//! How principals become administrators: the table of paths, and a search over every principal of
//! the estate that goes from the administrators outwards.

#[cfg(test)]
mod benchmark;
mod edge;
#[cfg(test)]
mod every_path;
mod search;
mod table;

pub use search::{Hop, Route, routes};
pub use table::{Gains, Need, PATHS, Path, Reach};
