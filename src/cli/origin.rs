//! Where the files come from that decide how a change is judged: from before the change.

use super::UsageError;
use crate::sources::{GitScope, git};
use std::path::Path;

/// Where settings, exceptions or a baseline come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From the disk.
    Disk,
    /// From the base of the range that is judged: a change cannot silence what it brings itself.
    Base(String),
    /// The change itself brings the file: it does not count yet.
    Nothing,
}

impl Origin {
    /// Where `file` is to be read; `roots` are the checkouts that are scanned.
    pub(super) fn of(file: &Path, roots: &[&Path], git: &GitScope) -> anyhow::Result<Origin> {
        let GitScope::Range(range) = git else { return Ok(Origin::Disk) };
        for root in roots {
            match git::held(root, range, file).map_err(UsageError)? {
                git::Held::Outside => {}
                git::Held::AtBase(Some(text)) => return Ok(Origin::Base(text)),
                git::Held::AtBase(None) => {
                    tracing::warn!("{} is new in this change: not used", file.display());
                    return Ok(Origin::Nothing);
                }
            }
        }
        Ok(Origin::Disk)
    }
}
