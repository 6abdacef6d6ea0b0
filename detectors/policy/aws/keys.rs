//! What the rules on static credentials share.

use crate::{
    evidence::{Credential, Estate, Identity},
    finding::{Finding, Level},
};
use overstay_rules::Component;

use super::{
    principal::{account_of, name_of},
    weight::date,
};

/// Access keys of the estate.
pub(crate) fn access_keys(estate: &Estate) -> impl Iterator<Item = &Credential> {
    estate.credentials.iter().filter(|c| c.kind == "aws-access-key")
}

/// The user's ARN of a credential.
pub(crate) fn arn(credential: &Credential) -> &str {
    credential.subject.trim_start_matches("aws:")
}

/// The user's name of a credential; root is `root`.
pub(crate) fn user(credential: &Credential) -> &str {
    let name = name_of(arn(credential));
    name.rsplit(':').next().unwrap_or(name)
}

/// True for the root user's credentials.
pub(crate) fn is_root(credential: &Credential) -> bool {
    credential.subject.ends_with(":root")
}

/// How a key is called: its id, or its place in the credential report.
pub(crate) fn label(credential: &Credential) -> String {
    match (&credential.key_id, credential.attrs.get("slot")) {
        (Some(id), _) => format!("access key {id}"),
        (None, Some(slot)) => format!("access key {slot}"),
        (None, None) => "an access key".to_owned(),
    }
}

/// The argument of `--access-key-id`.
pub(crate) fn key_argument(credential: &Credential) -> &str {
    credential.key_id.as_deref().unwrap_or("KEY_ID")
}

/// The record of a user that authorization details hold, if any.
pub(crate) fn identity<'a>(estate: &'a Estate, credential: &Credential) -> Option<&'a Identity> {
    let index = estate.aws().find(arn(credential))?;
    Some(&estate.identities[estate.aws().principals[index].identity])
}

/// Weighs a static key: exposure and liveness from the key, privilege from the user's permissions.
pub(crate) fn weigh(finding: &mut Finding, estate: &Estate, credential: &Credential) {
    let liveness = match credential.last_used.at() {
        Some(at) if at >= estate.days_ago(estate.thresholds.unused_days) => {
            Level::exactly(3, format!("it was last used on {}", date(at)))
        }
        Some(at) => Level::exactly(2, format!("it was last used on {}", date(at))),
        None => Level::exactly(1, "it is active and no use is recorded"),
    };
    finding
        .weigh(
            Component::Exposure,
            Level::exactly(2, "a static key is stored somewhere").citing(credential),
        )
        .weigh(Component::Liveness, liveness.citing(credential))
        .weigh(Component::Reach, Level::between(0, 1, "one account").citing(credential));
    if is_root(credential) {
        finding.weigh(
            Component::Privilege,
            Level::exactly(4, "root may do everything").citing(credential),
        );
    } else if let Some(principal) =
        estate.aws().find(arn(credential)).map(|i| &estate.aws().principals[i])
    {
        let level = match estate.aws().is_administrator(estate, principal) {
            super::Truth::Yes => Level::exactly(4, "its user is an administrator"),
            _ if principal.held.is_empty() && principal.missing.is_empty() => {
                Level::exactly(0, "its user holds no policy")
            }
            _ => Level::between(1, 3, "its user holds policies short of administration"),
        };
        finding.weigh(Component::Privilege, level);
    }
    if let Some(identity) = identity(estate, credential) {
        let governance = match &identity.owner {
            Some(owner) => Level::exactly(1, format!("{owner} owns it")),
            None => Level::between(2, 3, "no owner is recorded"),
        };
        finding.weigh(Component::Governance, governance.citing(identity));
    }
}

/// The account of a credential.
pub(crate) fn account(credential: &Credential) -> &str {
    account_of(arn(credential)).unwrap_or_default()
}
