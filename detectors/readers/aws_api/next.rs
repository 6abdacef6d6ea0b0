//! What is worth asking next, seen from what was answered: the questions about single users and
//! principals that no list of the whole account answers.

use super::{Answers, keys};
use crate::{
    evidence::{Estate, Identity, Record, Thresholds, When},
    policy::aws::{Asker, Kind, Truth, escalation::routes, weight},
};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Names of users to ask about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// Who has access keys, or may have: the credential report says so or does not know the user.
    pub keys: Vec<String>,
    /// Who has signing certificates, or may have.
    pub certificates: Vec<String>,
    /// Programs (no password) that may use CodeCommit, for which SSH keys are.
    pub committers: Vec<String>,
}

impl Answers {
    /// The users about whom single questions are worth while.
    pub fn users_to_ask(&self) -> Users {
        let mut out = Vec::new();
        self.principals(&mut out);
        let holders = keys::holders(&out);
        let committers = self.committers(&out);
        let mut users = Users::default();
        for (name, user) in named_users(&out) {
            let fact = |name: &str| user.attrs.get(name).and_then(Value::as_bool);
            let unknown = fact("report") != Some(true);
            if unknown || holders.contains(&name) {
                users.keys.push(name.clone());
            }
            if unknown || fact("certificates") == Some(true) {
                users.certificates.push(name.clone());
            }
            if fact("password") != Some(true)
                && committers.as_ref().is_none_or(|known| known.contains(&name))
            {
                users.committers.push(name);
            }
        }
        users
    }

    /// The users whose policies speak of CodeCommit; `None` when nobody knows their policies.
    fn committers(&self, out: &[Record]) -> Option<BTreeSet<String>> {
        if !self.is_whole("iam:GetAccountAuthorizationDetails") {
            return None;
        }
        let now = Timestamp::default();
        let estate = Estate::build(out.to_vec(), now, Thresholds::default());
        let view = estate.aws();
        let users = view.principals.iter().filter(|principal| principal.kind == Kind::User);
        let may = users.filter(|user| {
            let asker = Asker::new(&estate, view, user);
            asker.mentions("codecommit:gitpull") || !user.missing.is_empty()
        });
        Some(may.map(|user| user.name().to_owned()).collect())
    }

    /// Ids of keys that the credential report does not tell apart or does not know: only the key
    /// itself can say when it was used.
    pub fn unpaired_keys(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.principals(&mut out);
        keys::unpaired(self, &out)
    }

    /// Regions in which keys and roles were last used.
    pub fn regions_in_use(&self) -> BTreeSet<String> {
        let mut out = Vec::new();
        self.principals(&mut out);
        let region = |record: &Record| {
            let (attrs, name) = match record {
                Record::Identity(identity) => (&identity.attrs, "last_used_region"),
                Record::Credential(key) => (&key.attrs, "region"),
                _ => return None,
            };
            attrs.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        // `eu-west-1`; not `N/A`, not `aws-global`.
        let real = |region: &String| region.bytes().last().is_some_and(|b| b.is_ascii_digit());
        out.iter().filter_map(region).filter(real).collect()
    }

    /// ARNs of the principals whose permissions matter most, the mightiest first: administrators,
    /// then those that can become one. Who was not used at all has nothing to tell.
    pub fn mighty(&self, now: Timestamp, thresholds: &Thresholds) -> Vec<String> {
        let estate = Estate::build(self.records(), now, thresholds.clone());
        let view = estate.aws();
        let mut found: Vec<(Reverse<u8>, String)> = Vec::new();
        for (principal, route) in view.principals.iter().zip(routes(&estate, view)) {
            let used = weight::identity(&estate, principal).last_used != When::Never;
            if !used || !weight::is_ours_to_judge(&estate, principal) {
                continue;
            }
            let rank = match view.is_administrator(&estate, principal) {
                Truth::Yes => 3,
                Truth::Unknown => 2,
                Truth::No if route.is_some() => 1,
                Truth::No => continue,
            };
            found.push((Reverse(rank), principal.arn.clone()));
        }
        found.sort();
        found.into_iter().map(|(_, arn)| arn).collect()
    }
}

/// The users among the principals, by name.
fn named_users(out: &[Record]) -> BTreeMap<String, &Identity> {
    let mut users = BTreeMap::new();
    for record in out {
        if let Record::Identity(identity) = record
            && keys::is_user(identity)
            && let Some(name) = &identity.name
        {
            users.insert(name.clone(), identity);
        }
    }
    users
}
