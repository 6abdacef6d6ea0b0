//! Policy languages and their evaluators. Pure, exact, three-valued where a document does not say.

pub(crate) mod agents;
pub mod aws;
pub(crate) mod ci;
pub(crate) mod exposure;
pub(crate) mod governance;
pub mod imported;
pub(crate) mod join;
pub mod oidc;
pub mod vault;
