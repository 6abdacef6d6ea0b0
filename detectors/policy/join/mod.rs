//! From what leaked, and from who is trusted, to who it is.

pub(crate) mod leak;
