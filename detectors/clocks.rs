//! Three clocks: when the approval ends, when the credential ends, whether the directory still knows
//! the identity. What has overstayed is where one of them has stopped and another goes on.

use crate::{
    evidence::{Status, When},
    policy::governance::words,
};
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// When each of the three clocks stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clocks {
    /// The approval's clock; `None` without an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The end of the credential or of the grant itself.
    #[serde(skip_serializing_if = "When::is_unknown")]
    pub credential: When,
    /// Whether the identity is there, and since when.
    pub directory: Directory,
}

/// The latest approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Its record.
    pub record: String,
    /// Its end.
    #[serde(skip_serializing_if = "When::is_unknown")]
    pub ends: When,
}

/// What the directory says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Directory {
    /// Whether the identity is there.
    pub status: Status,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl fmt::Display for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.approval {
            Some(approval) => {
                write!(f, "approval {} {}", approval.record, words::ends(approval.ends))?
            }
            None => f.write_str("no approval")?,
        }
        write!(f, ", credential {}", words::ends(self.credential))?;
        let since = self.directory.since;
        let since = since.map_or(String::new(), |at| format!(" since {}", words::day(at)));
        match self.directory.status {
            Status::Active => f.write_str(", identity active in the directory"),
            Status::Disabled => write!(f, ", identity disabled{since}"),
            Status::Removed => write!(f, ", identity removed{since}"),
            Status::Unknown => f.write_str(", directory status unknown"),
        }
    }
}
