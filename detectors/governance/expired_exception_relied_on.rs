//! An exception that is over and that access still rests on.

use crate::{
    evidence::{Estate, Exception, ExceptionClass, Recorded, Status, When, Who},
    finding::Findings,
    policy::governance::{
        approval::{self, Basis},
        elevation,
        weigh::{self, Debt},
        words,
    },
};
use jiff::Timestamp;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    // A suppression is judged by the rules about suppressions.
    let exceptions = estate.exceptions.iter().filter(|x| x.class != ExceptionClass::Suppression);
    for exception in exceptions {
        let When::At(ended) = exception.not_after else { continue };
        let Some(who) = estate.who(&exception.subject).filter(|_| ended < estate.now) else {
            continue;
        };
        let Some(proof) = relied_on(estate, who, exception, ended) else { continue };
        if is_renewed(estate, who, exception) {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' still relies on exception {}, which ended on {}: {}.",
            exception.id,
            words::day(ended),
            proof.what,
        );
        let finding = findings.report(exception, name, message);
        finding.evidence.push(proof.record);
        weigh::place(finding, None, name);
        match &exception.grant {
            Some(grant) => weigh::grant(finding, estate, who, grant, exception, Debt::Lapsed),
            None => weigh::whole(finding, estate, who, exception, Debt::Lapsed),
        }
    }
}

/// What shows that an ended exception is still lived by.
struct Proof {
    what: String,
    record: String,
}

fn relied_on(estate: &Estate, who: Who, exception: &Exception, ended: Timestamp) -> Option<Proof> {
    let grants = || {
        estate
            .observed_of(who)
            .filter(|o| approval::is_live(estate, o) && approval::names(exception, &o.grant))
    };
    let held = |o: &crate::evidence::Observed| Proof {
        what: format!("it holds {}", words::access(&o.grant)),
        record: o.id().to_owned(),
    };
    if exception.class == ExceptionClass::BreakGlass {
        let used = used_after(estate, who, exception, ended);
        let resting = grants().find(|o| Basis::of(estate, who, o).rests_on_lapsed(exception));
        return resting.map(held).or(used);
    }
    // A deviation that somebody accepted for a time: whatever it was accepted for is still there.
    if let Some(grant) = grants().next() {
        return Some(held(grant));
    }
    let secret = estate.credentials_of(who).find(|c| {
        exception.class == ExceptionClass::StaticSecret
            && c.status == Status::Active
            && !c.expires_at.is_past(estate.now)
    })?;
    Some(Proof { what: format!("its {} still works", secret.kind), record: secret.id.clone() })
}

/// A use of the emergency access after its end that no approval, elevation or other exception allowed.
fn used_after(estate: &Estate, who: Who, exception: &Exception, ended: Timestamp) -> Option<Proof> {
    let late = ended.saturating_add(elevation::skew(estate)).unwrap_or(ended);
    let used = estate.uses_of(who).find(|u| {
        let allowed = estate.entitlements_of(who).any(|e| {
            approval::was_in_force(estate, e, u.last) && e.grant.may_contain(&u.grant)
        });
        let elsewhere = estate.exceptions_of(who).any(|x| {
            x.id != exception.id
                && approval::names(x, &u.grant)
                && approval::allows(estate, x, u.last)
        });
        u.last > late
            && approval::names(exception, &u.grant)
            && !allowed
            && !elsewhere
            && elevation::around(estate, who, u).is_none()
    })?;
    Some(Proof {
        what: format!("it used {} on {}", words::access(&used.grant), words::minute(used.last)),
        record: used.id.clone(),
    })
}

/// True when a later exception of the same kind took its place, or is asked for.
fn is_renewed(estate: &Estate, who: Who, exception: &Exception) -> bool {
    estate.exceptions_of(who).any(|x| {
        let covers = match (&x.grant, &exception.grant) {
            (Some(new), Some(old)) => new.may_contain(old),
            (None, _) => true,
            (Some(_), None) => false,
        };
        x.id != exception.id
            && x.class == exception.class
            && covers
            && !x.not_after.is_past(estate.now)
    })
}
