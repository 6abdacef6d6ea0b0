//! One approval that many machine identities live on.

use crate::{
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        elevation, people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut reused: Vec<_> = elevation::consumers(estate).into_iter().collect();
    reused.sort_unstable();
    for (id, consumers) in reused {
        let Some(e) = estate.entitlement(id).filter(|_| elevation::is_fan_out(&consumers)) else {
            continue;
        };
        if consumers.iter().all(|who| people::is_broker(estate, *who)) {
            continue;
        }
        let Some(who) = estate.who(&e.subject) else { continue };
        let name = estate.name_of(who);
        let others: Vec<String> =
            consumers.iter().take(5).map(|who| format!("'{}'", estate.name_of(*who))).collect();
        let message = format!(
            "'{name}' has approval {id}, on which {} live as well: {}.",
            words::count(consumers.len(), "other identity").replace("identitys", "identities"),
            words::list(&others),
        );
        let finding = findings.report(e, name, message);
        weigh::place(finding, None, name);
        weigh::grant(finding, estate, who, &e.grant, e, Debt::Unapproved);
    }
}
