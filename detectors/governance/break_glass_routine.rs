//! Emergency access that is used as a matter of course.

use crate::{
    evidence::{Estate, Exception, Use, Who},
    finding::Findings,
    policy::governance::{
        breakglass,
        weigh::{self, Debt},
        words,
    },
};
use std::collections::BTreeMap;

/// The length of a quarter, in days.
const QUARTER_DAYS: i64 = 92;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let mut emergencies: BTreeMap<Who, (&Exception, BTreeMap<&str, &Use>)> = BTreeMap::new();
    for (who, exception) in breakglass::exceptions(estate).filter(|(_, x)| !breakglass::is_drill(x)) {
        let (_, uses) = emergencies.entry(who).or_insert_with(|| (exception, BTreeMap::new()));
        uses.extend(breakglass::uses(estate, who, exception).map(|u| (u.id.as_str(), u)));
    }
    let since = estate.days_ago(QUARTER_DAYS);
    for (who, (exception, uses)) in emergencies {
        let uses: Vec<&Use> = uses.into_values().collect();
        let episodes = breakglass::episodes(&uses, since);
        if episodes <= estate.thresholds.break_glass_per_quarter {
            continue;
        }
        let name = estate.name_of(who);
        let message = format!(
            "'{name}' used emergency access in {episodes} separate incidents since {}.",
            words::day(since),
        );
        let finding = findings.report(exception, name, message);
        finding.key("");
        for used in uses.iter().take(100) {
            finding.because(*used);
        }
        weigh::place(finding, None, name);
        weigh::whole(finding, estate, who, exception, Debt::Flawed);
    }
}
