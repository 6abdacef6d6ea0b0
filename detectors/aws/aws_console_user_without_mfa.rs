//! A console password that nothing but itself protects.

use crate::{
    evidence::Estate,
    finding::{Findings, Level},
    policy::aws::{account_of, name_of},
};
use overstay_rules::Component;


pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for identity in &estate.identities {
        let fact = |name: &str| identity.attrs.get(name).and_then(serde_json::Value::as_bool);
        let Some(subject) = identity.aliases.first() else { continue };
        if fact("password") != Some(true) || fact("mfa") != Some(false) {
            continue;
        }
        let arn = subject.trim_start_matches("aws:");
        let message = format!(
            "User '{}' of account {} has a console password and no MFA device.",
            name_of(arn),
            account_of(arn).unwrap_or_default(),
        );
        let finding = findings.report(identity, subject.clone(), message);
        finding.key("no-mfa").fix(format!(
            "If a program owns the user: aws iam delete-login-profile --user-name {0}\n\
             If a person does: aws iam enable-mfa-device --user-name {0} --serial-number ARN --authentication-code1 CODE --authentication-code2 CODE",
            name_of(arn),
        ));
        finding.locations.extend(identity.location.clone());
        finding
            .weigh(Component::Exposure, Level::exactly(2, "a password alone opens it").citing(identity))
            .weigh(Component::Liveness, Level::between(2, 3, "the password works").citing(identity))
            .weigh(Component::Reach, Level::between(0, 1, "one account").citing(identity));
    }
}
