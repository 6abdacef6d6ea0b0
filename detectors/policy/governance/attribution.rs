//! Who answers for an identity, and who says so: the identity register before a tag on the thing
//! itself, a tag before what a directory lists, that before other ledgers, those before the owners of
//! the defining file, and whoever changed that file last when nobody else is named.

use super::{people, words};
use crate::{
    evidence::{Estate, Identity, Recorded, Resource, Src, Status, Who},
    readers::codeowners,
};
use serde::Serialize;
use std::borrow::Cow;

/// Where the name of an owner comes from, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// The identity register of a repository.
    Register,
    /// A tag or metadata on the thing itself.
    Tag,
    /// A directory: Entra, Okta, HR.
    Directory,
    /// Another ledger.
    Ledger,
    /// CODEOWNERS of the file that defines it.
    CodeOwners,
    /// Whoever changed that file last: to be asked, named by nobody.
    LastCommitter,
}

/// The attribute of an identity that a file defines: the name of who changed the file last.
pub const LAST_COMMITTER: &str = "last_committer";

impl Provenance {
    /// What a record of a system is.
    pub(crate) fn of(system: &str) -> Provenance {
        match system {
            "register" => Provenance::Register,
            "aws" | "azure" | "gcp" | "vault" => Provenance::Tag,
            "ad" | "entra" | "hr" | "ldap" | "okta" | "scim" | "workday" => Provenance::Directory,
            _ => Provenance::Ledger,
        }
    }
}

/// An owner, and who says so.
pub(crate) struct Attribution<'e> {
    /// The owner's name.
    pub name: Cow<'e, str>,
    /// Where the name comes from.
    pub provenance: Provenance,
    /// The system that says so.
    pub system: &'e str,
    /// The record that says so.
    pub record: &'e str,
}

impl Attribution<'_> {
    /// Who says so, fit after "according to".
    pub(crate) fn says(&self) -> Cow<'_, str> {
        match self.provenance {
            Provenance::Tag => format!("a tag in {}", self.system).into(),
            Provenance::CodeOwners => "CODEOWNERS of its file".into(),
            Provenance::LastCommitter => "the last commit of its file".into(),
            _ => self.system.into(),
        }
    }

    /// That the owner has left, in words, and which system knows: "was removed on 2026-10-01 (hr)".
    pub(crate) fn left(&self, estate: &Estate) -> Option<String> {
        let standing = people::standing(estate, estate.who(&self.name)?)?;
        let state = match standing.status {
            Status::Removed => "removed",
            Status::Disabled => "disabled",
            Status::Active | Status::Unknown => return None,
        };
        let since =
            standing.status_at.map_or(String::new(), |at| format!(" on {}", words::day(at)));
        Some(format!("was {state}{since} ({})", standing.src.system))
    }
}

/// Everybody who is named as the owner of an identity, in order of trust.
pub(crate) fn of(estate: &Estate, who: Who) -> Vec<Attribution<'_>> {
    let mut owners: Vec<Attribution> = people::owners(estate, who)
        .into_iter()
        .map(|(name, record)| Attribution {
            name: name.into(),
            provenance: Provenance::of(&record.src.system),
            system: &record.src.system,
            record: &record.id,
        })
        .collect();
    let defined = estate.identities_of(who).find_map(|record| {
        let path = record.location.as_ref()?.path.as_deref()?;
        of_file(estate, record.src(), path)
    });
    owners.extend(defined);
    if owners.is_empty() {
        owners.extend(estate.identities_of(who).find_map(last_committer));
    }
    owners
}

fn last_committer(record: &Identity) -> Option<Attribution<'_>> {
    Some(Attribution {
        name: record.attrs.get(LAST_COMMITTER)?.as_str()?.into(),
        provenance: Provenance::LastCommitter,
        system: &record.src.system,
        record: &record.id,
    })
}

/// Who answers for a file, by the last pattern that matches it.
pub(crate) fn of_file<'e>(estate: &'e Estate, src: &Src, path: &str) -> Option<Attribution<'e>> {
    let file = owners_file(estate, src)?;
    let rules = file.attrs.get("rules")?.as_array()?;
    let matching = rules.iter().rev().find(|rule| {
        rule.get(0).and_then(|p| p.as_str()).is_some_and(|pattern| matches(pattern, path))
    })?;
    let name = matching.get(1)?.get(0)?.as_str()?;
    Some(Attribution {
        name: name.into(),
        provenance: Provenance::CodeOwners,
        system: &file.src.system,
        record: &file.id,
    })
}

/// The CODEOWNERS that counts in a checkout. A record of another source belongs to the only one.
fn owners_file<'e>(estate: &'e Estate, src: &Src) -> Option<&'e Resource> {
    let all = || estate.resources.iter().filter(|r| r.kind == codeowners::KIND);
    let rank = |r: &&Resource| {
        let path = r.location.as_ref().and_then(|l| l.path.as_deref()).unwrap_or_default();
        codeowners::PLACES.iter().position(|place| *place == path)
    };
    let same = |r: &&Resource| (&r.src.system, &r.src.tenant) == (&src.system, &src.tenant);
    let own = all().filter(same).min_by_key(rank);
    let one_checkout = || {
        let mut tenants: Vec<_> = all().map(|r| (&r.src.system, &r.src.tenant)).collect();
        tenants.dedup();
        tenants.len() == 1
    };
    own.or_else(|| all().min_by_key(rank).filter(|_| one_checkout()))
}

/// Whether a pattern of CODEOWNERS matches a path, as in `.gitignore`: a slash inside anchors it, a
/// folder stands for all below it, a star does not cross folders.
fn matches(pattern: &str, path: &str) -> bool {
    let inner = pattern.trim_end_matches('/');
    let anchored = inner.contains('/');
    let mut wanted: Vec<&str> = inner.trim_start_matches('/').split('/').collect();
    if !anchored {
        wanted.insert(0, "**");
    }
    let mut below = !wanted.last().is_some_and(|last| last.contains('*'));
    if pattern.ends_with('/') {
        // A folder, so something inside of it.
        wanted.extend(["**", "*"]);
        below = false;
    }
    let found: Vec<&str> = path.split('/').collect();
    fits(&wanted, &found, below)
}

/// Segments against segments; `below` lets the path go on where the pattern ends.
fn fits(pattern: &[&str], path: &[&str], below: bool) -> bool {
    match (pattern, path) {
        ([], rest) => rest.is_empty() || below,
        (["**", more @ ..], rest) => (0..=rest.len())
            .any(|skip| rest.get(skip..).is_some_and(|rest| fits(more, rest, below))),
        ([one, more @ ..], [name, rest @ ..]) => {
            crate::policy::aws::glob(one, name) && fits(more, rest, below)
        }
        (_, []) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_platform_says() {
        for (pattern, path, expected) in [
            ("*", "deep/in/file.rs", true),
            ("*.js", "src/app.js", true),
            ("*.js", "src/app.ts", false),
            ("/build/logs/", "build/logs/x/y.log", true),
            ("/build/logs/", "src/build/logs/x.log", false),
            ("docs/*", "docs/start.md", true),
            ("docs/*", "docs/build/start.md", false),
            ("apps/", "deep/apps/x/y.rs", true),
            ("apps/", "apps", false),
            ("**/logs", "deep/in/logs/x", true),
            ("/apps/github", "apps/github/x", true),
            ("infra/**", "infra/a/b.tf", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
