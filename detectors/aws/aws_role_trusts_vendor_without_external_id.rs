//! A role that another company may assume, with nothing that ties a request to us.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{
        perimeter::keeps_out,
        trust_text::{condition_keys, names_outsiders_out, target_name, update_trust},
        vendors, weight,
    },
};
use overstay_rules::Component;
use std::collections::BTreeSet;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let view = estate.aws();
    for trust in estate.trusts.iter().filter(|t| t.target.starts_with("aws:") && t.mechanism == "aws") {
        let foreign: BTreeSet<&str> = trust
            .principals
            .iter()
            .filter_map(|p| weight::account_of_name(p))
            .filter(|account| !view.is_own_account(account) && !keeps_out(estate, trust, Some(account)))
            .collect();
        if foreign.is_empty() || names_outsiders_out(trust) {
            continue;
        }
        if condition_keys(trust).iter().any(|key| key.eq_ignore_ascii_case("sts:ExternalId")) {
            continue;
        }
        let accounts: Vec<&str> = foreign.into_iter().collect();
        let owned: Vec<String> = accounts.iter().map(|account| vendors::named(account)).collect();
        let message = format!(
            "Role '{}' can be assumed from account {} without an external id.",
            target_name(trust),
            owned.join(", "),
        );
        let finding = findings.report(trust, trust.target.clone(), message);
        finding.key(accounts.join(",")).fix(update_trust(
            trust,
            "add, with the id that the vendor gave you alone: {\"StringEquals\": {\"sts:ExternalId\": \"ID\"}}",
        ));
        finding.locations.extend(trust.location.clone());
        weight::weigh_target(finding, estate, trust);
        finding.weigh(
            Component::Exposure,
            Level::exactly(3, "another company's account may assume it").citing(trust),
        );
        // Whose account it is, the organisation would say.
        if !view.organisation().is_known() && accounts.iter().any(|account| vendors::vendor(account).is_none()) {
            findings.gap("aws", "Which accounts are ours is not known: without the organisation's list an account of ours counts as another company's.");
        }
    }
}
