//! An approval that has ended while the access it allowed goes on.

use crate::{
    clocks::Clocks,
    evidence::Estate,
    finding::Findings,
    policy::governance::{
        approval::{self, Basis},
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (who, observed) in estate.grants().filter(|(_, o)| approval::is_live(estate, o)) {
        let Some(ended) = Basis::of(estate, who, observed).lapsed() else { continue };
        let name = estate.name_of(who);
        let when = approval::end(ended)
            .at()
            .map_or("was taken back".to_owned(), |at| format!("ended on {}", words::day(at)));
        let clocks = Clocks::of(estate, who, &observed.grant);
        let message = format!(
            "'{name}' still holds {} although its approval {} {when}. Clocks: {clocks}.",
            words::access(&observed.grant),
            ended.id,
        );
        let finding = findings.report(observed, name, message);
        finding.because(ended);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Lapsed);
    }
}
