//! How much a finding on an AWS principal matters: the components that the evidence supports, the
//! same way in every rule.

use super::{
    asker::Asker,
    condition::Truth,
    principal::account_of,
    view::{Kind, Principal},
};
use crate::{
    evidence::{Estate, Identity, IdentityType, Trust, When},
    finding::{Finding, Level},
};
use overstay_rules::Component;

/// The record of a principal.
pub(crate) fn identity<'a>(estate: &'a Estate, principal: &Principal) -> &'a Identity {
    &estate.identities[principal.identity]
}

/// Weighs exposure, reach, liveness and governance; privilege is the rule's to say.
pub(crate) fn weigh(finding: &mut Finding, estate: &Estate, principal: &Principal) {
    let identity = identity(estate, principal);
    finding
        .weigh(Component::Exposure, exposure(estate, principal).citing(identity))
        .weigh(Component::Reach, Level::between(0, 1, "one account").citing(identity))
        .weigh(Component::Liveness, liveness(estate, identity).citing(identity))
        .weigh(Component::Governance, governance(identity).citing(identity));
}

/// Weighs a finding on a trust: the role's own components, and what the role may do.
pub(crate) fn weigh_target(finding: &mut Finding, estate: &Estate, trust: &Trust) {
    let view = estate.aws();
    let arn = trust.target.trim_start_matches("aws:");
    let Some(principal) = view.find(arn).map(|index| &view.principals[index]) else { return };
    weigh(finding, estate, principal);
    finding.weigh(
        Component::Privilege,
        privilege(estate, principal).citing(identity(estate, principal)),
    );
}

/// What a principal may do, as far as a glance tells: administrators and holders of nothing are
/// certain.
pub(crate) fn privilege(estate: &Estate, principal: &Principal) -> Level {
    match estate.aws().is_administrator(estate, principal) {
        Truth::Yes => Level::exactly(4, "it is an administrator"),
        Truth::Unknown => Level::between(2, 4, "it is an administrator under conditions"),
        Truth::No if principal.held.is_empty() && principal.missing.is_empty() => {
            Level::exactly(0, "it holds no policy")
        }
        Truth::No => Level::between(1, 3, "it holds policies short of administration"),
    }
}

/// A user has static keys; a role is as exposed as what its trust accepts.
fn exposure(estate: &Estate, principal: &Principal) -> Level {
    if principal.kind == Kind::Holder {
        return Level::between(0, 3, "who will hold it is not known");
    }
    if principal.kind != Kind::Role {
        return Level::exactly(2, "a user's credentials are long-lived");
    }
    let view = estate.aws();
    let subject = principal.subject();
    let mut level = Level::exactly(1, "its trust names services and principals of its own account");
    for trust in view.trusts_of(estate, &subject) {
        if trust.principals.iter().any(|p| p == "*") {
            return Level::between(3, 4, "its trust names every AWS principal").citing(trust);
        }
        let mut accounts = trust.principals.iter().filter_map(|p| account_of_name(p));
        let another = accounts.clone().any(|a| a != principal.account);
        if accounts.any(|account| !view.is_own_account(account)) {
            level = Level::exactly(3, "its trust names an account that is not ours").citing(trust);
        } else if another && level.max < 2 {
            level = Level::between(1, 2, "its trust names another of our accounts").citing(trust);
        }
    }
    level
}

/// The account of a principal's name in a trust record.
pub(crate) fn account_of_name(name: &str) -> Option<&str> {
    name.strip_prefix("aws-account:").or_else(|| account_of(name.strip_prefix("aws:")?))
}

/// Active and recently used is the worst; never used the least.
fn liveness(estate: &Estate, identity: &Identity) -> Level {
    match identity.last_used {
        When::Never => Level::exactly(1, "it was not used within the tracking period"),
        When::At(at) if at >= estate.days_ago(estate.thresholds.unused_days) => {
            Level::exactly(3, format!("it was last used on {}", date(at)))
        }
        When::At(at) => Level::exactly(2, format!("it was last used on {}", date(at))),
        When::Unknown => Level::between(1, 3, "nobody collected when it was last used"),
    }
}

fn governance(identity: &Identity) -> Level {
    match &identity.owner {
        Some(owner) => Level::exactly(1, format!("{owner} owns it")),
        None => Level::between(2, 3, "no owner is recorded"),
    }
}

/// The day of a moment, `2026-11-22`.
pub(crate) fn date(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// `Role` or `User`, to begin a sentence.
pub(crate) fn noun(principal: &Principal) -> &'static str {
    match principal.kind {
        Kind::User => "User",
        Kind::Group => "Group",
        Kind::Role => "Role",
        Kind::Holder => "Whoever holds policy",
    }
}

/// True for principals whose permissions their owner can change and that no person signs in to
/// through a directory: not service-linked, not made by IAM Identity Center, not known as a person.
pub(crate) fn is_ours_to_judge(estate: &Estate, principal: &Principal) -> bool {
    principal.kind != Kind::Group
        && !principal.is_service_linked()
        && !principal.is_sso_reserved()
        && identity(estate, principal).kind != IdentityType::Human
        && !is_run_by_aws(estate, principal)
}

/// Principals that are ours to judge and no administrators, class by class: what to ask the class, and
/// who is in it.
pub(crate) fn short_of_administrators(
    estate: &Estate,
) -> impl Iterator<Item = (Asker<'_>, Vec<&Principal>)> {
    let view = estate.aws();
    view.classes.iter().filter_map(move |class| {
        let members = class.members.iter().filter_map(|index| view.principals.get(*index));
        let judged = |p: &&Principal| {
            is_ours_to_judge(estate, p) && view.is_administrator(estate, p) == Truth::No
        };
        let members: Vec<&Principal> = members.filter(judged).collect();
        let first = *members.first()?;
        Some((Asker::new(estate, view, first), members))
    })
}

/// True when only service-linked roles of AWS may assume a role: StackSets makes such roles in
/// member accounts and undoes what an owner changes.
fn is_run_by_aws(estate: &Estate, principal: &Principal) -> bool {
    if principal.kind != Kind::Role {
        return false;
    }
    let subject = principal.subject();
    let trusts = estate.aws().trusts_of(estate, &subject);
    let mut principals = trusts.flat_map(|t| &t.principals).peekable();
    principals.peek().is_some() && principals.all(|p| p.contains(":role/aws-service-role/"))
}
