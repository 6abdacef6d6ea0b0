//! What was read and what was not.

use super::{Text, record};
use jiff::Timestamp;

record! {
    /// What was read, what was refused, and for which window.
    Coverage {
        /// The system.
        system: String,
        /// The evidence kinds that were looked for.
        kinds: Vec<String>,
        /// Start of the window.
        #[schemars(with = "String")]
        from: Timestamp,
        /// End of the window.
        #[schemars(with = "String")]
        to: Timestamp,
        /// True when everything in the window was read.
        #[serde(default)]
        complete: bool,
        /// The part that was not read: a file, an API path, an account.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Text,
        /// Why not, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Text,
        /// What would mend it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Text,
        /// The line of the part, when the reason has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<u64>,
        /// True when leaving the part out is what the user asked for or is harmless (a binary file):
        /// said, but does not make the scan incomplete.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_design: bool,
    }
}
