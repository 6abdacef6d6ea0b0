//! A role's trust document, as trust records.

use crate::{
    evidence::{ClaimCondition, Location, MatchKind, Src, Trust},
    policy::aws::{Condition, Document, Effect, Operator, Statement, account_of, is_account},
};
use jiff::Timestamp;
use serde_json::json;

/// One record per statement and kind of principal. Denials and `NotPrincipal` stay with the
/// evaluator, which has the whole document.
pub(crate) fn trusts(
    role: &str,
    document: &Document,
    location: &Location,
    src: &Src,
    as_of: Timestamp,
) -> Vec<Trust> {
    let mut found = Vec::new();
    for (index, statement) in document.statements.iter().enumerate() {
        let Some(principals) = &statement.principals else { continue };
        if statement.effect != Effect::Allow || principals.negated {
            continue;
        }
        let base = |kind: &str, mechanism: &str| Trust {
            id: format!("trust:aws:{role}#{index}/{kind}"),
            src: src.clone(),
            as_of,
            target: format!("aws:{role}"),
            mechanism: mechanism.to_owned(),
            location: Some(location.clone()),
            attrs: facts(index, statement),
            ..Trust::default()
        };
        if !principals.aws.is_empty() {
            let names = principals.aws.iter().map(|p| principal_name(p)).collect();
            found.push(Trust { principals: names, ..base("aws", "aws") });
        }
        if !principals.services.is_empty() {
            let names = principals.services.iter().map(|s| format!("aws-service:{s}")).collect();
            found.push(Trust { principals: names, ..base("service", "service") });
        }
        for provider in &principals.federated {
            found.push(federated(provider, statement, base(provider, mechanism(provider))));
        }
    }
    found
}

fn facts(index: usize, statement: &Statement) -> crate::evidence::Attrs {
    let conditions: Vec<_> = statement
        .conditions
        .iter()
        .map(|c| json!({"operator": c.written, "key": c.key, "values": c.values}))
        .collect();
    let actions: Vec<&str> = statement.actions.patterns.iter().map(|p| p.text()).collect();
    [
        ("statement".to_owned(), json!(index)),
        ("actions".to_owned(), json!(actions)),
        ("conditions".to_owned(), json!(conditions)),
    ]
    .into()
}

/// `aws:ARN`, `aws-account:ID`, `aws-id:AROA…` or `*`.
fn principal_name(name: &str) -> String {
    match account_of(name) {
        Some(account) if is_account(name) => format!("aws-account:{account}"),
        _ if name == "*" => name.to_owned(),
        _ if name.starts_with("arn:") => format!("aws:{name}"),
        _ => format!("aws-id:{name}"),
    }
}

fn mechanism(provider: &str) -> &'static str {
    if provider.contains(":saml-provider/") { "saml" } else { "oidc" }
}

/// The issuer of an OIDC provider's ARN, without `https://`; a well-known host is its own name.
fn issuer(provider: &str) -> &str {
    provider.split_once(":oidc-provider/").map_or(provider, |(_, issuer)| issuer)
}

fn federated(provider: &str, statement: &Statement, trust: Trust) -> Trust {
    let issuer = match issuer(provider) {
        // A provider that another module defines: its name stands in the keys of the conditions.
        unknown if unknown.starts_with('<') => {
            let hosts = statement.conditions.iter().filter_map(|c| c.key.rsplit_once(':'));
            let mut claimed =
                hosts.filter(|(host, claim)| host.contains('.') && matches!(*claim, "sub" | "aud"));
            claimed.next().map_or(unknown, |(host, _)| host)
        }
        known => known,
    };
    let mut trust = Trust { issuer: Some(issuer.to_owned()), ..trust };
    for condition in &statement.conditions {
        let Some((scope, claim)) = condition.lower_key().rsplit_once(':') else { continue };
        if scope != issuer.to_lowercase() && scope != "saml" {
            continue;
        }
        let Some(how) = comparison(condition) else { continue };
        if claim == "aud" && how == MatchKind::Equals {
            trust.audiences.extend(condition.values.iter().cloned());
        } else {
            let patterns = condition.values.clone();
            trust.conditions.push(ClaimCondition { claim: claim.to_owned(), how, patterns });
        }
    }
    trust
}

/// How a condition narrows a claim; `None` when it does not (negated, or passes without the claim).
fn comparison(condition: &Condition) -> Option<MatchKind> {
    if condition.passes_without_key() {
        return None;
    }
    match condition.operator()? {
        Operator::StringEquals(false) | Operator::StringEqualsIgnoreCase(false) => {
            Some(MatchKind::Equals)
        }
        Operator::StringLike(false) | Operator::ArnLike(false) => Some(MatchKind::Glob),
        _ => None,
    }
}
