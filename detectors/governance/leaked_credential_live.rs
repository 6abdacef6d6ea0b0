//! A leaked value whose credential, holder, privilege and approval are known.

use crate::{
    evidence::{Credential, Estate, Exposure, LinkClass, Status, Verdict, When, Who},
    finding::{Findings, Level},
    policy::{
        governance::{
            clocks::Clocks,
            people,
            weigh::{self, Debt},
            words,
        },
        join::leak::{self, Join},
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for exposure in estate.exposures.iter().filter(|e| e.verdict != Verdict::Invalid) {
        for join in leak::credentials(estate, exposure) {
            if let Some(who) = estate.who(&join.credential.subject) {
                report(estate, findings, exposure, &join, who);
            }
        }
    }
}

fn report(estate: &Estate, findings: &mut Findings, exposure: &Exposure, join: &Join, who: Who) {
    let credential = join.credential;
    let name = estate.name_of(who);
    let place = exposure.places.first();
    let file = place.and_then(|p| p.location.path.as_deref().or(p.location.logical.as_deref()));
    let message = format!(
        "'{name}' holds the {} that leaked in {}. {} {} {} {}",
        credential.kind,
        file.unwrap_or("an unnamed place"),
        state(estate, credential),
        privilege(estate, who),
        owner(estate, who),
        approval(estate, who),
    );
    let finding = findings.report(exposure, name, message.trim_end());
    finding.because(credential).key(format!("{} {}", exposure.id, credential.id));
    for sighting in &exposure.places {
        finding.at(sighting.location.clone());
    }
    let how = match join.class {
        LinkClass::Exact => format!("the same {}", join.field),
        _ => format!("very probably the same: {}", join.field),
    };
    weigh::whole(finding, estate, who, credential, Debt::Flawed);
    finding.weigh(Component::Exposure, Level::between(3, 4, how).citing(exposure));
    finding.weigh(Component::Liveness, liveness(estate, credential).citing(credential));
    if let Some(level) = governance(estate, who) {
        finding.weigh(Component::Governance, level.citing(credential));
    }
}

fn is_dead(estate: &Estate, credential: &Credential) -> bool {
    matches!(credential.status, Status::Disabled | Status::Removed)
        || credential.expires_at.is_past(estate.now)
}

fn state(estate: &Estate, credential: &Credential) -> String {
    let used = match credential.last_used {
        When::At(at) => format!("was last used on {}", words::day(at)),
        When::Never => "was never used".to_owned(),
        When::Unknown => "its last use is not known".to_owned(),
    };
    if is_dead(estate, credential) {
        format!("It no longer works; it {used}.").replace("it its", "its")
    } else {
        format!("It works and {used}.")
    }
}

fn privilege(estate: &Estate, who: Who) -> String {
    let live = estate.observed_of(who).filter(|o| {
        crate::policy::governance::approval::is_live(estate, o)
    });
    match live.max_by_key(|o| (o.grant.effective_rank(), &o.id)) {
        Some(o) => format!("It gives {}.", words::access(&o.grant)),
        None => "What it gives is not known.".to_owned(),
    }
}

fn owner(estate: &Estate, who: Who) -> String {
    match people::owners(estate, who).first() {
        Some((owner, record)) => format!(
            "Its owner is '{}' according to {}.",
            estate.canonical.name(owner),
            record.src.system
        ),
        None => "Nobody is named as its owner.".to_owned(),
    }
}

fn approval(estate: &Estate, who: Who) -> String {
    let strongest = estate
        .observed_of(who)
        .filter(|o| crate::policy::governance::approval::is_live(estate, o))
        .max_by_key(|o| (o.grant.effective_rank(), &o.id));
    strongest.map_or(String::new(), |o| {
        format!("Clocks: {}.", Clocks::of(estate, who, &o.grant))
    })
}

fn liveness(estate: &Estate, credential: &Credential) -> Level {
    let recent = estate.days_ago(estate.thresholds.unused_days);
    match credential.last_used {
        _ if is_dead(estate, credential) => Level::exactly(0, "it no longer works"),
        When::At(at) if at >= recent => Level::exactly(3, "it was used lately"),
        When::At(_) | When::Never => Level::exactly(1, "it works and is not used"),
        When::Unknown => Level::between(1, 3, "its last use is not known"),
    }
}

/// The worst that approvals and owners say of the holder; `None` when nothing is known.
fn governance(estate: &Estate, who: Who) -> Option<Level> {
    if people::closed(estate, who).is_some() {
        return Some(Level::exactly(3, "its holder is gone"));
    }
    let live = || {
        estate
            .observed_of(who)
            .filter(|o| crate::policy::governance::approval::is_live(estate, o))
    };
    let basis = |o| crate::policy::governance::approval::Basis::of(estate, who, o);
    if live().any(|o| basis(o).lapsed().is_some()) {
        return Some(Level::exactly(3, "its approval has ended"));
    }
    if live().any(|o| basis(o).is_nothing()) {
        return Some(Level::between(1, 3, "no approval for it is on record"));
    }
    live().next().map(|_| Level::exactly(0, "its access is approved"))
}
