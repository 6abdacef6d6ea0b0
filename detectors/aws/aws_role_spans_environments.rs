//! A role of one environment that another environment may assume.

use crate::{
    evidence::{Estate, Identity, Trust},
    finding::{Findings, Level},
    policy::{
        aws::{
            Kind, Principal,
            weight::{identity, is_ours_to_judge, privilege, weigh},
        },
        vault::is_production,
    },
};
use overstay_rules::Component;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let view = estate.aws();
    for principal in view.principals.iter().filter(|p| p.kind == Kind::Role) {
        if !is_ours_to_judge(estate, principal) {
            continue;
        }
        let record = identity(estate, principal);
        let callers: Vec<(&Trust, String, bool)> = view
            .trusts_of(estate, &principal.subject())
            .flat_map(|trust| callers(trust).into_iter().map(move |(name, live)| (trust, name, live)))
            .collect();
        let production = |wanted: bool| callers.iter().find(|(_, _, live)| *live == wanted);
        let (own, other) = match environment(record, principal) {
            // What tests may open what is live; the other way is how one deploys.
            Some(true) => (None, production(false)),
            Some(false) => (None, None),
            None => (production(true), production(false)),
        };
        let (Some((trust, lower, _)), true) = (other, own.is_some() || environment(record, principal) == Some(true)) else { continue };
        let message = match own {
            Some((_, upper, _)) => format!(
                "Role '{}' can be assumed by '{upper}' of production and by '{lower}' of another environment.",
                principal.name()
            ),
            None => format!(
                "Role '{}' belongs to production and can be assumed by '{lower}' of another environment.",
                principal.name()
            ),
        };
        let finding = findings.report(record, principal.subject(), message);
        finding.key("environments").because(*trust).fix(format!(
            "Give each environment a role of its own, and take '{lower}' out of this trust:\n\
             aws iam update-assume-role-policy --role-name {} --policy-document file://trust.json",
            principal.name()
        ));
        finding.locations.extend(record.location.clone());
        weigh(finding, estate, principal);
        finding
            .weigh(Component::Privilege, privilege(estate, principal).citing(record))
            .weigh(Component::Reach, Level::exactly(2, "it joins two environments").citing(*trust));
    }
}

/// Whether a role is of production: by its tag, else by its name.
fn environment(record: &Identity, principal: &Principal) -> Option<bool> {
    match record.env.as_deref() {
        Some(env) => is_production(env),
        None => is_production(principal.name()),
    }
}

/// Who may assume it and says its environment: principals by name, tokens by subject.
fn callers(trust: &Trust) -> Vec<(String, bool)> {
    let names = trust.principals.iter().filter(|p| p.starts_with("aws:"));
    let names = names.map(|p| p.rsplit('/').next().unwrap_or(p).to_owned());
    let subjects = trust
        .conditions
        .iter()
        .filter(|c| matches!(c.claim.as_str(), "sub" | "environment"))
        .flat_map(|c| &c.patterns)
        .cloned();
    names.chain(subjects).filter_map(|name| is_production(&name).map(|live| (name, live))).collect()
}
