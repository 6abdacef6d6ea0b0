//! When what happened to one identity: every dated fact of its chain of custody.

use super::{Clock, Event, status};
use crate::{
    evidence::{Decision, Entitlement, Estate, Recorded, Who},
    policy::governance::words,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Every dated fact, in order.
pub(super) fn timeline(estate: &Estate, who: Who) -> Vec<Event> {
    let mut line = Line::default();
    for r in estate.identities_of(who) {
        line.add(r.created_at, Clock::Directory, format!("made ({})", r.src.system), r);
        line.add(
            r.status_at,
            Clock::Directory,
            format!("{} in {}", status(r.status), r.src.system),
            r,
        );
        line.add(r.contract_end, Clock::Directory, "its contract ends".to_owned(), r);
    }
    for e in estate.entitlements_of(who) {
        line.approval(e);
    }
    for r in estate.reviews_of(who) {
        let answer = decision(r.decision);
        let by = r.reviewer.as_deref().unwrap_or("somebody");
        let what = format!("{answer} in a review by {by}: {}", words::access(&r.grant));
        line.add(Some(r.decided_at), Clock::Approval, what, r);
        line.add(r.next_due, Clock::Approval, "the next review is due".to_owned(), r);
    }
    for x in estate.exceptions_of(who) {
        line.add(x.not_before, Clock::Approval, "an exception begins".to_owned(), x);
        line.add(x.not_after.at(), Clock::Approval, "the exception ends".to_owned(), x);
    }
    for i in estate.issuances_of(who) {
        let access = words::access(&i.grant);
        line.add(Some(i.issued_at), Clock::Credential, format!("issued: {access}"), i);
        line.add(i.expires_at.at(), Clock::Credential, format!("must end: {access}"), i);
        line.add(i.ended_at.at(), Clock::Credential, format!("ended: {access}"), i);
    }
    for c in estate.credentials_of(who) {
        line.add(c.created_at, Clock::Credential, format!("{} made", c.kind), c);
        line.add(c.rotated_at.at(), Clock::Credential, format!("{} rotated", c.kind), c);
        line.add(c.expires_at.at(), Clock::Credential, format!("{} ends", c.kind), c);
        line.add(c.last_used.at(), Clock::Use, format!("{} last used", c.kind), c);
    }
    for o in estate.observed_of(who) {
        let access = words::access(&o.grant);
        line.add(o.created_at, Clock::Credential, format!("granted: {access}"), o);
        line.add(o.expires_at.at(), Clock::Credential, format!("grant ends: {access}"), o);
        line.add(o.last_used.at(), Clock::Use, format!("grant last used: {access}"), o);
    }
    for r in estate.revocations_of(who) {
        let why = r.reason.as_deref().unwrap_or("no reason given");
        line.add(Some(r.ordered_at), Clock::Approval, format!("revocation ordered: {why}"), r);
    }
    for u in estate.uses_of(who) {
        let actor = u.actor.as_deref().map_or(String::new(), |actor| format!(" by {actor}"));
        line.add(u.first, Clock::Use, format!("first use{actor}: {}", words::access(&u.grant)), u);
        line.add(Some(u.last), Clock::Use, format!("used{actor}: {}", words::access(&u.grant)), u);
    }
    line.0.into_iter().collect()
}

#[derive(Default)]
struct Line(BTreeSet<Event>);

impl Line {
    fn add(&mut self, at: Option<Timestamp>, clock: Clock, what: String, record: &impl Recorded) {
        if let Some(at) = at {
            self.0.insert(Event { at, clock, what, record: record.id().to_owned() });
        }
    }

    fn approval(&mut self, e: &Entitlement) {
        let access = words::access(&e.grant);
        for a in &e.approvals {
            let what = format!("{} by {}: {access}", decision(a.decision), a.by);
            self.add(Some(a.at), Clock::Approval, what, e);
        }
        self.add(e.not_before, Clock::Approval, format!("approval begins: {access}"), e);
        self.add(e.not_after.at(), Clock::Approval, format!("approval ends: {access}"), e);
        self.add(e.ended_at, Clock::Approval, format!("approval ended: {access}"), e);
    }
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "approved",
        Decision::Deny => "denied",
        Decision::Abstain => "abstained",
        Decision::NotReviewed => "not reviewed",
    }
}
