//! AWS IAM: documents, patterns, conditions, the whole evaluation, and what follows from it for
//! every principal of an estate.

pub mod actions;
mod admits;
mod asker;
mod class;
mod condition;
mod context;
mod document;
pub mod escalation;
mod evaluate;
mod interest;
pub(crate) mod keys;
mod managed;
pub(crate) mod nothing;
mod operator;
mod organisation;
mod pattern;
pub(crate) mod perimeter;
pub(crate) mod power;
pub(crate) mod principal;
pub(crate) mod trust_text;
pub(crate) mod vendors;
mod view;
pub(crate) mod weight;

pub use asker::Asker;
pub use class::Class;
pub use condition::{Condition, Context, Truth, Value};
pub use document::{Document, DocumentError, Effect, Principals, Selector, Statement, decode};
pub use evaluate::{Deciding, Decision, Layer, Policies, Request, applies, authorize};
pub(crate) use managed::is_built_in;
pub use operator::Operator;
pub use organisation::Organisation;
pub use pattern::Pattern;
pub(crate) use pattern::glob;
pub use principal::{Caller, CallerKind, account_of, is_account, is_session_of, name_of, names};
pub use view::{ANYTHING, Held, Kind, Principal, View};
