//! From what leaked, and from who is trusted, to who it is.

pub(crate) mod aws_role;
pub(crate) mod federation;
pub(crate) mod leak;
pub(crate) mod reach;
pub(crate) mod workflows;
