//! An active access key that nothing uses.

use crate::{
    evidence::{Estate, Status, When},
    finding::Findings,
    policy::aws::{
        keys::{access_keys, account, is_root, key_argument, label, user, weigh},
        weight::date,
    },
};


pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let idle = estate.days_ago(estate.thresholds.unused_days);
    for key in access_keys(estate).filter(|k| k.status == Status::Active && !is_root(k)) {
        let Some(made) = key.rotated_at.at().or(key.created_at) else { continue };
        let state = match key.last_used {
            When::At(at) if at < idle => format!("last used on {}", date(at)),
            // A young key has had no time to be used.
            When::Never if made < idle => format!("never used since {}", date(made)),
            _ => continue,
        };
        let message = format!(
            "User '{}' of account {} has {}, active and {state}.",
            user(key),
            account(key),
            label(key),
        );
        let finding = findings.report(key, key.subject.clone(), message);
        finding.fix(format!(
            "aws iam update-access-key --user-name {0} --access-key-id {1} --status Inactive\n\
             aws iam delete-access-key --user-name {0} --access-key-id {1}   # a week later, when nothing broke",
            user(key),
            key_argument(key),
        ));
        finding.locations.extend(key.location.clone());
        weigh(finding, estate, key);
    }
}
