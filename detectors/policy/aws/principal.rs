//! Whom a `Principal` element names.

use super::document::{Effect, Principals};

/// Who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The ARN as `aws:PrincipalArn` has it: the user's, or the role's.
    pub arn: &'a str,
    /// What it is.
    pub kind: CallerKind<'a>,
    /// Its account; empty for an AWS service.
    pub account: &'a str,
}

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind<'a> {
    /// The account's root user.
    Root,
    /// An IAM user.
    User,
    /// A role's session, with the session's ARN when it is known.
    Session(Option<&'a str>),
    /// An AWS service, named in `arn`.
    Service,
}

/// How a `Principal` element names a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// Not at all.
    No,
    /// It cannot be told.
    Unknown,
    /// By its account, which thereby delegates the decision to identity policies.
    Account,
    /// By the role of which it is a session: limited by boundary and session policy.
    Role,
    /// By itself.
    Itself,
}

/// How an element names a caller, in the strongest way.
pub fn names(principals: &Principals, caller: &Caller, effect: Effect) -> Naming {
    let found = named_by(principals, caller);
    match (principals.negated, found) {
        (false, naming) => naming,
        (true, Naming::No) => Naming::Itself,
        // IAM wants the account listed beside the caller; a list with only one of them is judged
        // differently by different services.
        (true, Naming::Account) if effect == Effect::Deny => Naming::Unknown,
        (true, _) => Naming::No,
    }
}

fn named_by(principals: &Principals, caller: &Caller) -> Naming {
    if caller.kind == CallerKind::Service {
        let listed = principals.services.iter().any(|s| s == caller.arn);
        return if listed || principals.aws.iter().any(|p| p == "*") {
            Naming::Itself
        } else {
            Naming::No
        };
    }
    principals.aws.iter().map(|name| named_as(name, caller)).max().unwrap_or(Naming::No)
}

fn named_as(name: &str, caller: &Caller) -> Naming {
    if name == "*" {
        return Naming::Itself;
    }
    if account_of(name) == Some(caller.account) && is_account(name) {
        return Naming::Account;
    }
    match caller.kind {
        CallerKind::Session(Some(session)) if name == session => Naming::Itself,
        CallerKind::Session(None) if is_session_of(name, caller.arn) => Naming::Unknown,
        CallerKind::Session(_) if name == caller.arn => Naming::Role,
        _ if name == caller.arn => Naming::Itself,
        _ => Naming::No,
    }
}

/// True for `123456789012` and `arn:aws:iam::123456789012:root`.
pub fn is_account(name: &str) -> bool {
    name.ends_with(":root") || is_account_id(name)
}

/// True for twelve digits.
pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The account of an ARN or of an account id; `None` for `*`, services and AWS's own (`aws`).
pub fn account_of(name: &str) -> Option<&str> {
    if is_account_id(name) {
        return Some(name);
    }
    name.strip_prefix("arn:")?.split(':').nth(3).filter(|a| is_account_id(a))
}

/// The last part of an ARN's resource: the name of a user, role, group or policy.
pub fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether a session ARN, `arn:aws:sts::1:assumed-role/Name/session`, is one of a role.
pub fn is_session_of(session: &str, role_arn: &str) -> bool {
    session.split_once(":assumed-role/").is_some_and(|(_, rest)| {
        account_of(session) == account_of(role_arn)
            && rest.split('/').next() == Some(name_of(role_arn))
    })
}
