//! What the governance rules share: what stands behind a grant, who answers for an identity, when
//! each clock ends, and what cannot be decided for want of evidence.

pub(crate) mod absence;
pub(crate) mod approval;
pub(crate) mod attribution;
pub(crate) mod breakglass;
pub(crate) mod clocks;
pub(crate) mod elevation;
pub(crate) mod people;
pub(crate) mod weigh;
pub(crate) mod words;
