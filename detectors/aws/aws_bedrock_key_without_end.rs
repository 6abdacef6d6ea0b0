//! A long-term API key of Bedrock that never ends.

use crate::{
    evidence::{Credential, Estate, Status, When},
    finding::Findings,
    policy::aws::keys::{account, user, weigh},
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for key in estate.credentials.iter().filter(|c| is_for_bedrock(c)) {
        if key.status != Status::Active || key.expires_at != When::Never {
            continue;
        }
        let (user, id) = (user(key), key.key_id.as_deref().unwrap_or("ID"));
        let message =
            format!("User '{user}' of account {} has Bedrock API key {id}, which never expires.", account(key));
        let finding = findings.report(key, key.subject.clone(), message);
        finding.fix(format!(
            "Give the program a role, whose credentials end by themselves; where it must be a key:\n\
             aws iam create-service-specific-credential --user-name {user} --service-name bedrock.amazonaws.com --credential-age-days 30\n\
             aws iam delete-service-specific-credential --user-name {user} --service-specific-credential-id {id}\n\
             To forbid the next one, deny iam:CreateServiceSpecificCredential unless iam:ServiceSpecificCredentialAgeDays is at most 30."
        ));
        finding.locations.extend(key.location.clone());
        weigh(finding, estate, key);
    }
}

fn is_for_bedrock(credential: &Credential) -> bool {
    let service = credential.attrs.get("service").and_then(|v| v.as_str());
    credential.kind == "aws-service-credential" && service.is_some_and(|s| s.starts_with("bedrock."))
}
