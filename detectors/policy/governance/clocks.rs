//! Three clocks per grant: the approval's, the credential's, the directory's.

use super::{approval, elevation, people, words};
use crate::evidence::{Estate, Grant, Status, When, Who};
use jiff::Timestamp;
use std::fmt;

/// When each of the three clocks of a grant stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clocks {
    /// The approval's id and end; `None` without an approval.
    pub approval: Option<(String, When)>,
    /// The end of the credential or of the grant itself.
    pub credential: When,
    /// Whether the identity is there, and since when.
    pub directory: (Status, Option<Timestamp>),
}

impl Clocks {
    /// The clocks of one grant of an identity. The latest approval and the latest credential count.
    pub(crate) fn of(estate: &Estate, who: Who, grant: &Grant) -> Clocks {
        let approval = estate
            .entitlements_of(who)
            .filter(|e| approval::was_approved(e) && e.grant.may_contain(grant))
            .max_by_key(|e| (approval::end_or_open(e), &e.id))
            .map(|e| (e.id.clone(), approval::end(e)));
        let observed =
            estate.observed_of(who).filter(|o| grant.may_contain(&o.grant)).map(|o| o.expires_at);
        let issued =
            estate.issuances_of(who).filter(|i| grant.may_contain(&i.grant)).map(elevation::end);
        let directory = people::standing(estate, who)
            .map_or((Status::Unknown, None), |r| (r.status, r.status_at));
        Clocks {
            approval,
            credential: observed.chain(issued).fold(When::Unknown, latest),
            directory,
        }
    }
}

/// The later of two ends; an end that is known counts before one that is not.
fn latest(a: When, b: When) -> When {
    match (a, b) {
        (When::Never, _) | (_, When::Never) => When::Never,
        (When::Unknown, other) | (other, When::Unknown) => other,
        (When::At(a), When::At(b)) => When::At(a.max(b)),
    }
}

impl fmt::Display for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.approval {
            Some((id, end)) => write!(f, "approval {id} {}", words::ends(*end))?,
            None => f.write_str("no approval")?,
        }
        write!(f, ", credential {}", words::ends(self.credential))?;
        let since =
            self.directory.1.map_or(String::new(), |at| format!(" since {}", words::day(at)));
        match self.directory.0 {
            Status::Active => f.write_str(", identity active in the directory"),
            Status::Disabled => write!(f, ", identity disabled{since}"),
            Status::Removed => write!(f, ", identity removed{since}"),
            Status::Unknown => f.write_str(", directory status unknown"),
        }
    }
}
