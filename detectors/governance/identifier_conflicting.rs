//! A name with two immutable ids, or one that was given out again.

use crate::{
    evidence::{Estate, Identity},
    finding::Findings,
    policy::governance::{
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for conflict in estate.canonical.conflicts() {
        let Some(record) = identity(estate, &conflict.evidence) else { continue };
        let message = format!(
            "'{}' stands for two different identities, {} and {}.",
            conflict.name, conflict.left, conflict.right,
        );
        report(estate, findings, record, &conflict.name, message);
    }
    for reuse in estate.canonical.reuses() {
        let Some(record) = identity(estate, &reuse.after) else { continue };
        let message = format!(
            "'{}' was deleted and given to another identity on {}.",
            reuse.name,
            words::day(reuse.since),
        );
        report(estate, findings, record, &reuse.name, message);
    }
}

fn report(estate: &Estate, findings: &mut Findings, record: &Identity, name: &str, message: String) {
    let canonical = estate.canonical.name(name).to_owned();
    let finding = findings.report(record, canonical, message);
    finding.key(name);
    weigh::place(finding, record.location.as_ref(), name);
    if let Some(who) = estate.who(name) {
        weigh::whole(finding, estate, who, record, Debt::Flawed);
    }
}

fn identity<'a>(estate: &'a Estate, id: &str) -> Option<&'a Identity> {
    let at = estate.identities.partition_point(|r| r.id.as_str() < id);
    estate.identities.get(at).filter(|r| r.id == id)
}
