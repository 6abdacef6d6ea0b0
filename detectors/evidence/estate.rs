//! All evidence of one scan, indexed. Immutable once built.

use super::{
    agent::Agent,
    covered::Covered,
    imported::Imported,
    index::Index,
    pipeline::Pipeline,
    place::Location,
    record::{
        Coverage, Credential, Denied, Entitlement, Exception, Exposure, Identity, Issuance,
        Observed, Policy, Record, Recorded, Resource, Review, Revocation, Trust, Use,
    },
    resolve::Canonical,
};
use crate::policy::{
    aws::View,
    ci::Links,
    exposure::Crowds,
    oidc::{Subject, subjects_of_jobs},
    vault::{Powers, VaultPolicy, parsed},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::OnceLock};

/// What counts as late, old or long. Every value is printed with the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// How long a revocation may take to reach every system.
    pub revocation_sla_hours: i64,
    /// How long access may outlive a removed identity.
    pub removal_grace_hours: i64,
    /// How soon the use of break-glass access must be reviewed.
    pub break_glass_review_days: i64,
    /// How far clocks may differ.
    pub clock_skew_minutes: i64,
    /// How old a key or secret may grow before it must be rotated.
    pub rotation_days: i64,
    /// How long access may stay unused.
    pub unused_days: i64,
    /// How old coverage may be before it proves nothing.
    pub coverage_max_age_hours: i64,
    /// How far apart approval, credential and directory may close.
    pub clock_spread_hours: i64,
    /// How many emergencies a quarter may have before they are routine.
    pub break_glass_per_quarter: u64,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds {
            revocation_sla_hours: 4,
            removal_grace_hours: 1,
            break_glass_review_days: 5,
            clock_skew_minutes: 5,
            rotation_days: 90,
            unused_days: 90,
            coverage_max_age_hours: 48,
            clock_spread_hours: 24,
            break_glass_per_quarter: 3,
        }
    }
}

/// All evidence of one scan.
#[derive(Debug, Default)]
pub struct Estate {
    /// The moment that "now" means.
    pub now: Timestamp,
    /// What counts as late.
    pub thresholds: Thresholds,
    /// Which names are one identity.
    pub canonical: Canonical,
    /// The records of each identity.
    pub(super) index: Index,
    /// What was read.
    pub(super) covered: Covered,
    /// Each kind, sorted by id.
    pub identities: Vec<Identity>,
    /// Keys, secrets, tokens.
    pub credentials: Vec<Credential>,
    /// Live grants.
    pub observed: Vec<Observed>,
    /// Who may become whom.
    pub trusts: Vec<Trust>,
    /// Leaked values.
    pub exposures: Vec<Exposure>,
    /// CI jobs.
    pub pipelines: Vec<Pipeline>,
    /// Servers and settings of AI agents.
    pub agents: Vec<Agent>,
    /// What other tools reported.
    pub imported: Vec<Imported>,
    /// What policies of the user's own refuse.
    pub denied: Vec<Denied>,
    /// Approvals.
    pub entitlements: Vec<Entitlement>,
    /// Certifications.
    pub reviews: Vec<Review>,
    /// Elevations and leases.
    pub issuances: Vec<Issuance>,
    /// Uses.
    pub uses: Vec<Use>,
    /// Orders to revoke.
    pub revocations: Vec<Revocation>,
    /// Allowed deviations.
    pub exceptions: Vec<Exception>,
    /// Policy texts.
    pub policies: Vec<Policy>,
    /// Things that are not identities.
    pub resources: Vec<Resource>,
    /// What was read.
    pub coverage: Vec<Coverage>,
    /// Every AWS principal with its policies, built when a rule first asks.
    aws: OnceLock<View>,
    /// Which jobs use which files of their repository, built when a rule first asks.
    links: OnceLock<Links>,
    /// Which tests are full of guesses, counted when a rule first asks.
    crowds: OnceLock<Crowds>,
    /// What each job can present as its subject, worked out when a rule first asks.
    subjects: OnceLock<Vec<(usize, Vec<Subject>)>>,
    /// The Vault policies, parsed when a rule first asks.
    vault_policies: OnceLock<Vec<(usize, VaultPolicy)>>,
    /// What each set of Vault policies allows, judged when a rule first asks.
    vault: OnceLock<Powers>,
}

impl Estate {
    /// Sorts and indexes evidence. The result does not depend on the order of the records; a
    /// record that arrives twice counts once.
    pub fn build(records: Vec<Record>, now: Timestamp, thresholds: Thresholds) -> Estate {
        let mut estate = Estate { now, thresholds, ..Estate::default() };
        let pipelines = records.iter().filter(|r| matches!(r, Record::Pipeline(_))).count();
        estate.pipelines.reserve_exact(pipelines);
        let mut records = crate::readers::aws_declared::link(records);
        crate::readers::federation::link(&mut records);
        for record in records {
            estate.add(record);
        }
        estate.settle();
        super::hashed::join(&mut estate);
        crate::policy::ci::inherit(&mut estate.pipelines);
        estate.canonical = Canonical::resolve(&estate.identities);
        estate.covered = Covered::build(&estate.coverage);
        estate.index = Index::build(&estate);
        estate
    }

