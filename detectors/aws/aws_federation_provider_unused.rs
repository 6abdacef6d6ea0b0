//! An identity provider that the account trusts and that no role names.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::aws::{account_of, weight::date},
};
use jiff::Timestamp;
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let young = estate.days_ago(estate.thresholds.unused_days);
    let mut trusted: Vec<&str> = Vec::new();
    for trust in estate.trusts.iter().filter(|t| t.target.starts_with("aws:")) {
        trusted.extend(trust.issuer.as_deref());
    }
    for provider in &estate.resources {
        let (saml, arn) = match (provider.kind.as_str(), provider.subject.strip_prefix("aws:")) {
            ("aws-oidc-provider", Some(arn)) => (false, arn),
            ("aws-saml-provider", Some(arn)) => (true, arn),
            _ => continue,
        };
        let name = if saml { arn } else { arn.split_once(":oidc-provider/").map_or(arn, |(_, host)| host) };
        let account = account_of(arn).unwrap_or_default();
        let Some(made) = moment(provider, "created").filter(|made| *made < young) else { continue };
        // IAM Identity Center keeps one of its own.
        if arn.contains(":saml-provider/AWSSSO_") || trusted.iter().any(|t| *t == name || *t == arn) {
            continue;
        }
        // No role that was read names it; that says something where all roles were read.
        if let Err(why) = estate.system_covers("aws", "trust", None) {
            findings.gap(
                "aws",
                format!("Whether identity providers of account {account} are still trusted could not be judged: {}.", why.why),
            );
            continue;
        }
        let what = if saml { "SAML provider" } else { "OIDC provider" };
        let message = format!(
            "{what} '{}' of account {account}, made on {}, is named by no role.",
            name.rsplit(":saml-provider/").next().unwrap_or(name),
            date(made),
        );
        let command = if saml {
            format!("aws iam delete-saml-provider --saml-provider-arn {arn}")
        } else {
            format!("aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {arn}")
        };
        let finding = findings.report(provider, provider.subject.clone(), message);
        finding.key("unused").fix(format!("When no other account's role names it: {command}"));
        finding.locations.extend(provider.location.clone());
        finding
            .weigh(Component::Exposure, Level::exactly(1, "a role that names it is all it takes").citing(provider))
            .weigh(Component::Privilege, Level::exactly(0, "no role takes its tokens").citing(provider))
            .weigh(Component::Liveness, Level::exactly(1, "nothing uses it").citing(provider))
            .weigh(Component::Governance, Level::exactly(2, "nobody took it away").citing(provider));
    }
}

fn moment(provider: &Resource, name: &str) -> Option<Timestamp> {
    provider.attrs.get(name)?.as_str()?.parse().ok()
}
