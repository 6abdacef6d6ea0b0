//! A role for machines outside of AWS that any certificate of the authority opens.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        trust_text::{conditions, require, target_name},
        weight,
    },
};
use overstay_rules::Component;

const SERVICE: &str = "aws-service:rolesanywhere.amazonaws.com";

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in estate.trusts.iter().filter(|t| t.principals.iter().any(|p| p == SERVICE)) {
        let narrows = |operator: &str, key: &str, values: &[String]| {
            let (operator, key) = (operator.to_ascii_lowercase(), key.to_ascii_lowercase());
            let named = !operator.contains("not") && !operator.contains("ifexists") && operator != "null";
            named && key.starts_with("aws:principaltag/x509") && !values.iter().any(|v| v == "*")
        };
        if conditions(trust).any(|(operator, key, values)| narrows(operator, key, &values)) {
            continue;
        }
        let anchored = conditions(trust).any(|(_, key, _)| key.eq_ignore_ascii_case("aws:SourceArn"));
        let authority = if anchored { "its certificate authority" } else { "every certificate authority that the account trusts" };
        let message = format!(
            "Role '{}' can be assumed with any certificate of {authority}.",
            target_name(trust),
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        let mut wanted = vec![("aws:PrincipalTag/x509Subject/CN".to_owned(), vec!["NAME-OF-THE-WORKLOAD".to_owned()])];
        if !anchored {
            wanted.push((
                "aws:SourceArn".to_owned(),
                vec!["arn:aws:rolesanywhere:REGION:ACCOUNT:trust-anchor/ID".to_owned()],
            ));
        }
        finding.key("rolesanywhere").fix(require(trust, &wanted));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::between(2, 3, "whoever has any certificate may assume it").citing(trust),
        );
    }
}
