//! One machine identity that several applications use.

use crate::{
    evidence::{Estate, Status, Who},
    finding::Findings,
    policy::governance::{
        people,
        weigh::{self, Debt},
        words,
    },
};
use std::collections::BTreeSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for who in estate.everybody().filter(|who| people::is_machine(estate, *who)) {
        if people::status(estate, who) == Status::Removed {
            continue;
        }
        let Some(record) = estate.identities_of(who).next() else { continue };
        let apps = applications(estate, who);
        if families(&apps).len() < 2 {
            continue;
        }
        let name = estate.name_of(who);
        let apps: Vec<&str> = apps.into_iter().collect();
        let message = format!("'{name}' is used by the applications {}.", words::list(&apps));
        let finding = findings.report(record, name, message);
        finding.key("");
        weigh::place(finding, record.location.as_ref(), name);
        weigh::whole(finding, estate, who, record, Debt::Flawed);
    }
}

/// Every application that directories, grants, elevations and uses name.
fn applications(estate: &Estate, who: Who) -> BTreeSet<&str> {
    let listed = estate.identities_of(who).flat_map(|r| r.apps.iter().map(String::as_str));
    let granted = estate.observed_of(who).filter_map(|o| o.app.as_deref());
    let issued = estate.issuances_of(who).filter_map(|i| i.app.as_deref());
    let used = estate.uses_of(who).filter_map(|u| u.app.as_deref());
    listed.chain(granted).chain(issued).chain(used).filter(|a| !a.trim().is_empty()).collect()
}

/// The applications without their modules: `payments/api` and `payments-worker` are one.
fn families(apps: &BTreeSet<&str>) -> BTreeSet<String> {
    let family = |app: &str| {
        let end = app.find(['/', '.', ':', '-', '_']).unwrap_or(app.len());
        app[..end].to_ascii_lowercase()
    };
    apps.iter().map(|app| family(app)).collect()
}
