//! From evidence to the vector of a governance finding.

use super::people;
use crate::{
    clocks::Clocks,
    evidence::{Affiliation, Estate, Grant, Location, Rank, Recorded, Src, Status, When, Who},
    finding::{Finding, Level},
};
use jiff::Timestamp;
use overstay_rules::Component;
use std::collections::BTreeSet;

/// How bad the state of the approvals is: the governance component.
#[derive(Clone, Copy)]
pub(crate) enum Debt {
    /// Approved, and something about the approval is not as it should be.
    Flawed,
    /// Nobody approved it.
    Unapproved,
    /// It was to end, or whoever answered for it is gone.
    Lapsed,
}

/// Weighs a finding about one grant: privilege from its rank, reach from applications and
/// environments, liveness from status and use, exposure from known leaks.
pub(crate) fn grant(
    finding: &mut Finding,
    estate: &Estate,
    who: Who,
    grant: &Grant,
    record: &impl Recorded,
    debt: Debt,
) {
    finding.weigh(Component::Privilege, privilege(estate, who, grant).citing(record));
    finding.weigh(Component::Governance, governance(debt).citing(record));
    identity(finding, estate, who, record);
    finding.clocks = Some(Clocks::of(estate, who, grant));
}

/// Weighs a finding about an identity as a whole by its strongest live grant.
pub(crate) fn whole(
    finding: &mut Finding,
    estate: &Estate,
    who: Who,
    record: &impl Recorded,
    debt: Debt,
) {
    let live = estate.observed_of(who).filter(|o| super::approval::is_live(estate, o));
    if let Some(strongest) =
        live.max_by_key(|o| (o.grant.effective_rank(), is_production(o.env.as_deref()), &o.id))
    {
        let level = privilege(estate, who, &strongest.grant).citing(strongest);
        finding.weigh(Component::Privilege, level);
    }
    finding.weigh(Component::Governance, governance(debt).citing(record));
    finding.clocks = Some(Clocks::whole(estate, who));
    identity(finding, estate, who, record);
}

fn identity(finding: &mut Finding, estate: &Estate, who: Who, record: &impl Recorded) {
    finding.weigh(Component::Reach, reach(estate, who).citing(record));
    finding.weigh(Component::Liveness, liveness(estate, who));
    finding.weigh(Component::Exposure, exposure(estate, who));
}

fn governance(debt: Debt) -> Level {
    match debt {
        Debt::Flawed => Level::exactly(1, "it is approved, but not as it should be"),
        Debt::Unapproved => Level::exactly(2, "nobody approved it"),
        Debt::Lapsed => Level::exactly(3, "it was to end, or nobody answers for it"),
    }
}

/// How much a grant allows; production and secrets weigh more.
fn privilege(estate: &Estate, who: Who, grant: &Grant) -> Level {
    let production = is_production(Some(&grant.resource))
        || estate.observed_of(who).any(|o| o.grant == *grant && is_production(o.env.as_deref()));
    match grant.effective_rank() {
        Some(Rank::Root | Rank::Admin) => Level::exactly(4, "it administers"),
        Some(Rank::Write) if production => Level::exactly(3, "it changes production"),
        Some(Rank::Write) => Level::exactly(2, "it changes things"),
        Some(Rank::Read) => Level::exactly(1, "it reads"),
        None => Level::between(1, 4, "its rank is not known"),
    }
}

/// True for a name of the production environment, or a path that begins with one.
pub(crate) fn is_production(name: Option<&str>) -> bool {
    name.and_then(|n| n.split(['/', ':', '-', '_', '.']).next()).is_some_and(|n| {
        matches!(n.to_ascii_lowercase().as_str(), "prod" | "production" | "prd" | "live")
    })
}

fn reach(estate: &Estate, who: Who) -> Level {
    let envs: BTreeSet<&str> = estate
        .observed_of(who)
        .filter_map(|o| o.env.as_deref())
        .chain(estate.identities_of(who).filter_map(|r| r.env.as_deref()))
        .collect();
    let apps: BTreeSet<&str> = estate
        .identities_of(who)
        .flat_map(|r| r.apps.iter().map(String::as_str))
        .chain(estate.observed_of(who).filter_map(|o| o.app.as_deref()))
        .collect();
    match (envs.len(), apps.len()) {
        (2.., _) => Level::exactly(2, "it crosses environments"),
        (_, 2..) => Level::exactly(1, "it serves several applications"),
        (1, _) | (_, 1) => Level::exactly(0, "it serves one application"),
        _ => Level::between(0, 2, "its applications are not known"),
    }
}

/// Whether an identity works and is used, from its status, grants and uses.
fn liveness(estate: &Estate, who: Who) -> Level {
    let recent = estate.days_ago(estate.thresholds.unused_days);
    let used = estate.uses_of(who).max_by_key(|u| (u.last, &u.id));
    if let Some(used) = used.filter(|u| u.last >= recent) {
        return Level::exactly(3, "it was used lately").citing(used);
    }
    let grants = estate.observed_of(who).filter(|o| super::approval::is_live(estate, o));
    let last_used = grants.clone().map(|o| o.last_used).max();
    match last_used {
        Some(When::At(at)) if at >= recent => Level::exactly(3, "it was used lately"),
        Some(When::At(_) | When::Never) => Level::exactly(1, "it works and is not used"),
        Some(When::Unknown) => Level::between(1, 3, "its last use is not known"),
        None if people::status(estate, who) == Status::Active => {
            Level::between(1, 3, "it is active and its use is not known")
        }
        None => Level::between(0, 3, "nothing shows whether it works"),
    }
}

/// How far outsiders are: a leaked credential of the identity, or one that a third party holds.
fn exposure(estate: &Estate, who: Who) -> Level {
    for credential in estate.credentials_of(who) {
        let Some(fingerprint) = credential.fingerprint.as_deref() else { continue };
        if let Some(leak) = estate.exposures_with(fingerprint).next() {
            return Level::between(3, 4, "its credential was found in a repository").citing(leak);
        }
    }
    let vendor = estate.identities_of(who).find(|r| r.affiliation == Affiliation::Vendor);
    if let Some(vendor) = vendor {
        return Level::exactly(3, "another company holds it").citing(vendor);
    }
    Level::between(0, 2, "no leak of its credentials is known")
}

/// Says where a finding stands: in the file that defines it, else under the identity's name.
pub(crate) fn place(finding: &mut Finding, location: Option<&Location>, name: &str) {
    finding.at(location.cloned().unwrap_or_else(|| Location::logical(name)));
}

/// A record of any kind behind a reference, as something that can be cited.
pub(crate) struct Cited<'a>(pub(crate) &'a dyn Recorded);

impl Recorded for Cited<'_> {
    fn id(&self) -> &str {
        self.0.id()
    }
    fn src(&self) -> &Src {
        self.0.src()
    }
    fn as_of(&self) -> Timestamp {
        self.0.as_of()
    }
}
