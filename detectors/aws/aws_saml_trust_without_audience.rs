//! A role that takes assertions of a SAML provider made for anybody.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        trust_text::{condition_keys, require, target_name},
        weight,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in estate.trusts.iter().filter(|t| t.target.starts_with("aws:") && t.mechanism == "saml") {
        // Which audience, or which subject: either ties the assertion to us.
        let narrowed = condition_keys(trust).iter().any(|key| key.to_ascii_lowercase().starts_with("saml:"));
        let sso = trust.target.contains("/aws-reserved/sso.amazonaws.com/");
        if narrowed || sso {
            continue;
        }
        let provider = trust.issuer.as_deref().unwrap_or_default();
        let message = format!(
            "Role '{}' takes every assertion of {}, whoever it was made for.",
            target_name(trust),
            provider.rsplit('/').next().unwrap_or(provider),
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        let audience = vec!["https://signin.aws.amazon.com/saml".to_owned()];
        finding.key(provider).fix(require(trust, &[("SAML:aud".to_owned(), audience)]));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::between(1, 2, "whoever the provider knows may assume it").citing(trust),
        );
    }
}
