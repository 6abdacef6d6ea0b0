//! A user with two working keys, so that a rotation was begun and not ended.

use crate::{
    evidence::{Credential, Estate, Status},
    finding::Findings,
    policy::aws::{
        keys::{access_keys, account, is_root, key_argument, label, user, weigh},
        weight::date,
    },
};
use std::collections::BTreeMap;

/// How long two keys may stand side by side while a program moves from one to the other.
const HANDOVER_DAYS: i64 = 14;


pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let handover = estate.days_ago(HANDOVER_DAYS);
    let mut users: BTreeMap<&str, Vec<&Credential>> = BTreeMap::new();
    for key in access_keys(estate).filter(|k| k.status == Status::Active && !is_root(k)) {
        users.entry(&key.subject).or_default().push(key);
    }
    for keys in users.into_values() {
        let [first, second] = keys[..] else { continue };
        let made = |key: &Credential| key.rotated_at.at().or(key.created_at);
        let (older, newer) =
            if made(first) <= made(second) { (first, second) } else { (second, first) };
        let Some(since) = made(newer).filter(|made| *made < handover) else { continue };
        let message = format!(
            "User '{}' of account {} has two active access keys since {}.",
            user(older),
            account(older),
            date(since),
        );
        let finding = findings.report(older, older.subject.clone(), message);
        finding.key("two-active-access-keys").because(newer).fix(format!(
            "End the rotation: take the older one, {}, out of use once the last use of it is past:\n\
             aws iam get-access-key-last-used --access-key-id {2}\n\
             aws iam update-access-key --user-name {1} --access-key-id {2} --status Inactive",
            label(older),
            user(older),
            key_argument(older),
        ));
        finding.locations.extend(older.location.clone());
        weigh(finding, estate, older);
    }
}
