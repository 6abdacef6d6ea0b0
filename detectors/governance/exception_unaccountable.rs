//! An exception without owner, approver or reason.

use crate::{
    evidence::{Estate, ExceptionClass},
    finding::Findings,
    policy::governance::{
        weigh::{self, Debt},
        words::{self, blank},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    // A suppression is judged by the rules about suppressions.
    let exceptions = estate.exceptions.iter().filter(|x| x.class != ExceptionClass::Suppression);
    for exception in exceptions {
        let missing: Vec<&str> = [
            ("owner", &exception.owner),
            ("approver", &exception.approved_by),
            ("reason", &exception.reason),
        ]
        .into_iter()
        .filter(|(_, value)| blank(value.as_deref()))
        .map(|(name, _)| name)
        .collect();
        let Some(who) = estate.who(&exception.subject).filter(|_| !missing.is_empty()) else {
            continue;
        };
        let name = estate.name_of(who);
        let message =
            format!("'{name}' has exception {} without {}.", exception.id, words::list(&missing));
        let finding = findings.report(exception, name, message);
        weigh::place(finding, None, name);
        match &exception.grant {
            Some(grant) => weigh::grant(finding, estate, who, grant, exception, Debt::Flawed),
            None => weigh::whole(finding, estate, who, exception, Debt::Flawed),
        }
    }
}
