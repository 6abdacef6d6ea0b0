//! The answers of the AWS APIs to evidence. The live source and a saved collection bring the same
//! answers, and the shapes are those that the AWS command line prints, so the files that somebody
//! makes with it and the live account give the same records.

mod account;
mod keys;
mod next;
mod organization;
mod shape;
mod stores;
mod used;

pub use next::Users;

use super::{
    aws_credential_report as report,
    aws_gaad::{self, Details, Provenance},
};
use crate::evidence::{Coverage, Identity, Location, Record, Src};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One page of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Service and operation, as a policy names the service: `iam:ListAccessKeys`.
    pub operation: String,
    /// What was asked about: a user's name, a key id, an ARN, a node; empty for the whole account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The region, of regional services.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Where the next page begins; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// When it was true.
    pub at: Timestamp,
    /// The answer as the command line prints it; null when there is no such thing.
    pub body: Value,
}

/// One request that got no answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// Service and operation.
    pub operation: String,
    /// What was asked about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The region.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Why.
    pub why: String,
    /// What would mend it.
    pub remedy: String,
    /// True when nobody meant to ask: said, and the scan is complete all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_design: bool,
}

/// Everything that one account answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The account's number.
    pub account: String,
    /// When it was asked.
    pub at: Timestamp,
    /// The answers, in the order of their pages.
    pub answers: Vec<Answer>,
    /// What was refused.
    pub refused: Vec<Refused>,
}

/// What a listing holds, and the kinds of evidence that it is all of.
const AREAS: &[(&str, &[&str])] = &[
    ("iam:ListAccessKeys", &["credential"]),
    ("iam:ListServiceSpecificCredentials", &["credential"]),
    ("iam:ListSSHPublicKeys", &["credential"]),
    ("iam:ListSigningCertificates", &["credential"]),
    ("iam:GetCredentialReport", &["credential"]),
    ("iam:GetAccountAuthorizationDetails", &["identity", "observed", "policy", "trust"]),
    ("iam:ListOpenIDConnectProviders", &["resource"]),
    ("iam:ListSAMLProviders", &["resource"]),
    ("secretsmanager:ListSecrets", &["resource"]),
    ("ssm:DescribeParameters", &["resource"]),
    ("rolesanywhere:ListTrustAnchors", &["resource"]),
    ("rolesanywhere:ListProfiles", &["resource"]),
    ("organizations:ListAccounts", &["resource"]),
    ("organizations:ListPolicies", &["policy"]),
];

impl Answers {
    /// The pages of one operation, whatever it was asked about.
    pub fn of<'a>(&'a self, operation: &'a str) -> impl Iterator<Item = &'a Answer> {
        self.answers.iter().filter(move |answer| answer.operation == operation)
    }

    /// True when every page of a listing is there.
    pub fn is_whole(&self, operation: &str) -> bool {
        self.of(operation).last().is_some_and(|page| page.next.is_none())
            && !self.refused.iter().any(|refused| refused.operation == operation)
    }

