//! The account itself: federation providers, settings, Roles Anywhere, Access Analyzer.

use super::{
    Answer, Answers, part,
    shape::{at, date_or_null, known, tags, text},
};
use crate::evidence::{Attrs, Location, Record, Resource};
use serde_json::{Value, json};

/// Records of what the account has besides principals and credentials.
pub(super) fn records(answers: &Answers, out: &mut Vec<Record>) {
    oidc_providers(answers, out);
    saml_providers(answers, out);
    settings(answers, out);
    anywhere(answers, out);
    analyzer(answers, out);
}

/// A thing that has an ARN.
pub(super) fn resource(
    answers: &Answers,
    answer: &Answer,
    kind: &str,
    arn: &str,
    attrs: Attrs,
) -> Record {
    let mut attrs = attrs;
    attrs.insert("account".to_owned(), json!(answers.account));
    if !answer.region.is_empty() {
        attrs.insert("region".to_owned(), json!(answer.region));
    }
    Resource {
        id: format!("resource:aws:{arn}"),
        src: answers.src(&part(&answer.operation, &answer.about, &answer.region)),
        as_of: answer.at,
        kind: kind.to_owned(),
        subject: format!("aws:{arn}"),
        location: Some(Location::logical(arn)),
        attrs,
        ..Resource::default()
    }
    .into()
}

fn oidc_providers(answers: &Answers, out: &mut Vec<Record>) {
    let list = "iam:ListOpenIDConnectProviders";
    for (listed, provider) in answers.items(list, "OpenIDConnectProviderList") {
        let Some(arn) = text(provider, "Arn") else { continue };
        let detail = answers.of("iam:GetOpenIDConnectProvider").find(|a| a.about == arn);
        let (answer, body) = detail.map_or((listed, &Value::Null), |a| (a, &a.body));
        let list = |key: &str| body.get(key).cloned().unwrap_or_default();
        let attrs = known([
            ("url", json!(text(body, "Url"))),
            ("audiences", list("ClientIDList")),
            ("thumbprints", list("ThumbprintList")),
            ("created", json!(at(body, "CreateDate"))),
            ("tags", tags(body)),
        ]);
        out.push(resource(answers, answer, "aws-oidc-provider", arn, attrs));
    }
}

fn saml_providers(answers: &Answers, out: &mut Vec<Record>) {
    for (answer, provider) in answers.items("iam:ListSAMLProviders", "SAMLProviderList") {
        let Some(arn) = text(provider, "Arn") else { continue };
        let attrs = known([
            ("created", json!(at(provider, "CreateDate"))),
            ("valid_until", json!(at(provider, "ValidUntil"))),
        ]);
        out.push(resource(answers, answer, "aws-saml-provider", arn, attrs));
    }
}

/// The account summary and the password policy; `password_policy` is null where there is none.
fn settings(answers: &Answers, out: &mut Vec<Record>) {
    let summary = answers.of("iam:GetAccountSummary").next();
    let policy = answers.of("iam:GetAccountPasswordPolicy").next();
    let Some(answer) = summary.or(policy) else { return };
    let mut attrs = known([
        ("account", json!(answers.account)),
        ("summary", summary.map(|a| a.body["SummaryMap"].clone()).unwrap_or_default()),
    ]);
    if let Some(policy) = policy {
        attrs.insert("password_policy".to_owned(), policy.body["PasswordPolicy"].clone());
    }
    out.push(
        Resource {
            id: format!("resource:aws-account-settings:{}", answers.account),
            src: answers.src(&answer.operation),
            as_of: answer.at,
            kind: "aws-account-settings".to_owned(),
            subject: format!("aws-account-settings:{}", answers.account),
            attrs,
            ..Resource::default()
        }
        .into(),
    );
}

/// IAM Roles Anywhere: who holds a certificate of a trust anchor gets the roles of a profile.
fn anywhere(answers: &Answers, out: &mut Vec<Record>) {
    for (answer, anchor) in answers.items("rolesanywhere:ListTrustAnchors", "trustAnchors") {
        let Some(arn) = text(anchor, "trustAnchorArn") else { continue };
        let source = &anchor["source"];
        let attrs = known([
            ("name", json!(text(anchor, "name"))),
            ("enabled", anchor["enabled"].clone()),
            ("source", json!(text(source, "sourceType"))),
            ("private_ca", json!(text(&source["sourceData"], "acmPcaArn"))),
            ("created", json!(at(anchor, "createdAt"))),
            ("updated", json!(at(anchor, "updatedAt"))),
        ]);
        out.push(resource(answers, answer, "aws-trust-anchor", arn, attrs));
    }
    for (answer, profile) in answers.items("rolesanywhere:ListProfiles", "profiles") {
        let Some(arn) = text(profile, "profileArn") else { continue };
        let attrs = known([
            ("name", json!(text(profile, "name"))),
            ("enabled", profile["enabled"].clone()),
            ("roles", profile["roleArns"].clone()),
            ("session_policies", profile["managedPolicyArns"].clone()),
            ("session_policy", json!(text(profile, "sessionPolicy"))),
            ("accepts_session_name", profile["acceptRoleSessionName"].clone()),
            ("duration_seconds", profile["durationSeconds"].clone()),
            ("created", json!(at(profile, "createdAt"))),
        ]);
        out.push(resource(answers, answer, "aws-rolesanywhere-profile", arn, attrs));
    }
}

/// What IAM Access Analyzer found and nobody archived.
fn analyzer(answers: &Answers, out: &mut Vec<Record>) {
    for (answer, analyzer) in answers.items("access-analyzer:ListAnalyzers", "analyzers") {
        let Some(arn) = text(analyzer, "arn") else { continue };
        let mut attrs = known([
            ("type", json!(text(analyzer, "type"))),
            ("status", json!(text(analyzer, "status"))),
            ("created", json!(at(analyzer, "createdAt"))),
        ]);
        attrs.insert("last_analysed".to_owned(), date_or_null(analyzer, "lastResourceAnalyzedAt"));
        out.push(resource(answers, answer, "aws-analyzer", arn, attrs));
    }
    for (answer, finding) in answers.items("access-analyzer:ListFindingsV2", "findings") {
        let Some(id) = text(finding, "id") else { continue };
        let name = format!("{}/finding/{id}", answer.about);
        let attrs = known([
            ("type", json!(text(finding, "findingType"))),
            ("resource", json!(text(finding, "resource"))),
            ("resource_type", json!(text(finding, "resourceType"))),
            ("resource_account", json!(text(finding, "resourceOwnerAccount"))),
            ("created", json!(at(finding, "createdAt"))),
            ("updated", json!(at(finding, "updatedAt"))),
        ]);
        out.push(resource(answers, answer, "aws-analyzer-finding", &name, attrs));
    }
}
