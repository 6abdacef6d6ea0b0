//! A standing privilege that nobody used for a quarter.

use crate::{
    evidence::{Estate, When},
    finding::{Findings, Level},
    policy::governance::{
        absence::{Gaps, idle_privileges},
        weigh::{self, Debt},
        words,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut gaps = Gaps::default();
    for (who, observed, answer) in idle_privileges(estate) {
        if let Err(missing) = answer {
            gaps.add(missing);
            continue;
        }
        let name = estate.name_of(who);
        let last = match observed.last_used {
            When::At(at) => format!("since {}", words::day(at)),
            _ => format!("since {}", words::day(estate.days_ago(estate.thresholds.unused_days))),
        };
        let message = format!(
            "'{name}' holds {} as a standing grant and did not use it {last}.",
            words::access(&observed.grant),
        );
        let finding = findings.report(observed, name, message);
        weigh::place(finding, observed.location.as_ref(), name);
        weigh::grant(finding, estate, who, &observed.grant, observed, Debt::Flawed);
        finding.weigh(Component::Liveness, Level::exactly(1, "it works and is not used").citing(observed));
    }
    gaps.report(findings, "standing privileges without a use");
}
