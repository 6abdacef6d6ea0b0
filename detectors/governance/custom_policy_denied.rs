//! What a policy of the user's own refuses.

use crate::{
    evidence::{Denied, Estate},
    finding::{Findings, Level},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for denied in &estate.denied {
        report(estate, denied, findings);
    }
}

fn report(estate: &Estate, denied: &Denied, findings: &mut Findings) {
    let identity = estate.canonical.name(&denied.subject);
    let words = denied.message.trim().trim_end_matches('.');
    let message = format!("'{identity}' is refused by policy {}: {words}.", denied.code);
    let finding = findings.report(denied, identity, message);
    let about = denied.about.as_deref().unwrap_or_default();
    finding.variant(denied.code.as_str()).key(format!("{}/{about}", denied.code));
    if let Some(location) = &denied.location {
        finding.at(location.clone());
    }
    if let Some(about) = &denied.about {
        finding.evidence.push(about.clone());
    }
    for component in Component::ALL {
        if let Some(value) = denied.levels.get(component.as_str()) {
            let value = (*value).min(component.max());
            let why = format!("policy {} states it", denied.code);
            finding.weigh(component, Level::exactly(value, why).citing(denied));
        }
    }
}
