//! A principal that may use services which it never used.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::aws::{
        Kind, Principal, Truth,
        weight::{date, identity, is_ours_to_judge, noun, privilege, weigh},
    },
};
use jiff::Timestamp;
use overstay_rules::Component;

/// Fewer are not worth a change.
const FEWEST: usize = 3;

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let view = estate.aws();
    let since = estate.days_ago(estate.thresholds.unused_days);
    for told in estate.resources.iter().filter(|r| r.kind == "aws-last-accessed") {
        let Some(arn) = told.attrs.get("principal").and_then(|v| v.as_str()) else { continue };
        let Some(index) = view.find(arn.trim_start_matches("aws:")) else { continue };
        let Some(principal) = view.principals.get(index) else { continue };
        let record = identity(estate, principal);
        // Something younger than the period has had no time to use what it may.
        let young = record.created_at.is_none_or(|made| made >= since);
        if young || principal.kind == Kind::Group || !is_ours_to_judge(estate, principal) {
            continue;
        }
        let (used, unused) = split(told, since);
        // What is not used at all has a rule of its own; so has an administrator.
        if used.is_empty() || unused.len() < FEWEST || view.is_administrator(estate, principal) != Truth::No {
            continue;
        }
        report(estate, principal, told, (&used, &unused), findings);
    }
}

/// The services used since a moment, and those not.
fn split(told: &Resource, since: Timestamp) -> (Vec<&str>, Vec<&str>) {
    let services = told.attrs.get("services").and_then(|v| v.as_object());
    let recent = |value: &serde_json::Value| {
        value.as_str().and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| at >= since)
    };
    let names = services.into_iter().flatten().map(|(name, at)| (name.as_str(), recent(at)));
    let (used, unused): (Vec<_>, Vec<_>) = names.partition(|(_, recent)| *recent);
    (used.into_iter().map(|(name, _)| name).collect(), unused.into_iter().map(|(name, _)| name).collect())
}

fn report(
    estate: &Estate,
    principal: &Principal,
    told: &Resource,
    (used, unused): (&[&str], &[&str]),
    findings: &mut Findings,
) {
    const NAMED: usize = 5;
    let record = identity(estate, principal);
    let more = match unused.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let since = estate.days_ago(estate.thresholds.unused_days);
    let message = format!(
        "{} '{}' of {} may use {} services and used {} of them since {}. Not used: {}{more}.",
        noun(principal),
        principal.name(),
        principal.account_in_words(),
        used.len() + unused.len(),
        used.len(),
        date(since),
        unused.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "),
    );
    let finding = findings.report(record, principal.subject(), message);
    finding.key("unused-permissions").because(told).fix(right_sized(told, used));
    finding.locations.extend(record.location.clone());
    weigh(finding, estate, principal);
    finding.weigh(Component::Privilege, privilege(estate, principal).citing(record));
    let debt = Level::between(2, 3, "it was given more than it uses");
    finding.weigh(Component::Governance, debt.citing(told));
}

/// A policy of what was used: by action where AWS tells, else by service.
fn right_sized(told: &Resource, used: &[&str]) -> String {
    let actions = told.attrs.get("actions").and_then(|v| v.as_object());
    let mut allowed: Vec<String> = Vec::new();
    for service in used {
        let prefix = format!("{service}:");
        let known: Vec<String> = actions
            .into_iter()
            .flatten()
            .filter(|(name, at)| name.starts_with(&prefix) && !at.is_null())
            .map(|(name, _)| name.clone())
            .collect();
        if known.is_empty() {
            allowed.push(format!("{service}:*"));
        }
        allowed.extend(known);
    }
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]});
    format!(
        "What it used, as a policy; name its resources, and check what runs once a year, before it replaces the others:\n{policy}"
    )
}
