//! Access that was ordered to end and did not.

use crate::{
    evidence::{EffectResult, Estate, Grant, Recorded, Revocation, Status, TargetKind, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, plus_hours},
        elevation,
        weigh::{self, Debt},
        words,
    },
};

/// What is still there after an order.
struct Remains {
    grant: Option<Grant>,
    evidence: String,
}

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for order in &estate.revocations {
        let due = plus_hours(order.ordered_at, estate.thresholds.revocation_sla_hours);
        let Some(who) = estate.who_at(&order.subject, order.ordered_at).filter(|_| due < estate.now)
        else {
            continue;
        };
        let Some(remains) = remains(estate, who, order) else { continue };
        let name = estate.name_of(who);
        let what = remains
            .grant
            .as_ref()
            .map_or("its credential".to_owned(), words::access);
        let failed: Vec<&str> = order
            .effects
            .iter()
            .filter(|e| e.result == EffectResult::Failed)
            .map(|e| e.system.as_str())
            .collect();
        let failed = if failed.is_empty() {
            "no system reported that it took effect".to_owned()
        } else {
            format!("it failed at {}", words::list(&failed))
        };
        let message = format!(
            "'{name}' was to lose access on {} and still has {what}; {failed}.",
            words::minute(order.ordered_at),
        );
        let finding = findings.report(order, name, message);
        finding.evidence.push(remains.evidence);
        weigh::place(finding, None, name);
        match &remains.grant {
            Some(grant) => weigh::grant(finding, estate, who, grant, order, Debt::Lapsed),
            None => weigh::whole(finding, estate, who, order, Debt::Lapsed),
        }
    }
}

fn remains(estate: &Estate, who: Who, order: &Revocation) -> Option<Remains> {
    match order.target.kind {
        TargetKind::Entitlement => {
            let grant = estate.entitlement(&order.target.reference).map(|e| &e.grant);
            live_grant(estate, who, order, |found| {
                grant.is_none_or(|grant| grant.may_contain(found) || found.may_contain(grant))
            })
        }
        TargetKind::Identity => live_grant(estate, who, order, |_| true),
        TargetKind::Issuance | TargetKind::Session => {
            let issuance = estate.issuance(&order.target.reference)?;
            let reference = issuance.cred.as_ref().map_or("", |c| c.reference.as_str());
            carried(estate, order, reference).or_else(|| {
                (elevation::is_open(estate, issuance) && issuance.as_of > order.ordered_at)
                    .then(|| Remains { grant: Some(issuance.grant.clone()), evidence: issuance.id.clone() })
            })
        }
        TargetKind::Credential => carried(estate, order, &order.target.reference).or_else(|| {
            let alive = estate
                .credentials_with(&order.target.reference)
                .find(|c| c.status == Status::Active && c.as_of > order.ordered_at)?;
            Some(Remains { grant: None, evidence: alive.id.clone() })
        }),
    }
}

/// A live grant of the identity that was seen after the order, that no later approval explains and
/// that its system does not report as done.
fn live_grant(
    estate: &Estate,
    who: Who,
    order: &Revocation,
    concerns: impl Fn(&Grant) -> bool,
) -> Option<Remains> {
    let approved_again = |grant: &Grant| {
        estate.entitlements_of(who).any(|e| {
            e.id != order.target.reference
                && approval::is_in_force(estate, e)
                && e.grant.may_contain(grant)
                && (order.target.kind == TargetKind::Entitlement
                    || approval::decided_at(e).is_some_and(|at| at > order.ordered_at))
        })
    };
    let live = estate.observed_of(who).filter(|o| {
        approval::is_live(estate, o)
            && o.as_of > order.ordered_at
            && concerns(&o.grant)
            && !is_done(order, &o.grant.system)
            && !approved_again(&o.grant)
    });
    let strongest = live.max_by_key(|o| (o.grant.effective_rank(), &o.id))?;
    Some(Remains { grant: Some(strongest.grant.clone()), evidence: strongest.id().to_owned() })
}

/// A live grant that the credential to be ended still carries.
fn carried(estate: &Estate, order: &Revocation, reference: &str) -> Option<Remains> {
    let live = estate.observed_with(reference).find(|o| {
        approval::is_live(estate, o)
            && o.as_of > order.ordered_at
            && !is_done(order, &o.grant.system)
    })?;
    Some(Remains { grant: Some(live.grant.clone()), evidence: live.id.clone() })
}

/// True when the system reports that the order took effect there.
fn is_done(order: &Revocation, system: &str) -> bool {
    order.effects.iter().any(|e| e.system == system && e.result == EffectResult::Done)
}
