//! The root user has an access key.

use crate::{
    evidence::{Estate, Status},
    finding::Findings,
    policy::aws::{
        keys::{access_keys, account, is_root, key_argument, label, user, weigh},
    },
};


pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for key in access_keys(estate).filter(|k| k.status == Status::Active && is_root(k)) {
        let message =
            format!("Root user '{}' of account {} has {}, active.", user(key), account(key), label(key));
        let finding = findings.report(key, key.subject.clone(), message);
        finding.fix(format!(
            "As root: aws iam update-access-key --access-key-id {0} --status Inactive; aws iam delete-access-key --access-key-id {0}",
            key_argument(key),
        ));
        finding.locations.extend(key.location.clone());
        weigh(finding, estate, key);
    }
}
