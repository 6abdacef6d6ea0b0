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
        let exposure = match profile(estate, &trust.target) {
            Some(name) => Level::exactly(3, format!("profile '{name}' gives it to whoever has any certificate")),
            None => Level::between(2, 3, "whoever has any certificate may assume it"),
        };
        finding.weigh(Component::Exposure, exposure.citing(trust));
    }
}

/// The name of a profile of Roles Anywhere that is in force and gives out a role.
fn profile<'a>(estate: &'a Estate, role: &str) -> Option<&'a str> {
    let arn = role.trim_start_matches("aws:");
    let profiles = estate.resources.iter().filter(|r| r.kind == "aws-rolesanywhere-profile");
    let mut gives = profiles.filter(|profile| {
        let roles = profile.attrs.get("roles").and_then(|v| v.as_array());
        profile.attrs.get("enabled").and_then(serde_json::Value::as_bool) == Some(true)
            && roles.into_iter().flatten().any(|role| role.as_str() == Some(arn))
    });
    gives.next()?.attrs.get("name")?.as_str()
}
