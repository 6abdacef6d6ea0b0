//! What stands behind a live grant: an approval, an exception, an elevation, or nothing.

use super::{
    elevation,
    words::{attr, blank},
};
use crate::evidence::{
    Containment, Entitlement, EntitlementState, Estate, Exception, Issuance, Observed, Origin,
    Review, TargetKind, When, Who,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// When an approval ends or ended.
pub(crate) fn end(e: &Entitlement) -> When {
    match (e.ended_at, e.not_after) {
        (Some(ended), When::At(planned)) => When::At(ended.min(planned)),
        (Some(ended), _) => When::At(ended),
        (None, planned) => planned,
    }
}

/// The end for comparing: an approval without an end is later than any other.
pub(crate) fn end_or_open(e: &Entitlement) -> Timestamp {
    end(e).at().unwrap_or(Timestamp::MAX)
}

/// When an approval was decided: the last approver's word, else the start of its window.
pub(crate) fn decided_at(e: &Entitlement) -> Option<Timestamp> {
    let approve = |a: &&crate::evidence::Approval| a.decision == crate::evidence::Decision::Approve;
    e.approvals.iter().filter(approve).map(|a| a.at).max().or(e.not_before)
}

/// True when somebody approved it, whatever became of it.
pub(crate) fn was_approved(e: &Entitlement) -> bool {
    use EntitlementState::{Approved, Expired, Revoked};
    matches!(e.state, Approved | Expired | Revoked)
}

/// True for an approval that holds now, or ended so lately that the grace covers it.
pub(crate) fn is_in_force(estate: &Estate, e: &Entitlement) -> bool {
    let grace = estate.hours_ago(estate.thresholds.removal_grace_hours);
    e.state == EntitlementState::Approved && end(e).at().is_none_or(|end| end >= grace)
}

/// True for an approval that held at a moment, give or take the clock skew.
pub(crate) fn was_in_force(estate: &Estate, e: &Entitlement, at: Timestamp) -> bool {
    let start = e.not_before.unwrap_or(Timestamp::MIN);
    was_approved(e)
        && elevation::within(estate, at, start, end(e))
        && !(e.state != EntitlementState::Approved && end(e).at().is_none())
}

/// True for a grant that has not run out and that its system still honours.
pub(crate) fn is_live(estate: &Estate, grant: &Observed) -> bool {
    !grant.expires_at.is_past(estate.now)
        && grant.expires_at != When::At(estate.now)
        && grant.attrs.get("usable").and_then(serde_json::Value::as_bool) != Some(false)
}

/// True when an exception names this grant, or everything of its subject.
pub(crate) fn names(exception: &Exception, grant: &crate::evidence::Grant) -> bool {
    exception.grant.as_ref().is_none_or(|g| g.may_contain(grant))
}

/// True when an exception allows something at a moment.
pub(crate) fn allows(estate: &Estate, exception: &Exception, at: Timestamp) -> bool {
    let start = exception.not_before.unwrap_or(Timestamp::MIN);
    elevation::within(estate, at, start, exception.not_after)
}

/// What stands behind one live grant.
#[derive(Default)]
pub(crate) struct Basis<'a> {
    approved: Option<&'a Entitlement>,
    exempted: Option<&'a Exception>,
    elevated: Option<&'a Issuance>,
    lapsed_exception: Option<&'a Exception>,
    lapsed: Option<&'a Entitlement>,
    refused: Option<&'a Entitlement>,
    narrower: Option<&'a Entitlement>,
    lapsed_narrower: Option<&'a Entitlement>,
    incomparable: Option<&'a Entitlement>,
    revocation_ordered: bool,
    through_unnamed_group: bool,
}

