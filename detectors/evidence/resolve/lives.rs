//! The lives of a name: a machine that was deleted, and another one that got its name.

use super::{Reuse, is_immutable};
use crate::evidence::record::{Identity, IdentityType, Status};
use jiff::Timestamp;
use std::collections::HashMap;

/// Which life of a reused name a record speaks of.
#[derive(Default)]
pub(super) struct Lives {
    /// When each later life of a name began.
    starts: HashMap<String, Vec<Timestamp>>,
    pub(super) reuses: Vec<Reuse>,
}

impl Lives {
    /// Finds machine names that one system deleted and gave out again.
    pub(super) fn find(records: &[&Identity]) -> Lives {
        let mut by_name: HashMap<(&str, &str, Option<&str>), Vec<&Identity>> = HashMap::new();
        for record in
            records.iter().filter(|r| r.kind != IdentityType::Human && r.created_at.is_some())
        {
            for alias in record.aliases.iter().filter(|a| !is_immutable(a)) {
                let key =
                    (alias.as_str(), record.src.system.as_str(), record.src.tenant.as_deref());
                by_name.entry(key).or_default().push(record);
            }
        }
        let mut lives = Lives::default();
        for ((alias, ..), mut holders) in by_name {
            if holders.len() < 2 {
                continue;
            }
            holders.sort_by_key(|r| (r.created_at, &r.id));
            for pair in holders.windows(2) {
                let [before, after] = pair else { continue };
                let gone = before.status_at.filter(|_| before.status == Status::Removed);
                if let (Some(gone), Some(since)) = (gone, after.created_at)
                    && gone <= since
                {
                    lives.starts.entry(alias.to_owned()).or_default().push(since);
                    lives.reuses.push(Reuse {
                        name: alias.to_owned(),
                        since,
                        before: before.id.clone(),
                        after: after.id.clone(),
                    });
                }
            }
        }
        for starts in lives.starts.values_mut() {
            starts.sort_unstable();
            starts.dedup();
        }
        lives.reuses.sort();
        lives.reuses.dedup();
        lives
    }

    /// The end of the life that a record speaks of; `None` for the present one.
    pub(super) fn of(&self, alias: &str, record: &Identity) -> Option<Timestamp> {
        let starts = self.starts.get(alias)?;
        let gone = record.status_at.filter(|_| record.status == Status::Removed);
        let at = record.created_at.or(gone)?;
        starts.iter().find(|start| at < **start).copied()
    }
}
