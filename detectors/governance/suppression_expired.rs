//! A decision to leave a finding whose last day has passed.

use crate::{
    evidence::{Estate, ExceptionClass},
    finding::{Findings, Level},
    readers::suppression::{PROBLEM, UNTIL},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for exception in &estate.exceptions {
        let expired = exception.not_after.at().is_some_and(|end| end <= estate.now);
        if exception.class != ExceptionClass::Suppression
            || !expired
            || exception.attrs.contains_key(PROBLEM)
        {
            continue;
        }
        let owner = exception.owner.as_deref().unwrap_or("nobody");
        let until = exception.attrs.get(UNTIL).and_then(|until| until.as_str()).unwrap_or_default();
        let finding = findings.report(
            exception,
            owner,
            format!(
                "'{owner}' answers for leaving {} until {until}, and that day has passed.",
                exception.rules.join(", ")
            ),
        );
        if let Some(location) = &exception.location {
            finding.at(location.clone());
        }
        finding
            .weigh(Component::Exposure, Level::exactly(0, "a decision exposes nothing by itself"))
            .weigh(Component::Privilege, Level::exactly(0, "it gives no permission"))
            .weigh(Component::Reach, Level::exactly(0, "it stands for one finding"))
            .weigh(Component::Liveness, Level::exactly(1, "it is no longer in force"))
            .weigh(
                Component::Governance,
                Level::exactly(3, format!("its last day was {until}")).citing(exception),
            );
    }
}
