//! A user's credential other than an access key, active and older than the rotation period: the
//! password of a service (CodeCommit, Keyspaces), an API key of Bedrock, an SSH key, a signing certificate.

use crate::{
    evidence::{Credential, Estate, Status},
    finding::Findings,
    policy::aws::{
        keys::{account, user, weigh},
        weight::date,
    },
};

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    let due = estate.days_ago(estate.thresholds.rotation_days);
    for credential in &estate.credentials {
        let Some(what) = what(credential) else { continue };
        let dead = credential.expires_at.at().is_some_and(|end| end <= estate.now);
        if credential.status != Status::Active || dead {
            continue;
        }
        let made = credential.rotated_at.at().or(credential.created_at);
        let Some(made) = made.filter(|made| *made < due) else { continue };
        let message = format!(
            "User '{}' of account {} has {what} from {}, past the rotation period of {} days.",
            user(credential),
            account(credential),
            date(made),
            estate.thresholds.rotation_days,
        );
        let finding = findings.report(credential, credential.subject.clone(), message);
        finding.fix(fix(credential));
        finding.locations.extend(credential.location.clone());
        weigh(finding, estate, credential);
    }
}

/// What a credential is, with its id; `None` for kinds that this rule does not judge.
fn what(credential: &Credential) -> Option<String> {
    let id = credential.key_id.as_deref().unwrap_or("without id");
    let service = credential.attrs.get("service").and_then(|v| v.as_str()).unwrap_or("a service");
    Some(match credential.kind.as_str() {
        "aws-service-credential" if service.starts_with("bedrock") => format!("Bedrock API key {id}"),
        "aws-service-credential" => format!("a password for {service} ({id})"),
        "aws-ssh-key" => format!("SSH key {id}"),
        "aws-signing-certificate" => format!("signing certificate {id}"),
        _ => return None,
    })
}

fn fix(credential: &Credential) -> String {
    let (user, id) = (user(credential), credential.key_id.as_deref().unwrap_or("ID"));
    match credential.kind.as_str() {
        "aws-ssh-key" => format!(
            "Use git-remote-codecommit with a role in its place, or hand a new key over; then:\n\
             aws iam update-ssh-public-key --user-name {user} --ssh-public-key-id {id} --status Inactive\n\
             aws iam delete-ssh-public-key --user-name {user} --ssh-public-key-id {id}   # a week later, when nothing broke"
        ),
        "aws-signing-certificate" => format!(
            "aws iam update-signing-certificate --user-name {user} --certificate-id {id} --status Inactive\n\
             aws iam delete-signing-certificate --user-name {user} --certificate-id {id}   # a week later, when nothing broke"
        ),
        _ => format!(
            "Use a role and its temporary credentials in its place, or hand a new one over; then:\n\
             aws iam update-service-specific-credential --user-name {user} --service-specific-credential-id {id} --status Inactive\n\
             aws iam delete-service-specific-credential --user-name {user} --service-specific-credential-id {id}   # a week later, when nothing broke"
        ),
    }
}
