//! An owner from another company for whom nobody inside answers.

use crate::{
    evidence::{Estate, Identity, Status, Who},
    finding::Findings,
    policy::governance::{
        people::{self, Outsider},
        weigh::{self, Debt},
        words,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in people::answered_for(estate) {
        let owner = people::owners(estate, who).into_iter().next();
        let person = owner.and_then(|(owner, _)| estate.who(owner));
        let present = person.filter(|p| {
            !matches!(people::status(estate, *p), Status::Removed | Status::Disabled)
        });
        let outside = present
            .and_then(|p| Some((p, people::outsider(estate, p, Some(who))?)))
            .or_else(|| Some((who, people::outsider(estate, who, person)?)));
        let (Some((external, why)), Some(record)) = (outside, estate.identities_of(who).next())
        else {
            continue;
        };
        report(estate, findings, who, external, &why, record);
    }
}

fn report(
    estate: &Estate,
    findings: &mut Findings,
    who: Who,
    external: Who,
    why: &Outsider,
    record: &Identity,
) {
    let name = estate.name_of(who);
    let subject = if external == who {
        "belongs to another company".to_owned()
    } else {
        format!("is owned by '{}' from outside", estate.name_of(external))
    };
    let fault = match why {
        Outsider::ContractOver(end) => format!("whose contract ended on {}", words::day(*end)),
        Outsider::NoSponsor => "and no employee answers for it".to_owned(),
    };
    let finding = findings.report(record, name, format!("'{name}' {subject}, {fault}."));
    finding.key(estate.name_of(external));
    for proof in estate.identities_of(external) {
        finding.because(proof);
    }
    weigh::place(finding, record.location.as_ref(), name);
    weigh::whole(finding, estate, who, record, Debt::Lapsed);
    finding.weigh(
        Component::Exposure,
        crate::finding::Level::exactly(3, "somebody outside holds it").citing(record),
    );
}