    /// The items of a list that may span pages: `key` names it in each page's body.
    pub fn items<'a>(
        &'a self,
        operation: &'a str,
        key: &'a str,
    ) -> impl Iterator<Item = (&'a Answer, &'a Value)> {
        self.of(operation).flat_map(move |answer| {
            let list = answer.body.get(key).and_then(Value::as_array);
            list.into_iter().flatten().map(move |item| (answer, item))
        })
    }

    /// The evidence.
    pub fn records(&self) -> Vec<Record> {
        let mut out = Vec::new();
        self.principals(&mut out);
        keys::join(self, &mut out);
        account::records(self, &mut out);
        stores::records(self, &mut out);
        organization::records(self, &mut out);
        used::records(self, &mut out);
        out.extend(self.refused.iter().map(|refused| self.missing(refused).into()));
        out.extend(self.covered().map(Record::from));
        out
    }

    /// Principals and what the credential report knows of them.
    fn principals(&self, out: &mut Vec<Record>) {
        self.details(out);
        self.report(out);
        fold(out);
    }

    fn src(&self, reference: &str) -> Src {
        Src::of("aws", &self.account).at(reference)
    }

    fn details(&self, out: &mut Vec<Record>) {
        const OPERATION: &str = "iam:GetAccountAuthorizationDetails";
        let Some(first) = self.of(OPERATION).next() else { return };
        let mut all = Details::empty();
        for page in self.of(OPERATION) {
            match Details::deserialize(&page.body) {
                Ok(page) => all.append(page),
                Err(_) => all.is_truncated = true,
            }
        }
        all.is_truncated |= !self.is_whole(OPERATION);
        let place = |arn: &str| Location::logical(arn);
        let provenance = Provenance { reference: OPERATION.into(), as_of: first.at, place: &place };
        let before = out.len();
        aws_gaad::convert(all, &provenance, out);
        // An account without a single principal says nothing of itself.
        if out.len() == before && self.is_whole(OPERATION) {
            out.push(self.complete(first).into());
        }
    }

    fn report(&self, out: &mut Vec<Record>) {
        for answer in self.of("iam:GetCredentialReport") {
            let text = |key: &str| answer.body.get(key).and_then(Value::as_str);
            let content = text("Content").and_then(|content| STANDARD.decode(content).ok());
            let content = content.unwrap_or_default();
            let made = text("GeneratedTime").and_then(aws_gaad::moment);
            let sheet = report::Sheet {
                text: &String::from_utf8_lossy(&content),
                reference: &answer.operation,
                as_of: made.unwrap_or(answer.at),
                place: &|_, arn| Location::logical(arn),
            };
            let rows = report::rows(&sheet, out);
            // The root user has a row in every report.
            let whole = rows.account.is_some() && rows.bad.is_empty();
            out.push(report::covered(&sheet, &self.account, whole).into());
        }
    }

    /// A listing that was read to its end.
    fn complete(&self, answer: &Answer) -> Coverage {
        let part = part(&answer.operation, "", &answer.region);
        Coverage {
            id: format!("coverage:aws:{}:{part}", self.account),
            src: self.src(&part),
            as_of: answer.at,
            system: "aws".into(),
            kinds: kinds(&answer.operation).iter().map(|kind| (*kind).to_owned()).collect(),
            from: answer.at,
            to: answer.at,
            complete: true,
            part: Some(part),
            ..Coverage::default()
        }
    }

    fn missing(&self, refused: &Refused) -> Coverage {
        let at = self.at;
        let part = part(&refused.operation, &refused.about, &refused.region);
        let part = format!("account {}: {part}", self.account);
        Coverage {
            id: format!("coverage:aws:{part}:refused"),
            src: self.src(&part),
            as_of: at,
            system: "aws".into(),
            kinds: kinds(&refused.operation).iter().map(|kind| (*kind).to_owned()).collect(),
            from: at,
            to: at,
            part: Some(part),
            why: Some(refused.why.clone()),
            remedy: Some(refused.remedy.clone()),
            by_design: refused.by_design,
            ..Coverage::default()
        }
    }

    /// One record for each listing of the whole account, or of a region, that was read to its end.
    /// Authorization details and the credential report say it themselves.
    fn covered(&self) -> impl Iterator<Item = Coverage> {
        let told = ["iam:GetAccountAuthorizationDetails", "iam:GetCredentialReport"];
        let mut ends: BTreeMap<(&str, &str), &Answer> = BTreeMap::new();
        let mut open: BTreeSet<(&str, &str)> =
            self.refused.iter().map(|r| (r.operation.as_str(), r.region.as_str())).collect();
        for answer in &self.answers {
            let key = (answer.operation.as_str(), answer.region.as_str());
            if kinds(&answer.operation).is_empty() || told.contains(&answer.operation.as_str()) {
                continue;
            }
            // The listings of several users are one area: each of them must have ended.
            match answer.next {
                None => drop(ends.insert(key, answer)),
                Some(_) if !self.goes_on(answer) => drop(open.insert(key)),
                Some(_) => {}
            }
        }
        ends.retain(|key, _| !open.contains(key));
        ends.into_values().map(|answer| self.complete(answer)).collect::<Vec<_>>().into_iter()
    }

    /// True when a later page of the same listing is there.
    fn goes_on(&self, page: &Answer) -> bool {
        let same = |a: &&Answer| {
            a.operation == page.operation && a.about == page.about && a.region == page.region
        };
        self.answers.iter().filter(same).any(|answer| answer.next.is_none())
    }
}

/// One identity a user: what the credential report knows goes to the user of the authorization
/// details. Who is only in one of them stays.
fn fold(out: &mut Vec<Record>) {
    let from_report = |identity: &Identity| identity.attrs.contains_key("report");
    let mut reported: HashMap<String, Identity> = HashMap::new();
    out.retain(|record| match record {
        Record::Identity(identity) if from_report(identity) => {
            let name = identity.aliases.first().cloned().unwrap_or_default();
            reported.insert(name, identity.clone());
            false
        }
        _ => true,
    });
    for record in out.iter_mut() {
        if let Record::Identity(user) = record
            && let Some(row) = user.aliases.first().and_then(|alias| reported.remove(alias))
        {
            user.kind = row.kind;
            user.last_used = row.last_used;
            user.attrs.extend(row.attrs);
        }
    }
    let mut alone: Vec<Identity> = reported.into_values().collect();
    alone.sort_by(|a, b| a.id.cmp(&b.id));
    out.extend(alone.into_iter().map(Record::from));
}

/// The kinds of evidence that a listing is all of.
fn kinds(operation: &str) -> &'static [&'static str] {
    let area = AREAS.iter().find(|(listed, _)| *listed == operation);
    area.map_or(&[], |(_, kinds)| kinds)
}

/// `ssm:DescribeParameters in eu-west-1`, `iam:ListAccessKeys of ci`.
fn part(operation: &str, about: &str, region: &str) -> String {
    let of = if about.is_empty() { String::new() } else { format!(" of {about}") };
    let place = if region.is_empty() { String::new() } else { format!(" in {region}") };
    format!("{operation}{of}{place}")
}

#[cfg(test)]
mod tests;
