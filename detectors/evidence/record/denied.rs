//! What policies of the user's own refuse.

use super::{Text, record};
use crate::evidence::place::Location;
use std::collections::BTreeMap;

record! {
    /// What a policy of the user's own says must not be.
    Denied {
        /// Whose access, `namespace:value`.
        subject: String,
        /// The policy's code for it: `ACME-7`.
        code: String,
        /// Its words.
        message: String,
        /// The id of the record that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Text,
        /// Components of the severity vector that the policy states, by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        levels: BTreeMap<String, u8>,
        /// Where, if in a file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
    }
}
