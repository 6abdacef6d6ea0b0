//! A comment that asks to leave a finding and lacks what makes it a decision.

use crate::{
    evidence::{Estate, ExceptionClass},
    finding::{Findings, Level},
    readers::suppression::PROBLEM,
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for exception in &estate.exceptions {
        let problem = exception.attrs.get(PROBLEM).and_then(|problem| problem.as_str());
        let (ExceptionClass::Suppression, Some(problem)) = (exception.class, problem) else {
            continue;
        };
        let place = exception.location.as_ref().and_then(|l| l.path.as_deref());
        let who = exception.owner.as_deref().or(place).unwrap_or(&exception.subject);
        let finding = findings.report(
            exception,
            who,
            format!("'{who}' asks to ignore a finding, which has no effect: {problem}."),
        );
        if let Some(location) = &exception.location {
            finding.at(location.clone());
        }
        finding
            .fix("Write `ignore[rule-slug] until=YYYY-MM-DD owner=NAME reason=WHY`, or delete it.")
            .weigh(Component::Exposure, Level::exactly(0, "a comment exposes nothing by itself"))
            .weigh(Component::Privilege, Level::exactly(0, "it gives no permission"))
            .weigh(Component::Reach, Level::exactly(0, "it stands for one finding"))
            .weigh(Component::Liveness, Level::exactly(1, "it is not in force"))
            .weigh(Component::Governance, Level::exactly(2, problem).citing(exception));
    }
}
