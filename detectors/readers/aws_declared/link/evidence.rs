//! The evidence of one deployment: the converter's, each record with its own file and place.

use super::account::Account;
use crate::{
    evidence::{Identity, IdentityType, Location, Record, Src},
    policy::aws::account_of,
    readers::aws_gaad::{ManagedPolicy, Provenance, convert},
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;

/// The name of the attribute that says what a principal's account is called.
const APPLIED: &str = "applied_to";

impl Account {
    /// The evidence.
    pub(super) fn records(self, out: &mut Vec<Record>) {
        let Account { details, places, unheld, credentials, gaps, as_of, applied_to } = self;
        let policies = details.policies.clone().unwrap_or_default();
        let place =
            |arn: &str| places.get(arn).map(|(location, _)| location.clone()).unwrap_or_default();
        let provenance = Provenance { reference: String::new(), as_of, place: &place };
        let mut records = Vec::new();
        convert(details, &provenance, &mut records);
        for mut record in records {
            match &mut record {
                Record::Identity(identity) => {
                    let arn = identity.aliases.first().and_then(|a| a.strip_prefix("aws:"));
                    if let Some((_, src)) = arn.and_then(|arn| places.get(arn)) {
                        identity.src = src.clone();
                    }
                    identity.attrs.insert(APPLIED.into(), applied_to.clone().into());
                }
                Record::Policy(policy) => {
                    let name = policy.subject.trim_start_matches("aws:").trim_end_matches("#trust");
                    let (holder, _) = name.split_once('#').unwrap_or((name, ""));
                    if let Some((location, src)) = places.get(name).or_else(|| places.get(holder)) {
                        policy.location = Some(location.clone());
                        policy.src = src.clone();
                    }
                }
                Record::Trust(trust) => {
                    let arn = trust.target.trim_start_matches("aws:");
                    if let Some((_, src)) = places.get(arn) {
                        trust.src = src.clone();
                    }
                }
                // What is declared is granted when it is applied, and nothing here was asked.
                Record::Observed(_) | Record::Coverage(_) => continue,
                _ => {}
            }
            out.push(record);
        }
        for policy in policies.iter().filter(|policy| unheld.contains(&policy.arn)) {
            out.push(whoever_holds(policy, &places, as_of, &applied_to).into());
        }
        out.extend(credentials.into_iter().map(Record::from));
        out.extend(gaps.into_iter().map(Record::from));
    }
}

/// A stand-in for whoever will hold a policy that nothing in the code holds.
fn whoever_holds(
    policy: &ManagedPolicy,
    places: &HashMap<String, (Location, Src)>,
    as_of: Timestamp,
    applied_to: &str,
) -> Identity {
    let (location, src) = places.get(&policy.arn).cloned().unwrap_or_default();
    let attrs = [
        ("aws".to_owned(), json!("holder")),
        ("account".to_owned(), json!(account_of(&policy.arn))),
        ("policies".to_owned(), json!([policy.arn])),
        (APPLIED.to_owned(), json!(applied_to)),
    ];
    Identity {
        id: format!("identity:aws-holder:{}", policy.arn),
        src,
        as_of,
        kind: IdentityType::Unknown,
        aliases: vec![format!("aws:{}", policy.arn.replacen(":policy/", ":holder/", 1))],
        name: Some(policy.policy_name.clone()),
        location: Some(location),
        attrs: attrs.into(),
        ..Identity::default()
    }
}
