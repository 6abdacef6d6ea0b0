//! A role that accepts tokens of a shared issuer for more subjects than one project has.

use crate::{
    evidence::{Estate, Trust},
    finding::{Findings, Level},
    policy::{
        aws::{
            perimeter::keeps_tokens_out,
            trust_text::{target_name, update_trust},
            weight,
        },
        oidc::{Breadth, breadth},
    },
};
use overstay_rules::Component;

/// The exposure of a trust that every tenant of the issuer can use.
const EVERYBODY: u8 = 4;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in estate.trusts.iter().filter(|t| t.target.starts_with("aws:") && t.mechanism == "oidc") {
        let (Some(issuer), Some(mut found)) = (&trust.issuer, breadth(trust)) else { continue };
        if found.exposure == EVERYBODY && keeps_tokens_out(estate, trust) {
            found.exposure = EVERYBODY - 1;
            found.accepts = "whatever the organisation's resource control policies leave of the tokens".to_owned();
        }
        let message = format!("Role '{}' accepts {} of {issuer}.", target_name(trust), found.accepts);
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(issuer.clone()).fix(update_trust(trust, &narrow(trust, &found)));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::exactly(found.exposure, format!("its trust accepts {}", found.accepts)).citing(trust),
        );
    }
}

fn narrow(trust: &Trust, found: &Breadth) -> String {
    let issuer = trust.issuer.as_deref().unwrap_or_default();
    format!(
        "require the audience and one subject: {{\"StringEquals\": {{\"{issuer}:aud\": \"{}\", \"{issuer}:sub\": \"{}\"}}}}",
        found.audience, found.example,
    )
}
