//! Blobs that were not read, and why.

use super::pack::MAX_OBJECT;
use crate::config::Walk;

/// Why a blob was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum LeftOut {
    /// It has more bytes than are searched at all.
    Size,
    /// It is an archive, which cannot be opened in parts.
    Archive,
    /// It is a git bundle.
    Bundle,
    /// It, or the object that it is stored as a difference from, cannot be held.
    Memory,
}

/// Blobs over this size are read in parts.
pub(super) fn whole(walk: &Walk) -> u64 {
    walk.max_file_bytes.min(MAX_OBJECT as u64)
}

impl LeftOut {
    /// What is said of the path, and what would mend it.
    pub(in super::super) fn say(self, walk: &Walk) -> (String, String) {
        let more_than = |bytes: u64| format!("a version of it has more than {bytes} bytes");
        let (why, remedy) = match self {
            LeftOut::Size => {
                let most = walk.max_searched_bytes.max(walk.max_file_bytes);
                (more_than(most), "raise walk.max_searched_bytes")
            }
            LeftOut::Archive => {
                let why = format!("an archive, {}", more_than(whole(walk)));
                (why, "raise walk.max_file_bytes")
            }
            LeftOut::Bundle => {
                let why = "a version of it is a git bundle: its objects were not read".to_owned();
                (why, "scan the bundle itself: check it out and give its path")
            }
            LeftOut::Memory => {
                let why =
                    "a version of it is stored as a difference, and it or what it differs from";
                let remedy = "store it whole: git -c core.bigFileThreshold=64m repack -adF";
                (format!("{why} has more than {MAX_OBJECT} bytes"), remedy)
            }
        };
        (why, remedy.to_owned())
    }
}
