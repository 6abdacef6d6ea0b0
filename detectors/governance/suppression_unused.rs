//! A decision to leave a finding that no longer exists. Triage knows which ones matched nothing
//! and runs this rule over them.

use crate::{
    evidence::{Estate, ExceptionClass},
    finding::{Findings, Level},
    readers::suppression::{MATCHED, PROBLEM},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for exception in &estate.exceptions {
        let in_force = exception.not_after.at().is_some_and(|end| end > estate.now);
        let matched = exception.attrs.get(MATCHED).and_then(|matched| matched.as_u64());
        if exception.class != ExceptionClass::Suppression
            || exception.attrs.contains_key(PROBLEM)
            || !in_force
            || matched != Some(0)
        {
            continue;
        }
        let owner = exception.owner.as_deref().unwrap_or("nobody");
        let what = match exception.rules.join(", ") {
            none if none.is_empty() => exception.subject.clone(),
            rules => rules,
        };
        let finding = findings.report(
            exception,
            owner,
            format!("'{owner}' answers for leaving {what}, and the scan finds no such thing."),
        );
        if let Some(location) = &exception.location {
            finding.at(location.clone());
        }
        finding
            .fix("Delete the exception, so that the same finding is seen when it comes back.")
            .weigh(Component::Exposure, Level::exactly(0, "a decision exposes nothing by itself"))
            .weigh(Component::Privilege, Level::exactly(0, "it gives no permission"))
            .weigh(Component::Reach, Level::exactly(0, "it stands for one finding"))
            .weigh(Component::Liveness, Level::exactly(0, "nothing it stands for exists"))
            .weigh(
                Component::Governance,
                Level::exactly(0, "it has an owner and a last day").citing(exception),
            );
    }
}
