//! An active access key older than the rotation period.

use crate::{
    evidence::{Estate, Status, When},
    finding::Findings,
    policy::aws::{
        keys::{access_keys, account, is_root, key_argument, label, user, weigh},
        weight::date,
    },
};


pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let due = estate.days_ago(estate.thresholds.rotation_days);
    for key in access_keys(estate).filter(|k| k.status == Status::Active && !is_root(k)) {
        let Some(made) = key.rotated_at.at().or(key.created_at).filter(|made| *made < due) else {
            continue;
        };
        let message = format!(
            "User '{}' of account {} has {} from {}, past the rotation period of {} days.",
            user(key),
            account(key),
            label(key),
            date(made),
            estate.thresholds.rotation_days,
        );
        let finding = findings.report(key, key.subject.clone(), message);
        finding.fix(fix(user(key), key_argument(key), key.last_used));
        finding.locations.extend(key.location.clone());
        weigh(finding, estate, key);
    }
}

fn fix(user: &str, key: &str, last_used: When) -> String {
    let idle = if last_used == When::Never { "No use is recorded: skip the first line.\n" } else { "" };
    format!(
        "{idle}aws iam create-access-key --user-name {user}   # hand the new key over, wait for its first use\n\
         aws iam update-access-key --user-name {user} --access-key-id {key} --status Inactive\n\
         aws iam delete-access-key --user-name {user} --access-key-id {key}   # a week later, when nothing broke"
    )
}
