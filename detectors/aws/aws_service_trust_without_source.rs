//! A role that a service assumes for whoever asks it to: nothing ties the request to our account.

use crate::{
    evidence::{Estate, Trust},
    finding::{Findings, Level},
    policy::aws::{
        account_of,
        trust_text::{condition_keys, require, target_name},
        weight,
    },
};
use overstay_rules::Component;
use serde::Deserialize;
use std::sync::LazyLock;

/// Services that say for which resource and account they assume a role.
#[derive(Deserialize)]
struct Table {
    services: Vec<String>,
}

static SERVICES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let text = overstay_rules::table("aws-service-callers").unwrap_or_default();
    toml::from_str::<Table>(text).map(|table| table.services).unwrap_or_default()
});

const SOURCES: [&str; 5] =
    ["aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "sts:externalid"];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for trust in estate.trusts.iter().filter(|t| t.target.starts_with("aws:") && t.mechanism == "service") {
        if trust.target.contains("/aws-service-role/") || is_tied(trust) {
            continue;
        }
        let open: Vec<&str> = trust
            .principals
            .iter()
            .filter_map(|p| p.strip_prefix("aws-service:"))
            .filter(|service| SERVICES.iter().any(|known| known == service))
            .collect();
        if open.is_empty() {
            continue;
        }
        let message = format!(
            "Role '{}' lets {} assume it on behalf of any account.",
            target_name(trust),
            open.join(" and "),
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        let account = account_of(trust.target.trim_start_matches("aws:"));
        let account = account.filter(|account| !account.starts_with("0000")).unwrap_or("ACCOUNT");
        finding
            .key(open.join(","))
            .fix(require(trust, &[("aws:SourceAccount".to_owned(), vec![account.to_owned()])]));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::between(1, 2, "the service acts for other accounts too").citing(trust),
        );
    }
}

fn is_tied(trust: &Trust) -> bool {
    condition_keys(trust).iter().any(|key| SOURCES.contains(&key.to_ascii_lowercase().as_str()))
}
