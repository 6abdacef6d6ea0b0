//! Records whose times cannot be true.

use crate::{
    evidence::{Estate, Recorded, When},
    finding::{Findings, Level},
    policy::governance::{elevation, weigh, words},
};
use jiff::Timestamp;
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let clock = Clock::of(estate);
    for i in &estate.issuances {
        let wrong = clock
            .future("it began", i.issued_at)
            .or_else(|| clock.reversed("it ended", i.ended_at, "it began", Some(i.issued_at)))
            .or_else(|| clock.reversed("it was to end", i.expires_at, "it began", Some(i.issued_at)))
            .or_else(|| {
                // An end in the future is a plan, unless it lies beyond the end that was set.
                let beyond = |at: &Timestamp| i.expires_at.at().is_some_and(|end| *at > end);
                i.ended_at.at().filter(beyond).and_then(|at| clock.future("it ended", at))
            });
        report(estate, findings, i, &i.subject, wrong);
    }
    for u in &estate.uses {
        let wrong = clock
            .future("it was used", u.last)
            .or_else(|| clock.reversed("the last use was", When::At(u.last), "the first", u.first));
        report(estate, findings, u, &u.subject, wrong);
    }
    for e in &estate.entitlements {
        let decided = e.approvals.iter().find_map(|a| clock.future("it was decided", a.at));
        let wrong = decided
            .or_else(|| clock.reversed("it ends", e.not_after, "it begins", e.not_before))
            .or_else(|| e.ended_at.and_then(|at| clock.future("it ended", at)));
        report(estate, findings, e, &e.subject, wrong);
    }
    for r in &estate.reviews {
        report(estate, findings, r, &r.subject, clock.future("it was decided", r.decided_at));
    }
    for r in &estate.revocations {
        let effect = r.effects.iter().filter_map(|e| e.at).find_map(|at| clock.future("it took effect", at));
        let wrong = clock.future("it was ordered", r.ordered_at).or(effect);
        report(estate, findings, r, &r.subject, wrong);
    }
    for x in &estate.exceptions {
        let wrong = clock
            .reversed("it ends", x.not_after, "it begins", x.not_before)
            .or_else(|| x.reviewed_at.and_then(|at| clock.future("it was reviewed", at)));
        report(estate, findings, x, &x.subject, wrong);
    }
    for o in &estate.observed {
        let made = o.created_at.and_then(|at| clock.future("it was made", at));
        let wrong = made
            .or_else(|| o.last_used.at().and_then(|at| clock.future("it was used", at)))
            .or_else(|| clock.reversed("it ends", o.expires_at, "it was made", o.created_at));
        report(estate, findings, o, &o.subject, wrong);
    }
    for i in &estate.identities {
        let changed = i.status_at.and_then(|at| clock.future("its status changed", at));
        let wrong = changed.or_else(|| i.created_at.and_then(|at| clock.future("it was made", at)));
        report(estate, findings, i, i.aliases.first().map_or("", String::as_str), wrong);
    }
}

/// What "now" allows, give or take the clock skew.
struct Clock {
    latest: Timestamp,
    skew: jiff::SignedDuration,
}

impl Clock {
    fn of(estate: &Estate) -> Clock {
        let skew = elevation::skew(estate);
        Clock { latest: estate.now.saturating_add(skew).unwrap_or(estate.now), skew }
    }

    /// A past event that lies in the future.
    fn future(&self, what: &str, at: Timestamp) -> Option<String> {
        (at > self.latest).then(|| format!("{what} on {}, which is in the future", words::minute(at)))
    }

    /// An end before its beginning.
    fn reversed(
        &self,
        end_of: &str,
        end: When,
        start_of: &str,
        start: Option<Timestamp>,
    ) -> Option<String> {
        let (end, start) = (end.at()?, start?);
        let before = end.saturating_add(self.skew).unwrap_or(end) < start;
        before.then(|| {
            format!("{end_of} on {} and {start_of} on {}", words::minute(end), words::minute(start))
        })
    }
}

fn report(
    estate: &Estate,
    findings: &mut Findings,
    record: &impl Recorded,
    subject: &str,
    wrong: Option<String>,
) {
    let Some(wrong) = wrong else { return };
    let name = estate.canonical.name(subject);
    let message = format!("'{name}' has record {} that cannot be true: {wrong}.", record.id());
    let finding = findings.report(record, name, message);
    weigh::place(finding, None, name);
    finding.weigh(Component::Governance, Level::exactly(1, "its ledger cannot be trusted").citing(record));
    finding.weigh(Component::Privilege, Level::exactly(0, "it says nothing about what is allowed"));
    finding.weigh(Component::Liveness, Level::exactly(1, "the record is in use"));
}
