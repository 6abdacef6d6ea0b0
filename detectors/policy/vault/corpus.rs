//! The policies of an estate, read.

use super::{Acl, Rule, VaultPolicy};
use crate::{
    evidence::{Estate, LineIndex, Location, Policy, Region},
    finding::Level,
    readers::vault_policy::LANGUAGE,
};
use jiff::Timestamp;
use std::ops::Range;

/// The attribute that says on which line of its file a policy's text begins, where it is embedded.
pub(crate) const FIRST_LINE: &str = "first_line";

/// One policy of the estate, as written.
#[derive(Debug)]
pub(crate) struct Written<'e> {
    /// The record.
    pub(crate) record: &'e Policy,
    /// What it says.
    pub(crate) policy: &'e VaultPolicy,
}

/// Every policy that the server would accept; readers have reported the others.
pub(crate) fn written(estate: &Estate) -> impl Iterator<Item = Written<'_>> {
    let record = |at: usize| estate.policies.get(at);
    estate
        .vault_policies()
        .iter()
        .filter_map(move |(at, policy)| Some(Written { record: record(*at)?, policy }))
}

/// The Vault policies among the records, with their places in the list.
pub(crate) fn parsed(policies: &[Policy], now: Timestamp) -> Vec<(usize, VaultPolicy)> {
    let vault = policies.iter().enumerate().filter(|(_, record)| record.language == LANGUAGE);
    vault
        .filter_map(|(at, record)| Some((at, VaultPolicy::parse_any(&record.document, now).ok()?)))
        .collect()
}

impl Written<'_> {
    /// The policy's name on its server.
    pub(crate) fn name(&self) -> &str {
        let subject = self.record.subject.as_str();
        subject.split_once(':').map_or(subject, |(_, name)| name)
    }

    /// The policy alone, ready to answer.
    pub(crate) fn acl(&self) -> Acl {
        Acl::new([self.policy])
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
