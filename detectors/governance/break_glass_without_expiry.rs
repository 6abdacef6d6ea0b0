//! Emergency access without an end.

use crate::{
    evidence::{Estate, When},
    finding::Findings,
    policy::governance::{
        breakglass,
        weigh::{self, Debt},
        words,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for (who, exception) in breakglass::exceptions(estate) {
        if exception.not_after == When::Unknown {
            findings.gap(
                &exception.src.system,
                format!("Whether emergency access {} ends could not be judged: its record does not say.", exception.id),
            );
        }
        if exception.not_after != When::Never || breakglass::is_bounded_by_pam(estate, who, exception) {
            continue;
        }
        let name = estate.name_of(who);
        let what = exception.grant.as_ref().map_or("everything it may do".to_owned(), words::access);
        let message = format!("'{name}' has emergency access to {what} that never ends.");
        let finding = findings.report(exception, name, message);
        weigh::place(finding, None, name);
        match &exception.grant {
            Some(grant) => weigh::grant(finding, estate, who, grant, exception, Debt::Lapsed),
            None => weigh::whole(finding, estate, who, exception, Debt::Lapsed),
        }
    }
}
