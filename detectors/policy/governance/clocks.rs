//! The three clocks of a grant, and of an identity as a whole.

use super::{approval, elevation, people};
use crate::{
    clocks::{Approval, Clocks, Directory},
    evidence::{Entitlement, Estate, Grant, Status, When, Who},
};

impl Clocks {
    /// The clocks of one grant of an identity. The latest approval and the latest credential count.
    pub(crate) fn of(estate: &Estate, who: Who, grant: &Grant) -> Clocks {
        let covers = |e: &&Entitlement| e.grant.may_contain(grant);
        let observed =
            estate.observed_of(who).filter(|o| grant.may_contain(&o.grant)).map(|o| o.expires_at);
        let issued =
            estate.issuances_of(who).filter(|i| grant.may_contain(&i.grant)).map(elevation::end);
        Clocks {
            approval: latest_approval(estate.entitlements_of(who).filter(covers)),
            credential: observed.chain(issued).fold(When::Unknown, latest),
            directory: directory(estate, who),
        }
    }

    /// The clocks of everything that an identity holds.
    pub(crate) fn whole(estate: &Estate, who: Who) -> Clocks {
        let working = |status: Status| !matches!(status, Status::Disabled | Status::Removed);
        let held = estate.credentials_of(who).filter(|c| working(c.status)).map(|c| c.expires_at);
        let observed = estate.observed_of(who).map(|o| o.expires_at);
        let issued = estate.issuances_of(who).map(elevation::end);
        Clocks {
            approval: latest_approval(estate.entitlements_of(who)),
            credential: held.chain(observed).chain(issued).fold(When::Unknown, latest),
            directory: directory(estate, who),
        }
    }
}

fn latest_approval<'e>(approvals: impl Iterator<Item = &'e Entitlement>) -> Option<Approval> {
    let approved = approvals.filter(|e| approval::was_approved(e));
    let last = approved.max_by_key(|e| (approval::end_or_open(e), &e.id))?;
    Some(Approval { record: last.id.clone(), ends: approval::end(last) })
}

fn directory(estate: &Estate, who: Who) -> Directory {
    people::standing(estate, who).map_or(
        Directory { status: Status::Unknown, since: None },
        |record| Directory { status: record.status, since: record.status_at },
    )
}

/// The later of two ends; an end that is known counts before one that is not.
fn latest(a: When, b: When) -> When {
    match (a, b) {
        (When::Never, _) | (_, When::Never) => When::Never,
        (When::Unknown, other) | (other, When::Unknown) => other,
        (When::At(a), When::At(b)) => When::At(a.max(b)),
    }
}
