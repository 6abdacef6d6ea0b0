//! Emergency access: which uses were emergencies, and which were drills.

use super::{
    approval, elevation,
    words::{blank, says},
};
use crate::evidence::{Estate, Exception, ExceptionClass, Grant, Use, When, Who};
use jiff::{SignedDuration, Timestamp};

/// Every break-glass exception with the identity that holds it.
pub(crate) fn exceptions(estate: &Estate) -> impl Iterator<Item = (Who, &Exception)> {
    estate
        .exceptions
        .iter()
        .filter(|x| x.class == ExceptionClass::BreakGlass)
        .filter_map(|x| Some((estate.who(&x.subject)?, x)))
}

/// True when a break-glass exception of the identity allowed something at a moment.
pub(crate) fn covers(estate: &Estate, who: Who, grant: &Grant, at: Timestamp) -> bool {
    estate.exceptions_of(who).any(|x| {
        x.class == ExceptionClass::BreakGlass
            && approval::names(x, grant)
            && approval::allows(estate, x, at)
    })
}

/// A recorded exercise: it says so, somebody allowed it, and there is a ticket.
pub(crate) fn is_drill(exception: &Exception) -> bool {
    let said = [exception.reason.as_deref(), exception.ticket.as_deref()]
        .into_iter()
        .any(|text| says(text, &["drill", "exercise", "rehearsal"]));
    said && !blank(exception.approved_by.as_deref()) && !blank(exception.ticket.as_deref())
}

/// The uses that were made under an exception: inside its window, and of what the exception gives
/// beyond the identity's everyday approvals.
pub(crate) fn uses<'a>(
    estate: &'a Estate,
    who: Who,
    exception: &'a Exception,
) -> impl Iterator<Item = &'a Use> {
    estate.uses_of(who).filter(move |used| {
        approval::names(exception, &used.grant)
            && approval::allows(estate, exception, used.last)
            && !is_everyday(estate, who, exception, used)
    })
}

fn is_everyday(estate: &Estate, who: Who, exception: &Exception, used: &Use) -> bool {
    let emergency_rank = exception.grant.as_ref().and_then(Grant::effective_rank);
    let as_strong = match (used.grant.effective_rank(), emergency_rank) {
        (Some(used), Some(emergency)) => used >= emergency,
        _ => used.grant.is_privileged(),
    };
    !as_strong
        && estate.entitlements_of(who).any(|e| {
            approval::was_in_force(estate, e, used.last) && e.grant.may_contain(&used.grant)
        })
}

/// The last use under an exception.
pub(crate) fn last_use<'a>(
    estate: &'a Estate,
    who: Who,
    exception: &'a Exception,
) -> Option<&'a Use> {
    uses(estate, who, exception).max_by_key(|u| (u.last, &u.id))
}

/// True when PAM bounds each use of a standing emergency account by itself.
pub(crate) fn is_bounded_by_pam(estate: &Estate, who: Who, exception: &Exception) -> bool {
    let bounded = estate
        .issuances_of(who)
        .filter(|i| approval::names(exception, &i.grant))
        .filter(|i| matches!(elevation::end(i), When::At(_)));
    let mut any = false;
    let all_inside = uses(estate, who, exception).all(|used| {
        any = true;
        elevation::around(estate, who, used).is_some()
    });
    bounded.count() > 0 && (any || estate.uses_of(who).next().is_none()) && all_inside
}

/// How many separate incidents the uses since a moment make up: uses within three days of each
/// other are one. A record that counts many uses over a longer time is several.
pub(crate) fn episodes(uses: &[&Use], since: Timestamp) -> u64 {
    let gap = SignedDuration::from_hours(72);
    let mut spans: Vec<(Timestamp, Timestamp, u64)> = uses
        .iter()
        .filter(|u| u.last >= since)
        .map(|u| (u.first.unwrap_or(u.last).max(since), u.last, u.count.unwrap_or(1)))
        .collect();
    spans.sort_unstable();
    let mut episodes = 0;
    let mut until: Option<Timestamp> = None;
    for (first, last, count) in spans {
        let joined = until.is_some_and(|until| first.duration_since(until) <= gap);
        let blocks = last.duration_since(first).as_hours() / gap.as_hours() + 1;
        let inside = count.clamp(1, u64::try_from(blocks).unwrap_or(1));
        episodes += if joined { inside - 1 } else { inside };
        until = until.max(Some(last));
    }
    episodes
}
