//! The policies of an estate, read.

use super::{Acl, Rule, VaultPolicy};
use crate::{
    evidence::{Estate, LineIndex, Location, Policy, Region},
    finding::Level,
    readers::vault_policy::LANGUAGE,
};
use std::ops::Range;

/// The attribute that says on which line of its file a policy's text begins, where it is embedded.
pub(crate) const FIRST_LINE: &str = "first_line";

/// One policy of the estate, as written.
#[derive(Debug)]
pub(crate) struct Written<'e> {
    /// The record.
    pub(crate) record: &'e Policy,
    /// What it says.
    pub(crate) policy: VaultPolicy,
}

/// Every policy that the server would accept; readers have reported the others.
pub(crate) fn written(estate: &Estate) -> impl Iterator<Item = Written<'_>> {
    estate.policies.iter().filter(|record| record.language == LANGUAGE).filter_map(|record| {
        let policy = VaultPolicy::parse_any(&record.document, estate.now).ok()?;
        Some(Written { record, policy })
    })
}

impl Written<'_> {
    /// The policy's name on its server.
    pub(crate) fn name(&self) -> &str {
        let subject = self.record.subject.as_str();
        subject.split_once(':').map_or(subject, |(_, name)| name)
    }

    /// The policy alone, ready to answer.
    pub(crate) fn acl(&self) -> Acl {
        Acl::new([&self.policy])
    }

    /// Where a part of the text stands.
    pub(crate) fn place(&self, part: Range<usize>) -> Location {
        let Some(Location { path: Some(path), region: whole, .. }) = &self.record.location else {
            return self
                .record
                .location
                .clone()
                .unwrap_or_else(|| Location::logical(format!("sys/policies/acl/{}", self.name())));
        };
        let first = self.record.attrs.get(FIRST_LINE).and_then(serde_json::Value::as_u64);
        let region = LineIndex::new(self.record.document.as_bytes()).region(part);
        match first {
            None => Location::in_file(path, region),
            // The text lies inside another file: its lines are known, its columns are not.
            Some(first) => match u32::try_from(first) {
                Ok(first) => Location::in_file(path, Region::line(first + region.start_line - 1)),
                Err(_) => Location { path: Some(path.clone()), region: *whole, logical: None },
            },
        }
    }

    /// Where a rule stands.
    pub(crate) fn place_of(&self, rule: &Rule) -> Location {
        self.place(rule.span.clone())
    }

    /// How well somebody answers for a policy, as far as a policy can say.
    pub(crate) fn governance(&self) -> Level {
        Level::between(1, 3, "a policy carries neither an approval nor an end").citing(self.record)
    }
}
