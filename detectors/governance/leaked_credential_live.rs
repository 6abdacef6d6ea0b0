//! A leaked value whose credential, holder, privilege and approval are known.

use crate::{
    clocks::Clocks,
    evidence::{
        Credential, Estate, Exposure, LinkClass, Recorded, Status, Verdict, When, Who,
    },
    finding::{Findings, Level},
    policy::{
        exposure as values,
        governance::{
            approval::{Basis, is_live},
            attribution::{self, Provenance}, people,
            weigh::{self, Debt},
            words,
        },
        join::{
            leak::{Join, Leaks, Proof},
            reach::{self, Reach},
        },
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let leaks = Leaks::of(estate);
    for exposure in estate.exposures.iter().filter(|e| e.verdict != Verdict::Invalid) {
        for join in leaks.joins(exposure) {
            if let Some(who) = estate.who(join.holder()) {
                report(estate, findings, exposure, &join, who);
            }
        }
    }
}

fn report(estate: &Estate, findings: &mut Findings, exposure: &Exposure, join: &Join, who: Who) {
    let name = estate.name_of(who);
    let place = exposure.places.first();
    let file = place.and_then(|p| p.location.path.as_deref().or(p.location.logical.as_deref()));
    let file = file.unwrap_or("an unnamed place");
    let shown = words::shown(name, join.holder());
    let (opening, state) = match join.proof {
        Proof::Credential(credential) => (
            format!("'{shown}' holds the {} that leaked in {file}.", credential.kind),
            state(estate, credential),
        ),
        Proof::Trust(_) => (
            format!("The {} that leaked in {file} logs in as '{shown}'.", exposure.format),
            token_state(estate, exposure),
        ),
    };
    let (gives, privilege) = privilege(estate, who);
    let (clocks, clocks_told) = approval(estate, who);
    let message = format!(
        "{opening} {state} {gives} {} {}",
        owner(estate, who, exposure),
        clocks_told,
    );
    let finding = findings.report(exposure, name, message.trim_end());
    finding.evidence.push(join.id().to_owned());
    finding.key(format!("{} {}", exposure.id, join.id()));
    for sighting in &exposure.places {
        finding.at(sighting.location.clone());
    }
    let how = match join.class {
        LinkClass::Exact => format!("the same {}", join.field),
        _ => format!("very probably the same: {}", join.field),
    };
    weigh::whole(finding, estate, who, exposure, Debt::Flawed);
    finding.clocks = Some(clocks);
    if let Some(privilege) = privilege {
        finding.weigh(Component::Privilege, privilege);
    }
    finding.weigh(Component::Exposure, Level::between(3, 4, how).citing(exposure));
    let alive = match join.proof {
        Proof::Credential(credential) => liveness(estate, credential).citing(credential),
        Proof::Trust(_) => values::liveness(exposure, estate).citing(exposure),
    };
    finding.weigh(Component::Liveness, alive);
    if let Some(level) = governance(estate, who) {
        finding.weigh(Component::Governance, level.citing(exposure));
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
    } else if credential.status == Status::Active {
        format!("It works and {used}.")
    } else {
        format!("Nothing says that it was revoked; it {used}.").replace("it its", "its")
    }
}

/// A token says itself when it ends.
fn token_state(estate: &Estate, exposure: &Exposure) -> String {
    match values::expiry(exposure) {
        Some(end) if end < estate.now => format!("It ended on {}.", words::day(end)),
        Some(end) => format!("It ends on {}.", words::day(end)),
        None => "Its end is not known.".to_owned(),
    }
}

fn privilege(estate: &Estate, who: Who) -> (String, Option<Level>) {
    match reach::of(estate, who) {
        Some(Reach { gives, level }) => (format!("It gives {gives}."), Some(level)),
        None => ("What it gives is not known.".to_owned(), None),
    }
}

/// Who answers for the holder and who says so; else whose file it leaked in.
fn owner(estate: &Estate, who: Who, exposure: &Exposure) -> String {
    if let Some(owner) = attribution::of(estate, who).into_iter().next() {
        let left = owner.left(estate).map_or(String::new(), |left| format!(", who {left}"));
        let name = estate.canonical.name(&owner.name);
        if owner.provenance == Provenance::LastCommitter {
            return format!("Nobody is named as its owner; '{name}' changed its file last{left}.");
        }
        return format!("Its owner is '{name}' according to {}{left}.", owner.says());
    }
    let file = exposure.places.first().and_then(|place| place.location.path.as_deref());
    match file.and_then(|path| attribution::of_file(estate, exposure.src(), path)) {
        Some(owner) => format!("Nobody is named as its owner; the file is {}'s.", owner.name),
        None => "Nobody is named as its owner.".to_owned(),
    }
}

/// The clocks of the strongest grant, else of all that the holder has.
fn approval(estate: &Estate, who: Who) -> (Clocks, String) {
    let live = estate.observed_of(who).filter(|o| is_live(estate, o));
    let strongest = live.max_by_key(|o| (o.grant.effective_rank(), &o.id));
    let clocks = strongest
        .map_or_else(|| Clocks::whole(estate, who), |o| Clocks::of(estate, who, &o.grant));
    let system = strongest.map(|o| o.grant.system.as_str());
    let unread = estate.covers_access("entitlement", system, None).err();
    let unread = unread.filter(|_| clocks.approval.is_none());
    let doubt = unread.map_or(String::new(), |missing| {
        format!(" Whether an approval stands is not known: {}.", missing.why)
    });
    let words = format!("Clocks: {clocks}.{doubt}");
    (clocks, words)
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
            .filter(|o| is_live(estate, o))
    };
    let basis = |o| Basis::of(estate, who, o);
    if live().any(|o| basis(o).lapsed().is_some()) {
        return Some(Level::exactly(3, "its approval has ended"));
    }
    if live().any(|o| basis(o).is_nothing()) {
        return Some(Level::between(1, 3, "no approval for it is on record"));
    }
    live().next().map(|_| Level::exactly(0, "its access is approved"))
}
