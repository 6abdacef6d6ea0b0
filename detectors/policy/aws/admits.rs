//! Whom the trusts of roles admit, the other way round: from the caller to the roles.

use super::{
    document::{Document, Effect},
    principal::{Caller, CallerKind, Naming, account_of, is_account, name_of, names},
    view::Principal,
};
use std::collections::HashMap;

/// Roles by whom their trust names. A role may stand in several lists.
#[derive(Debug, Default)]
pub(super) struct Admits {
    /// Roles whose trust names whole accounts or everybody, and no single caller.
    pub(super) whole: Vec<usize>,
    /// Roles whose trust names whole accounts or everybody, and tells their callers apart.
    pub(super) picky: Vec<usize>,
    /// Roles whose trust names one user or role, by that name.
    named: HashMap<String, Vec<usize>>,
}

impl Admits {
    pub(super) fn build(principals: &[Principal], documents: &[Document]) -> Admits {
        let mut admits = Admits::default();
        for (role, principal) in principals.iter().enumerate() {
            let Some(trust) = principal.trust.and_then(|t| documents.get(t)) else { continue };
            admits.add(role, trust);
        }
        admits
    }

    fn add(&mut self, role: usize, trust: &Document) {
        let (mut wide, mut single) = (false, trust.is_personal());
        for statement in &trust.statements {
            let Some(principals) = &statement.principals else { continue };
            let allow = statement.effect == Effect::Allow;
            wide |= allow && principals.negated;
            single |= principals.negated;
            for name in &principals.aws {
                if name == "*" || is_account(name) {
                    wide |= allow;
                    continue;
                }
                single = true;
                let roles = self.named.entry(caller_name(name)).or_default();
                if allow && roles.last() != Some(&role) {
                    roles.push(role);
                }
            }
        }
        match (wide, single) {
            (true, false) => self.whole.push(role),
            (true, true) => self.picky.push(role),
            (false, _) => {}
        }
    }

    /// Roles whose trust names this principal itself, or a session of it.
    pub(super) fn naming(&self, principal: &Principal) -> &[usize] {
        self.named.get(&caller_name(&principal.arn)).map_or(&[], Vec::as_slice)
    }
}

/// One name for a role and its sessions: account and last name. Users and roles that share it are
/// told apart when the trust is evaluated.
fn caller_name(arn: &str) -> String {
    let account = account_of(arn).unwrap_or_default();
    let name = match arn.split_once(":assumed-role/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => name_of(arn),
    };
    format!("{account}/{name}")
}

/// Whether a trust lets a service run as its role. Cognito gives its roles to those who hold a token
/// of an identity pool, so that the trust names it as an identity provider.
pub(super) fn admits_service(trust: &Document, service: &str) -> bool {
    let caller = Caller { arn: service, kind: CallerKind::Service, account: "" };
    let says = |effect: Effect| {
        trust.statements.iter().any(|s| {
            let Some(principals) = &s.principals else { return false };
            let named = s.actions.selects("sts:assumerole")
                && names(principals, &caller, effect) == Naming::Itself;
            let provides = s.actions.selects("sts:assumerolewithwebidentity")
                && !principals.negated
                && principals.federated.iter().any(|provider| provider == service);
            s.effect == effect && (named || provides)
        })
    };
    says(Effect::Allow) && !says(Effect::Deny)
}
