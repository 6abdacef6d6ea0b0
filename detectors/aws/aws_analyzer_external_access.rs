//! A secret, a key or a role that IAM Access Analyzer sees open to the outside, and that nobody looked at.

use crate::{
    evidence::{Estate, Resource},
    finding::{Findings, Level},
    policy::aws::{account_of, name_of, weight::date},
};
use jiff::Timestamp;
use overstay_rules::Component;

/// What decides about machine access, in the names of Access Analyzer's `resourceType`.
const KINDS: [(&str, &str); 3] = [
    ("AWS::SecretsManager::Secret", "Secret"),
    ("AWS::KMS::Key", "KMS key"),
    ("AWS::IAM::Role", "Role"),
];

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for found in estate.resources.iter().filter(|r| r.kind == "aws-analyzer-finding") {
        let kind = KINDS.iter().find(|(kind, _)| text(found, "resource_type") == Some(kind));
        let (Some((_, noun)), Some(arn)) = (kind, text(found, "resource")) else { continue };
        // A role whose trust was read is judged by the rules on trust.
        if text(found, "type") != Some("ExternalAccess") || estate.aws().find(arn).is_some() {
            continue;
        }
        let since = text(found, "created").and_then(|at| at.parse::<Timestamp>().ok());
        let since = since.map_or(String::new(), |at| format!(" since {}", date(at)));
        let zone = zone(estate, found);
        let message = format!(
            "{noun} '{}' of account {} can be used from outside of {zone}, and the finding of IAM Access Analyzer is open{since}.",
            name_of(arn).rsplit(':').next().unwrap_or(arn),
            text(found, "resource_account").or(account_of(arn)).unwrap_or_default(),
        );
        let finding = findings.report(found, format!("aws:{arn}"), message);
        finding.key("external-access").fix(fix(found));
        finding.locations.extend(found.location.clone());
        finding
            .weigh(Component::Exposure, Level::between(2, 4, format!("its policy admits principals outside of {zone}")).citing(found))
            .weigh(Component::Governance, Level::exactly(2, "nobody archived or resolved it").citing(found));
    }
}

fn text<'a>(found: &'a Resource, name: &str) -> Option<&'a str> {
    found.attrs.get(name).and_then(|v| v.as_str())
}

/// What the analyzer takes for the inside.
fn zone(estate: &Estate, found: &Resource) -> &'static str {
    let analyzer = found.subject.split("/finding/").next().unwrap_or_default();
    let analyzer = estate.resources.iter().find(|r| r.kind == "aws-analyzer" && r.subject == analyzer);
    match analyzer.and_then(|a| text(a, "type")) {
        Some(kind) if kind.starts_with("ORGANIZATION") => "the organisation",
        _ => "the account",
    }
}

fn fix(found: &Resource) -> String {
    let (analyzer, id) = found.subject.trim_start_matches("aws:").split_once("/finding/").unwrap_or_default();
    format!(
        "aws accessanalyzer get-finding-v2 --analyzer-arn {analyzer} --id {id}   # who is let in, by which statement\n\
         Narrow the resource's policy. Where the access is wanted, say so with an archive rule:\n\
         aws accessanalyzer update-findings --analyzer-arn {analyzer} --ids {id} --status ARCHIVED"
    )
}
