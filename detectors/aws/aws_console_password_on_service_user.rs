//! A user whose keys programs use can also sign in to the console.

use crate::{
    evidence::{Credential, Estate, Status},
    finding::{Findings, Level},
    policy::aws::{
        keys::{access_keys, account, is_root, user, weigh},
        weight::date,
    },
};
use overstay_rules::Component;


pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let passwords = estate.credentials.iter().filter(|c| c.kind == "aws-console-password");
    for password in passwords.filter(|p| !is_root(p)) {
        let recent = estate.days_ago(estate.thresholds.unused_days);
        let used = |key: &&Credential| {
            key.subject == password.subject
                && key.status == Status::Active
                && key.last_used.at().is_some_and(|at| at >= recent)
        };
        let Some(key) = access_keys(estate).find(used) else { continue };
        let Some(at) = key.last_used.at() else { continue };
        let sign_in = match password.last_used.at() {
            Some(at) => format!("last used on {}", date(at)),
            None => "never used".to_owned(),
        };
        let message = format!(
            "User '{}' of account {} has keys in use on {} and a console password, {sign_in}.",
            user(password),
            account(password),
            date(at),
        );
        let finding = findings.report(password, password.subject.clone(), message);
        finding.because(key).fix(format!(
            "aws iam delete-login-profile --user-name {}   # people sign in through IAM Identity Center",
            user(password),
        ));
        finding.locations.extend(password.location.clone());
        weigh(finding, estate, key);
        let liveness = if password.last_used.at().is_some_and(|at| at >= recent) { 3 } else { 2 };
        finding.weigh(Component::Liveness, Level::exactly(liveness, "the password works").citing(password));
    }
}
