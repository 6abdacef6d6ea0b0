//! An identity that is gone from the directory and whose access still works.

use crate::{
    clocks::Clocks,
    evidence::{Estate, Identity, Location, Observed, Status, Who},
    finding::Findings,
    policy::governance::{
        approval,
        elevation, people,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody() {
        let Some(record) = people::closed(estate, who) else { continue };
        let name = estate.name_of(who);
        let state = if record.status == Status::Removed { "removed" } else { "disabled" };
        let since = record.status_at.map_or(String::new(), |at| format!(" on {}", words::day(at)));
        let live: Vec<&Observed> =
            estate.observed_of(who).filter(|o| still_works(estate, record, o)).collect();
        let what = live.iter().max_by_key(|o| (o.grant.effective_rank(), &o.id));
        if let Some(first) = what {
            let more = match live.len() - 1 {
                0 => String::new(),
                n => format!(" and {}", words::count(n, "other grant")),
            };
            let message = format!(
                "'{name}' was {state}{since} and still holds {}{more}. Clocks: {}.",
                words::access(&first.grant),
                Clocks::of(estate, who, &first.grant),
            );
            let finding = findings.report(record, name, message);
            finding.key("");
            weigh::place(finding, first.location.as_ref().or(record.location.as_ref()), name);
            weigh::whole(finding, estate, who, record, Debt::Lapsed);
            for observed in &live {
                finding.because(*observed);
            }
            for observed in live.iter().take(20) {
                let place = Location::logical(&observed.grant.resource);
                finding.related(place, format!("Still grants {}.", words::access(&observed.grant)));
            }
        } else if let Some((kind, proof)) = working_credential(estate, who, record) {
            let message =
                format!("'{name}' was {state}{since} and its {kind} still works.");
            let finding = findings.report(record, name, message);
            finding.key("");
            finding.evidence.push(proof);
            weigh::place(finding, record.location.as_ref(), name);
            weigh::whole(finding, estate, who, record, Debt::Lapsed);
        }
    }
}

/// True for a grant that its system still honours. A system that has itself switched the identity
/// off answers no, however healthy the token looks.
fn still_works(estate: &Estate, closed: &Identity, observed: &Observed) -> bool {
    let refuses = closed.status == Status::Disabled
        && (closed.src.system == observed.grant.system || closed.src.system == observed.src.system);
    approval::is_live(estate, observed) && !refuses
}

/// A credential or an open elevation of the identity that its own system has not switched off.
fn working_credential(estate: &Estate, who: Who, closed: &Identity) -> Option<(String, String)> {
    let elsewhere = |system: &str| closed.status == Status::Removed || closed.src.system != system;
    let credential = estate.credentials_of(who).find(|c| {
        c.status == Status::Active
            && !c.expires_at.is_past(estate.now)
            && c.src.system != closed.src.system
    });
    if let Some(c) = credential {
        return Some((c.kind.clone(), c.id.clone()));
    }
    let open = estate.issuances_of(who).find(|i| {
        elevation::is_open(estate, i)
            && elevation::end(i).at().is_some_and(|end| end > estate.now)
            && elsewhere(&i.grant.system)
    })?;
    Some(("open elevation".to_owned(), open.id.clone()))
}
