//! What an earlier scan of the history left for this one.

use crate::{
    sources::Context,
    state::{Seen, SeenError, ruleset},
};
use std::{io, path::Path, path::PathBuf};

/// What was kept, and where it goes again.
pub(super) struct Kept {
    pub(super) seen: Seen,
    path: PathBuf,
    key: Vec<u8>,
    ruleset: io::Result<u64>,
}

impl Kept {
    /// Reads what was kept of a repository. What cannot be used costs time and nothing else: the
    /// history is then read as a whole, and a warning says so.
    pub(super) fn open(folder: &Path, repository: &str, context: &Context) -> Kept {
        let path = Seen::path(folder, repository);
        let key = context.fingerprint_key.clone();
        let ruleset = ruleset(context.config.walk.max_file_bytes);
        let seen = match &ruleset {
            Ok(ruleset) => Seen::load(&path, &key, *ruleset),
            Err(why) => {
                let why = io::Error::new(why.kind(), why.to_string());
                Err(SeenError::Io { path: path.clone(), why })
            }
        };
        let seen = seen.unwrap_or_else(|why| {
            tracing::warn!("the whole history of {repository} is read again: {why}");
            Seen::EMPTY
        });
        Kept { seen, path, key, ruleset }
    }

    /// Keeps what holds nothing for the next scan.
    pub(super) fn save(&self, clean: &Seen) {
        let Ok(ruleset) = &self.ruleset else { return };
        if let Err(why) = clean.save(&self.path, &self.key, *ruleset) {
            tracing::warn!("the next scan reads the whole history again: {why}");
        }
    }
}
