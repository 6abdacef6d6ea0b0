//! What another tool reported about a CI file: the check and the place, in its words; never its message
//! and never the text that it quotes.

use super::{place::Location, record::record};

record! {
    /// What one check of another tool reported about one job or file.
    Imported {
        /// The canonical name of the job, or of the file where the report names no job.
        subject: String,
        /// The tool, in lower case: `zizmor`.
        tool: String,
        /// The tool's name for the check: `artipacked`.
        audit: String,
        /// The file.
        file: String,
        /// The job's key; empty when the report is about the file.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        job: String,
        /// Where, in the order of the file.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        places: Vec<Location>,
    }
}
