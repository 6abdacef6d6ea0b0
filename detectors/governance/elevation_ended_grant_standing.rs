//! An elevation that is over and whose grant has become a standing one.

use crate::{
    clocks::Clocks,
    evidence::{Estate, Issuance, Observed, Origin, When, Who},
    finding::Findings,
    policy::governance::{
        approval,
        elevation,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        for observed in estate.observed_of(who) {
            let standing = observed.standing == Some(true) && approval::is_live(estate, observed);
            let Some(issuance) = source(estate, who, observed).filter(|_| standing) else { continue };
            let When::At(end) = elevation::end(issuance) else { continue };
            let name = estate.name_of(who);
            let message = format!(
                "'{name}' keeps {} as a standing grant although elevation {} ended on {}. Clocks: {}.",
                words::access(&observed.grant),
                issuance.id,
                words::minute(end),
                Clocks::of(estate, who, &observed.grant),
            );
            let finding = findings.report(observed, name, message);
            finding.because(issuance);
            weigh::place(finding, observed.location.as_ref(), name);
            weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Lapsed);
        }
    }
}

/// The ended elevation that made a grant: PAM made it, or it appeared inside the elevation. A grant
/// that still carries the elevation's credential is an elevation that never ended, and a grant that
/// somebody made in another place is a grant of its own.
fn source<'a>(estate: &'a Estate, who: Who, observed: &Observed) -> Option<&'a Issuance> {
    let ended = |i: &&Issuance| !elevation::is_open(estate, i);
    let carried = |i: &Issuance| {
        i.cred.as_ref().zip(observed.cred.as_ref()).is_some_and(|(a, b)| a.reference == b.reference)
    };
    let made_by = |i: &Issuance| match observed.origin {
        Origin::Pam => true,
        _ => observed
            .created_at
            .is_some_and(|at| elevation::within(estate, at, i.issued_at, elevation::end(i))),
    };
    estate
        .issuances_of(who)
        .filter(ended)
        .filter(|i| i.grant.may_contain(&observed.grant) && !carried(i) && made_by(i))
        .max_by_key(|i| (i.issued_at, &i.id))
}
