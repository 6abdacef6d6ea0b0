//! The sources of one scan: one SARIF run each.

use crate::triage::Triaged;
use overstay_detectors::evidence::{Attrs, Coverage, Estate, Recorded, Resource, Src};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// One source of one scan: a system and, if it has several, a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRun {
    /// The system: `git`, `aws`, …
    pub system: String,
    /// The account, tenant, organisation, repository or server.
    pub tenant: Option<String>,
    /// True when the source as a whole could not be read, so that nothing follows from the absence
    /// of findings.
    pub failed: bool,
    /// Which state of which repository was read.
    pub provenance: Option<Provenance>,
    /// Where its files lie on this machine.
    pub root: Option<PathBuf>,
    /// How many requests the system was asked, when it was a live one that counts.
    pub requests: Option<u64>,
}

/// A state of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The address of the repository, without credentials.
    pub remote: String,
    /// The commit.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
}

impl SourceRun {
    /// Every source that left a trace: coverage, a repository, a finding.
    pub fn all(findings: &[Triaged], estate: &Estate) -> Vec<SourceRun> {
        runs(findings, estate)
    }

    /// True when a record or finding comes from this source.
    pub fn owns(&self, src: &Src) -> bool {
        self.system == src.system && self.tenant == src.tenant
    }

    /// The name, and how many requests it took.
    pub fn asked(&self) -> String {
        match self.requests {
            Some(1) => format!("{} (1 request)", self.name()),
            Some(requests) => format!("{} ({requests} requests)", self.name()),
            None => self.name(),
        }
    }

    /// `system` or `system/tenant`.
    pub fn name(&self) -> String {
        match &self.tenant {
            Some(tenant) => format!("{}/{tenant}", self.system),
            None => self.system.clone(),
        }
    }
}

/// True for a part that should have been read and was not.
pub(super) fn is_unread(record: &Coverage) -> bool {
    !record.complete && !record.by_design
}

fn runs(findings: &[Triaged], estate: &Estate) -> Vec<SourceRun> {
    let names: BTreeSet<_> =
        sources(findings, estate).map(|src| (src.system.as_str(), src.tenant.as_deref())).collect();
    let failed = failed(findings, estate);
    let provenance: BTreeMap<_, _> = repositories(estate)
        .filter_map(|r| {
            Some(((r.src.system.as_str(), r.src.tenant.as_deref()), provenance(&r.attrs)?))
        })
        .collect();
    names
        .into_iter()
        .map(|name| SourceRun {
            system: name.0.to_owned(),
            tenant: name.1.map(str::to_owned),
            failed: failed.contains(&name),
            provenance: provenance.get(&name).cloned(),
            root: None,
            requests: requests(name, estate),
        })
        .collect()
}

fn requests((system, tenant): (&str, Option<&str>), estate: &Estate) -> Option<u64> {
    let collections = estate.resources.iter().filter(|r| r.kind == "collection");
    let mut own =
        collections.filter(|r| r.src.system == system && r.src.tenant.as_deref() == tenant);
    own.find_map(|r| r.attrs.get("requests")?.as_u64())
}

/// The sources that say that all of them is missing, and those of which nothing at all was read:
/// no part in full, no repository, no finding.
fn failed<'a>(findings: &'a [Triaged], estate: &'a Estate) -> BTreeSet<(&'a str, Option<&'a str>)> {
    fn of(src: &Src) -> (&str, Option<&str>) {
        (src.system.as_str(), src.tenant.as_deref())
    }
    let complete = estate.coverage.iter().filter(|record| record.complete).map(Recorded::src);
    let repositories = repositories(estate).map(Recorded::src);
    let found = findings.iter().map(|triaged| &triaged.finding.src);
    let read: BTreeSet<_> = complete.chain(repositories).chain(found).map(of).collect();
    let unread = estate.coverage.iter().filter(|record| is_unread(record));
    unread
        .filter(|record| record.part.is_none() || !read.contains(&of(&record.src)))
        .map(|record| of(&record.src))
        .collect()
}

fn sources<'a>(findings: &'a [Triaged], estate: &'a Estate) -> impl Iterator<Item = &'a Src> {
    let found = findings.iter().map(|t| &t.finding.src);
    found
        .chain(estate.coverage.iter().map(Recorded::src))
        .chain(repositories(estate).map(Recorded::src))
}

fn repositories(estate: &Estate) -> impl Iterator<Item = &Resource> {
    estate.resources.iter().filter(|r| r.kind == "repository")
}

fn provenance(attrs: &Attrs) -> Option<Provenance> {
    let text = |key: &str| attrs.get(key)?.as_str().map(str::to_owned);
    Some(Provenance { remote: text("remote")?, commit: text("commit"), branch: text("branch") })
}