    /// Every AWS principal with its policies, parsed and layered; built once, shared by all rules.
    pub fn aws(&self) -> &View {
        self.aws.get_or_init(|| View::build(self))
    }

    /// What the holders of Vault policies may do, judged once, shared by all rules.
    pub fn vault(&self) -> &Powers {
        self.vault.get_or_init(|| Powers::build(self))
    }

    /// The Vault policies that a server would accept, by their place among the policies.
    pub(crate) fn vault_policies(&self) -> &[(usize, VaultPolicy)] {
        self.vault_policies.get_or_init(|| parsed(&self.policies, self.now))
    }

    /// Where the things that files define stand, by the ids of their records.
    pub fn definitions(&self) -> HashMap<&str, &Location> {
        fn of<'e, T: Recorded>(
            records: &'e [T],
            location: impl Fn(&'e T) -> Option<&'e Location> + 'e,
        ) -> impl Iterator<Item = (&'e str, &'e Location)> {
            records.iter().filter_map(move |r| Some((r.id(), location(r)?)))
        }
        of(&self.identities, |r| r.location.as_ref())
            .chain(of(&self.credentials, |r| r.location.as_ref()))
            .chain(of(&self.observed, |r| r.location.as_ref()))
            .chain(of(&self.trusts, |r| r.location.as_ref()))
            .chain(of(&self.resources, |r| r.location.as_ref()))
            .filter(|(_, location)| location.path.is_some())
            .collect()
    }

    /// Which jobs use which files of their repository; built once, shared by all rules.
    pub(crate) fn links(&self) -> &Links {
        self.links.get_or_init(|| Links::build(&self.pipelines))
    }

    /// The files of tests that are full of guesses; counted once, shared by all rules.
    pub(crate) fn crowds(&self) -> &Crowds {
        self.crowds.get_or_init(|| Crowds::build(&self.exposures))
    }

    /// Every job with the subjects that it can present; worked out once, shared by all rules.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = (&Pipeline, &[Subject])> {
        let known = self.subjects.get_or_init(|| subjects_of_jobs(self));
        known.iter().filter_map(|(place, subjects)| {
            Some((self.pipelines.get(*place)?, subjects.as_slice()))
        })
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Identity(r) => self.identities.push(r),
            Record::Credential(r) => self.credentials.push(r),
            Record::Observed(r) => self.observed.push(r),
            Record::Trust(r) => self.trusts.push(r),
            Record::Exposure(r) => self.exposures.push(r),
            Record::Pipeline(r) => self.pipelines.push(*r),
            Record::Agent(r) => self.agents.push(r),
            Record::Imported(r) => self.imported.push(r),
            Record::Denied(r) => self.denied.push(r),
            Record::Entitlement(r) => self.entitlements.push(r),
            Record::Review(r) => self.reviews.push(r),
            Record::Issuance(r) => self.issuances.push(r),
            Record::Use(r) => self.uses.push(r),
            Record::Revocation(r) => self.revocations.push(r),
            Record::Exception(r) => self.exceptions.push(r),
            Record::Policy(r) => self.policies.push(r),
            Record::Resource(r) => self.resources.push(r),
            Record::Coverage(r) => self.coverage.push(r),
        }
    }

    fn settle(&mut self) {
        settle(&mut self.identities);
        settle(&mut self.credentials);
        settle(&mut self.observed);
        settle(&mut self.trusts);
        settle(&mut self.exposures);
        settle(&mut self.pipelines);
        settle(&mut self.agents);
        settle(&mut self.imported);
        settle(&mut self.denied);
        settle(&mut self.entitlements);
        settle(&mut self.reviews);
        settle(&mut self.issuances);
        settle(&mut self.uses);
        settle(&mut self.revocations);
        settle(&mut self.exceptions);
        settle(&mut self.policies);
        settle(&mut self.resources);
        settle(&mut self.coverage);
    }

    /// The moment that lies `hours` before now.
    pub fn hours_ago(&self, hours: i64) -> Timestamp {
        self.now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
    }

    /// The moment that lies `days` before now.
    pub fn days_ago(&self, days: i64) -> Timestamp {
        self.hours_ago(days.saturating_mul(24))
    }
}

/// Sorts by id, newest first within an id, and drops records that say the same again.
fn settle<T: Recorded + PartialEq>(records: &mut Vec<T>) {
    records.sort_by(|a, b| a.id().cmp(b.id()).then(b.as_of().cmp(&a.as_of())));
    records.dedup();
}
