//! Code that makes a user's access key, which never ends, or a password that its tool keeps in its state.

use crate::{
    evidence::{Credential, Estate, Status},
    finding::{Findings, Level},
    policy::aws::keys::user,
};
use overstay_rules::Component;

const OF_KEYS: &str = "Make a role in place of the user: for a workload in AWS its service assumes it, for a pipeline OIDC federation, for another machine IAM Roles Anywhere.\n\
    Where it must be a key, encrypt it at birth: pgp_key = \"keybase:NAME\" on aws_iam_access_key.";
const OF_PASSWORDS: &str = "Let people sign in through IAM Identity Center. Where it must be a password, encrypt it at birth: pgp_key = \"keybase:NAME\" on aws_iam_user_login_profile.";
const OF_SERVICES: &str = "Use a role and its temporary credentials in its place: git-remote-codecommit for CodeCommit, the SigV4 plugin for Keyspaces. Where it must be a password, make it outside of Terraform.";

pub(crate) fn detect(estate: &Estate, findings: &mut Findings) {
    for credential in estate.credentials.iter().filter(|c| c.status == Status::Active) {
        let is = |name: &str| credential.attrs.get(name).and_then(serde_json::Value::as_bool) == Some(true);
        let in_state = is("in_state");
        let (what, fix) = match credential.kind.as_str() {
            "aws-declared-access-key" => ("a long-lived access key".to_owned(), OF_KEYS),
            "aws-declared-password" if in_state => ("a console password".to_owned(), OF_PASSWORDS),
            "aws-declared-service-password" if in_state => {
                let service = credential.attrs.get("service").and_then(|v| v.as_str()).unwrap_or("a service");
                (format!("a password for {service}"), OF_SERVICES)
            }
            _ => continue,
        };
        let place = if in_state { ", readable in the Terraform state" } else { "" };
        let name = credential.attrs.get("address").and_then(|v| v.as_str()).unwrap_or_default();
        let gives = if is("perhaps") { "may give" } else { "gives" };
        let message = format!("`{name}` {gives} user '{}' {what}{place}.", user(credential));
        let finding = findings.report(credential, credential.subject.clone(), message);
        finding.key(name).fix(fix);
        finding.locations.extend(credential.location.clone());
        weigh(finding, credential, in_state);
    }
}

fn weigh(finding: &mut crate::finding::Finding, credential: &Credential, in_state: bool) {
    let exposure = if in_state {
        Level::between(2, 3, "whoever reads the state reads the secret")
    } else {
        Level::exactly(2, "a static key is stored somewhere")
    };
    finding
        .weigh(Component::Exposure, exposure.citing(credential))
        .weigh(Component::Governance, Level::exactly(2, "nothing ends it").citing(credential))
        .weigh(Component::Liveness, Level::between(1, 3, "it is made when the code is applied").citing(credential));
}