impl<'a> Basis<'a> {
    /// Looks for everything that could stand behind a grant.
    pub(crate) fn of(estate: &'a Estate, who: Who, grant: &'a Observed) -> Basis<'a> {
        let mut basis = Basis::default();
        let group = attr(&grant.attrs, "via").and_then(|name| estate.who(name));
        basis.through_unnamed_group = grant.origin == Origin::Group && group.is_none();
        for holder in std::iter::once(who).chain(group) {
            for e in estate.entitlements_of(holder) {
                basis.weigh_approval(estate, e, grant);
            }
        }
        for exception in estate.exceptions_of(who).filter(|x| names(x, &grant.grant)) {
            if allows(estate, exception, estate.now) && !blank(exception.approved_by.as_deref()) {
                basis.exempted = basis.exempted.or(Some(exception));
            } else if exception.not_after.is_past(estate.now) {
                basis.lapsed_exception = basis.lapsed_exception.or(Some(exception));
            }
        }
        basis.elevated = carrier(estate, who, grant);
        let orders = estate.revocations_of(who);
        let lapsed = basis.lapsed.map(|e| e.id.as_str());
        basis.revocation_ordered = orders.into_iter().any(|order| match order.target.kind {
            TargetKind::Entitlement => Some(order.target.reference.as_str()) == lapsed,
            TargetKind::Identity => true,
            _ => false,
        });
        basis
    }

    fn weigh_approval(&mut self, estate: &Estate, e: &'a Entitlement, grant: &Observed) {
        let containment = e.grant.contains(&grant.grant);
        if containment == Containment::Unrelated {
            return;
        }
        let contains = containment != Containment::Narrower;
        let slot = if is_in_force(estate, e) {
            if containment == Containment::Incomparable {
                self.incomparable = later(self.incomparable, e);
            }
            if contains { &mut self.approved } else { &mut self.narrower }
        } else if was_approved(e) {
            if contains { &mut self.lapsed } else { &mut self.lapsed_narrower }
        } else if contains {
            &mut self.refused
        } else {
            return;
        };
        *slot = later(*slot, e);
    }

    /// The approval that holds.
    pub(crate) fn approved(&self) -> Option<&'a Entitlement> {
        self.approved
    }

    /// An approval whose permission's name cannot be compared with the grant's.
    pub(crate) fn incomparable(&self) -> Option<&'a Entitlement> {
        self.incomparable.filter(|e| self.approved.is_some_and(|a| a.id == e.id))
    }

    fn stands(&self) -> bool {
        self.approved.is_some() || self.exempted.is_some() || self.elevated.is_some()
    }

    /// The approval that has ended, when nothing else stands behind the grant. An order to revoke
    /// is followed up on its own.
    pub(crate) fn lapsed(&self) -> Option<&'a Entitlement> {
        let narrower = self.lapsed_narrower.filter(|_| self.narrower.is_none());
        self.lapsed.or(narrower).filter(|_| !self.stands() && !self.revocation_ordered)
    }

    /// The request that was refused or never decided. A renewal that is still pending is no
    /// refusal of the approval before it.
    pub(crate) fn refused(&self) -> Option<&'a Entitlement> {
        let renewal =
            |e: &Entitlement| self.lapsed.is_some() && e.state != EntitlementState::Denied;
        self.refused.filter(|e| !self.stands() && !renewal(e))
    }

    /// The approval that allows only a part of the grant.
    pub(crate) fn narrower(&self) -> Option<&'a Entitlement> {
        let narrower = self.narrower.or(self.lapsed_narrower);
        let explained = self.stands() || self.refused.is_some() || self.lapsed.is_some();
        narrower.filter(|_| !explained)
    }

    /// True when nothing at all stands or ever stood behind the grant.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.stands()
            && self.lapsed.is_none()
            && self.refused.is_none()
            && self.narrower.is_none()
            && self.lapsed_narrower.is_none()
            && self.lapsed_exception.is_none()
            && !self.through_unnamed_group
    }

    /// True when the grant rests on an exception that is over, and on nothing else.
    pub(crate) fn rests_on_lapsed(&self, exception: &Exception) -> bool {
        !self.stands() && self.lapsed_exception.is_some_and(|x| x.id == exception.id)
    }
}

/// The approval that ends later, ties by id.
fn later<'a>(best: Option<&'a Entitlement>, e: &'a Entitlement) -> Option<&'a Entitlement> {
    match best {
        Some(b) if (end_or_open(b), &b.id) >= (end_or_open(e), &e.id) => best,
        _ => Some(e),
    }
}

/// The elevation that carries a grant: by its credential, or because the grant came from PAM.
fn carrier<'a>(estate: &'a Estate, who: Who, grant: &Observed) -> Option<&'a Issuance> {
    let reference = grant.cred.as_ref().map(|c| c.reference.as_str()).filter(|r| !r.is_empty());
    estate.issuances_of(who).find(|i| {
        let by_credential =
            reference.is_some() && i.cred.as_ref().map(|c| c.reference.as_str()) == reference;
        let by_origin = grant.origin == Origin::Pam && elevation::is_open(estate, i);
        (by_credential || by_origin) && i.grant.may_contain(&grant.grant)
    })
}

/// The longest approval that contains a grant, held or yet to begin, of an identity.
pub(crate) fn longest<'a>(
    estate: &'a Estate,
    who: Who,
    grant: &crate::evidence::Grant,
) -> Option<&'a Entitlement> {
    estate
        .entitlements_of(who)
        .filter(|e| is_in_force(estate, e) && e.grant.may_contain(grant))
        .max_by_key(|e| (end_or_open(e), &e.id))
}

/// A moment moved by some hours.
pub(crate) fn plus_hours(at: Timestamp, hours: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(at)
}

/// The latest review of each grant of an identity.
pub(crate) fn latest_reviews(estate: &Estate, who: Who) -> Vec<&Review> {
    let mut latest: BTreeMap<&crate::evidence::Grant, &Review> = BTreeMap::new();
    for review in estate.reviews_of(who) {
        let newest = latest.entry(&review.grant).or_insert(review);
        if (newest.decided_at, &newest.id) < (review.decided_at, &review.id) {
            *newest = review;
        }
    }
    latest.into_values().collect()
}
