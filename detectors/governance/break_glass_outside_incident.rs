//! Emergency access without an emergency.

use crate::{
    evidence::{Estate, When},
    finding::Findings,
    policy::governance::{
        breakglass,
        weigh::{self, Debt},
        words::{self, blank},
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (who, exception) in breakglass::exceptions(estate) {
        if !blank(exception.ticket.as_deref()) {
            continue;
        }
        let used = breakglass::last_use(estate, who, exception);
        // A window that was opened is an activation, used or not; a standing account is none.
        let opened = exception.not_before.filter(|at| {
            *at <= estate.now && matches!(exception.not_after, When::At(_))
        });
        let Some(at) = used.map(|u| u.last).or(opened) else { continue };
        let name = estate.name_of(who);
        let what = exception.grant.as_ref().map_or("everything it may do".to_owned(), words::access);
        let message = format!(
            "'{name}' had emergency access to {what} on {} and no incident is on record.",
            words::minute(at),
        );
        let finding = findings.report(exception, name, message);
        if let Some(used) = used {
            finding.because(used);
        }
        weigh::place(finding, None, name);
        match &exception.grant {
            Some(grant) => weigh::grant(finding, estate, who, grant, exception, Debt::Unapproved),
            None => weigh::whole(finding, estate, who, exception, Debt::Unapproved),
        }
    }
}
