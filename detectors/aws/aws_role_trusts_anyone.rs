//! A role that every AWS principal in the world may assume.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{perimeter::keeps_out, trust_text::{condition_keys, names_outsiders_out, target_name, update_trust}, weight},
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in &estate.trusts {
        if !trust.target.starts_with("aws:") || !trust.principals.iter().any(|p| p == "*") {
            continue;
        }
        if names_outsiders_out(trust) || keeps_out(estate, trust, None) {
            continue;
        }
        let keys = condition_keys(trust);
        let under = if keys.is_empty() {
            "without any condition".to_owned()
        } else {
            format!("with nothing but a condition on {}", keys.join(", "))
        };
        let message = format!(
            "Role '{}' can be assumed by every AWS principal of every account, {under}.",
            target_name(trust)
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key("anyone").fix(update_trust(trust, "name the principals, or require the organisation: {\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-EXAMPLE\"}}"));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        let exposure = if keys.is_empty() {
            Level::exactly(4, "its trust names every AWS principal")
        } else {
            Level::between(3, 4, "its trust names every AWS principal, under a condition")
        };
        finding.weigh(Component::Exposure, exposure.citing(trust));
    }
}
