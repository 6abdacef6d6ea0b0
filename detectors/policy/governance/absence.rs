//! Questions about absence, and which of them cannot be answered. The rules that ask them and the
//! rule that reports evidence gaps share the answers.

use super::{
    approval::{Basis, is_live},
    breakglass, elevation,
};
use crate::{
    evidence::{Estate, Exception, Issuance, Observed, Uncovered, Use, When, Who},
    finding::Findings,
};
use std::collections::BTreeMap;

/// An absence that is proven, or the coverage that would have been needed.
pub(crate) type Answer = Result<(), Uncovered>;

/// Every live grant that nothing stands behind, and whether the approvals were read completely
/// since the grant was made.
pub(crate) fn unapproved_grants(estate: &Estate) -> impl Iterator<Item = (Who, &Observed, Answer)> {
    estate
        .grants()
        .filter(|(who, o)| is_live(estate, o) && Basis::of(estate, *who, o).is_nothing())
        .map(|(who, o)| {
            (who, o, estate.covers_access("entitlement", Some(&o.grant.system), o.created_at))
        })
}

/// Every privileged use that no elevation and no emergency explains, and whether PAM was read
/// completely over it.
pub(crate) fn uses_outside_pam(estate: &Estate) -> impl Iterator<Item = (Who, &Use, Answer)> {
    estate.uses.iter().filter_map(|used| {
        let who = estate.who_at(&used.subject, used.last)?;
        let explained = !used.grant.is_privileged()
            || elevation::around(estate, who, used).is_some()
            || breakglass::covers(estate, who, &used.grant, used.last);
        let from = used.first.unwrap_or(used.last);
        (!explained).then(|| (who, used, estate.covers("issuance", Some(from))))
    })
}

/// Every elevation that rests on no approval, and whether the approvals were read completely.
pub(crate) fn unapproved_elevations(
    estate: &Estate,
) -> impl Iterator<Item = (Who, &Issuance, Answer)> {
    estate.issuances.iter().filter_map(|issuance| {
        let who = estate.who_at(&issuance.subject, issuance.issued_at)?;
        let explained = elevation::approval(estate, who, issuance).is_some()
            || breakglass::covers(estate, who, &issuance.grant, issuance.issued_at)
            || super::words::flag(&issuance.attrs, "auto_approved");
        (!explained).then(|| {
            (
                who,
                issuance,
                estate.covers_access(
                    "entitlement",
                    Some(&issuance.grant.system),
                    Some(issuance.issued_at),
                ),
            )
        })
    })
}

/// Every emergency whose use nobody reviewed in time, and whether the reviews were read.
pub(crate) fn unreviewed_emergencies(
    estate: &Estate,
) -> impl Iterator<Item = (Who, &Exception, &Use, Answer)> {
    breakglass::exceptions(estate).filter_map(|(who, x)| {
        let used = breakglass::last_use(estate, who, x).filter(|_| !breakglass::is_drill(x))?;
        let due = estate.days_ago(estate.thresholds.break_glass_review_days);
        let reviewed = x.reviewed_at.is_some_and(|at| at >= used.last);
        let answer = estate.system_covers(&x.src.system, "exception", Some(used.last));
        (!reviewed && used.last < due).then_some((who, x, used, answer))
    })
}

/// Every emergency whose use raised no alert, and whether the alerts were read.
pub(crate) fn silent_emergencies(
    estate: &Estate,
) -> impl Iterator<Item = (Who, &Exception, &Use, Answer)> {
    breakglass::exceptions(estate).filter_map(|(who, x)| {
        let used = breakglass::last_use(estate, who, x).filter(|_| !breakglass::is_drill(x))?;
        let answer = estate.system_covers(&x.src.system, "exception", Some(used.last));
        super::words::blank(x.alert_ref.as_deref()).then_some((who, x, used, answer))
    })
}

/// Every standing, approved grant that was not used for a quarter, and whether the uses were read
/// completely over it. A grant whose last use nobody knows counts only when it is privileged and
/// older than that. What exists for disasters and yearly jobs is meant to lie still.
pub(crate) fn idle_privileges(estate: &Estate) -> impl Iterator<Item = (Who, &Observed, Answer)> {
    let since = estate.days_ago(estate.thresholds.unused_days);
    estate.grants().filter_map(move |(who, o)| {
        let old = o.created_at.is_none_or(|at| at < since);
        let idle = match o.last_used {
            When::At(at) => at < since,
            When::Never => old,
            When::Unknown => o.grant.is_privileged() && o.created_at.is_some_and(|at| at < since),
        };
        let standing = o.standing == Some(true) && is_live(estate, o);
        let used = || estate.uses_of(who).any(|u| u.last >= since && o.grant.may_contain(&u.grant));
        let approved = || Basis::of(estate, who, o).approved();
        if !idle || !standing || used() {
            return None;
        }
        let reserve = approved().filter(|e| !is_reserve(e.justification.as_deref()))?;
        let kept = estate.identities_of(who).any(|r| is_reserve(r.purpose.as_deref()));
        (!kept && !reserve.id.is_empty()).then(|| (who, o, estate.covers("use", Some(since))))
    })
}

/// True for a purpose that means lying still most of the time.
fn is_reserve(text: Option<&str>) -> bool {
    super::words::says(
        text,
        &["annual", "annually", "disaster", "dr", "failover", "recovery", "standby", "yearly"],
    )
}

/// Says each missing coverage once, with how many questions it left open.
#[derive(Default)]
pub(crate) struct Gaps(BTreeMap<Uncovered, usize>);

impl Gaps {
    /// Counts one question that could not be answered.
    pub(crate) fn add(&mut self, missing: Uncovered) {
        *self.0.entry(missing).or_default() += 1;
    }

    /// Reports the gaps; `question` fits after "could not be decided for N" (`grants without …`).
    pub(crate) fn report(self, findings: &mut Findings, question: &str) {
        for (missing, count) in self.0 {
            let system = missing.system.as_deref().unwrap_or("none");
            findings
                .gap(system, format!("{count} {question} could not be judged: {}.", missing.why));
        }
    }
}
