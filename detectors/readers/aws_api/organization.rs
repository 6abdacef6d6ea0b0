//! The organisation: accounts and where they hang in the tree, service and resource control
//! policies, delegated administrators.

use super::{
    Answers,
    shape::{at, known, text},
};
use crate::evidence::{Attrs, Location, Policy, Record, Resource};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `aws-organization` and `aws-account` resources, `aws-scp` and `aws-rcp` policies.
pub(super) fn records(answers: &Answers, out: &mut Vec<Record>) {
    let described = answers.of("organizations:DescribeOrganization").next();
    let Some((answer, organisation)) =
        described.and_then(|a| Some((a, a.body.get("Organization")?)))
    else {
        return;
    };
    let Some(id) = text(organisation, "Id") else { return };
    let management = text(organisation, "MasterAccountId").unwrap_or_default();
    let delegated = delegated(answers);
    let features = answers.of("iam:ListOrganizationsFeatures").next();
    out.push(
        Resource {
            id: format!("resource:aws-organization:{id}"),
            src: answers.src(&answer.operation),
            as_of: answer.at,
            kind: "aws-organization".to_owned(),
            subject: format!("aws-organization:{id}"),
            attrs: known([
                ("management", json!(management)),
                ("features", json!(text(organisation, "FeatureSet"))),
                (
                    "root_access",
                    features.map(|a| a.body["EnabledFeatures"].clone()).unwrap_or_default(),
                ),
            ]),
            ..Resource::default()
        }
        .into(),
    );
    let parents = parents(answers);
    for (answer, account) in answers.items("organizations:ListAccounts", "Accounts") {
        let Some(number) = text(account, "Id") else { continue };
        let mut attrs: Attrs = known([
            ("organisation", json!(id)),
            ("parents", json!(path(&parents, number))),
            ("name", json!(text(account, "Name"))),
            ("email", json!(text(account, "Email"))),
            ("state", json!(text(account, "State").or_else(|| text(account, "Status")))),
            ("joined", json!(at(account, "JoinedTimestamp"))),
            ("joined_by", json!(text(account, "JoinedMethod"))),
            ("delegated_services", json!(delegated.get(number).cloned().unwrap_or_default())),
        ]);
        attrs.insert("management".to_owned(), json!(number == management));
        out.push(
            Resource {
                id: format!("resource:aws-account:{number}"),
                src: answers.src(&answer.operation),
                as_of: answer.at,
                kind: "aws-account".to_owned(),
                subject: format!("aws-account:{number}"),
                location: text(account, "Arn").map(Location::logical),
                attrs,
                ..Resource::default()
            }
            .into(),
        );
    }
    policies(answers, out);
}

/// The services that each account administers for the whole organisation.
fn delegated(answers: &Answers) -> BTreeMap<String, Vec<String>> {
    let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let list = "organizations:ListDelegatedServicesForAccount";
    for (answer, service) in answers.items(list, "DelegatedServices") {
        if let Some(name) = text(service, "ServicePrincipal") {
            services.entry(answer.about.clone()).or_default().push(name.to_owned());
        }
    }
    services
}

/// Child to parent, as canonical names of nodes.
fn parents(answers: &Answers) -> BTreeMap<String, String> {
    let mut parents = BTreeMap::new();
    for (list, key) in [
        ("organizations:ListOrganizationalUnitsForParent", "OrganizationalUnits"),
        ("organizations:ListAccountsForParent", "Accounts"),
    ] {
        for (answer, child) in answers.items(list, key) {
            if let Some(id) = text(child, "Id") {
                parents.insert(node(id), node(&answer.about));
            }
        }
    }
    parents
}

/// The canonical name of a root, a unit or an account.
fn node(id: &str) -> String {
    match id.split_once('-').map(|(kind, _)| kind) {
        Some("r") => format!("aws-root:{id}"),
        Some("ou") => format!("aws-ou:{id}"),
        _ => format!("aws-account:{id}"),
    }
}

/// The nodes above an account, the root first.
fn path(parents: &BTreeMap<String, String>, account: &str) -> Vec<String> {
    /// An organisation nests five units deep (Organizations quotas); a cycle ends here.
    const DEEPEST: usize = 16;
    let mut path = Vec::new();
    let mut at = node(account);
    while let Some(parent) = parents.get(&at).filter(|_| path.len() < DEEPEST) {
        path.push(parent.clone());
        at = parent.clone();
    }
    path.reverse();
    path
}

fn policies(answers: &Answers, out: &mut Vec<Record>) {
    for answer in answers.of("organizations:DescribePolicy") {
        let Some(policy) = answer.body.get("Policy") else { continue };
        let summary = &policy["PolicySummary"];
        let (Some(id), Some(content)) = (text(summary, "Id"), text(policy, "Content")) else {
            continue;
        };
        let language = match text(summary, "Type") {
            Some("SERVICE_CONTROL_POLICY") => "aws-scp",
            Some("RESOURCE_CONTROL_POLICY") => "aws-rcp",
            _ => continue,
        };
        let targets = answers
            .items("organizations:ListTargetsForPolicy", "Targets")
            .filter(|(answer, _)| answer.about == id)
            .filter_map(|(_, target)| text(target, "TargetId").map(node));
        let mut attached_to: Vec<String> = targets.collect();
        attached_to.sort();
        let managed = summary.get("AwsManaged").and_then(Value::as_bool).unwrap_or(false);
        out.push(
            Policy {
                id: format!("policy:{language}:{id}"),
                src: answers.src(&answer.operation),
                as_of: answer.at,
                language: language.to_owned(),
                subject: format!("{language}:{id}"),
                document: content.to_owned(),
                attached_to,
                location: text(summary, "Arn").map(Location::logical),
                attrs: known([
                    ("name", json!(text(summary, "Name"))),
                    ("aws_managed", json!(managed)),
                ]),
                ..Policy::default()
            }
            .into(),
        );
    }
}
