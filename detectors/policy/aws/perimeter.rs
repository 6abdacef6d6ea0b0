//! What the resource control policies of an organisation keep out, whatever a role's own trust says.

use super::{
    condition::{Context, Truth, Value},
    document::{Effect, Statement},
    evaluate::{Request, applies},
    principal::{Caller, CallerKind, account_of},
    view::{ANYTHING, View},
};
use crate::evidence::{Estate, Trust};
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Table {
    services: Vec<String>,
}

static SERVICES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let text = overstay_rules::table("aws-rcp-services").unwrap_or_default();
    toml::from_str::<Table>(text).map(|table| table.services).unwrap_or_default()
});

/// True for actions of the services whose resources resource control policies bind
/// (`rules/tables/aws-rcp-services.toml`).
pub(super) fn binds_resources_of(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    SERVICES.iter().any(|bound| bound == service)
}

/// True when the organisation's policies forbid every principal outside of it to assume a role,
/// those of `account` if one is named.
pub(crate) fn keeps_out(estate: &Estate, trust: &Trust, account: Option<&str>) -> bool {
    keeps(estate, trust, "sts:assumerole", Who::Principal(account.unwrap_or(ANYTHING)))
}

/// True when the organisation's policies forbid the holder of a token to assume a role unless the
/// token's subject is one that they name.
pub(crate) fn keeps_tokens_out(estate: &Estate, trust: &Trust) -> bool {
    let issuer = trust.issuer.as_deref();
    issuer.is_some_and(|i| keeps(estate, trust, "sts:assumerolewithwebidentity", Who::Token(i)))
}

fn keeps(estate: &Estate, trust: &Trust, action: &str, who: Who) -> bool {
    let view = estate.aws();
    let role = trust.target.trim_start_matches("aws:");
    let Some(owner) = account_of(role) else { return false };
    let stranger = Stranger { estate, view, role, owner, action, who };
    let levels = view.resource_controls(owner);
    levels.iter().flatten().flat_map(|document| &document.statements).any(|s| stranger.is_denied(s))
}

/// Somebody of another organisation, or of none, that asks for a role of ours.
struct Stranger<'a> {
    estate: &'a Estate,
    view: &'a View,
    role: &'a str,
    owner: &'a str,
    action: &'a str,
    who: Who<'a>,
}

#[derive(Clone, Copy)]
enum Who<'a> {
    /// A principal of this account.
    Principal(&'a str),
    /// Who holds a token of this issuer, for a subject that no policy names.
    Token(&'a str),
}

impl Stranger<'_> {
    fn is_denied(&self, statement: &Statement) -> bool {
        let account = match self.who {
            Who::Principal(account) => account,
            Who::Token(_) => ANYTHING,
        };
        let arn = format!("arn:aws:iam::{account}:role/{ANYTHING}");
        let request = Request {
            action: self.action,
            resource: self.role,
            resource_account: Some(self.owner),
            caller: Caller { arn: &arn, kind: CallerKind::Session(None), account },
            context: self,
        };
        statement.effect == Effect::Deny
            && !self.spares_partners(statement)
            && applies(statement, &request) == Truth::Yes
    }

    /// True when a statement spares another organisation too: whose the stranger is, nobody knows.
    fn spares_partners(&self, statement: &Statement) -> bool {
        let ours = self.view.organisation().id(self.owner).unwrap_or_default();
        statement.conditions.iter().any(|condition| {
            let of_organisation =
                matches!(condition.lower_key(), "aws:principalorgid" | "aws:principalorgpaths");
            of_organisation && condition.values.iter().any(|v| v.split('/').next() != Some(ours))
        })
    }

    /// A tag of the role that is asked for.
    fn tag(&self, name: &str) -> Value<'_> {
        let Some(index) = self.view.find(self.role) else { return Value::Unknown };
        let role = &self.estate.identities[self.view.principals[index].identity];
        let Some(tags) = role.attrs.get("tags").and_then(|v| v.as_object()) else {
            return Value::Unknown;
        };
        let tag = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        tag.and_then(|(_, value)| value.as_str()).map_or(Value::Absent, Value::one)
    }

    /// What the stranger itself brings: a claim of its token, or its account.
    fn brings(&self, key: &str) -> Option<Value<'_>> {
        match self.who {
            Who::Token(issuer) => {
                let (host, claim) = key.rsplit_once(':')?;
                let of_token = host.eq_ignore_ascii_case(issuer) && matches!(claim, "sub" | "aud");
                let of_principal = key.starts_with("aws:principalorg");
                match (of_token, of_principal) {
                    (true, _) => Some(Value::one(ANYTHING)),
                    (_, true) => Some(Value::Absent),
                    _ => None,
                }
            }
            Who::Principal(account) => match key {
                "aws:principalorgid" | "aws:principalorgpaths" => Some(Value::one(ANYTHING)),
                "aws:principalaccount" => Some(Value::one(account)),
                _ => None,
            },
        }
    }
}

impl Context for Stranger<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        if let Some(value) = self.brings(key) {
            return value;
        }
        let (scope, rest) = key.split_once('/').unwrap_or((key, ""));
        match scope {
            "aws:principalisawsservice" => Value::one("false"),
            "aws:resourceaccount" => Value::one(self.owner),
            "aws:resourceorgid" => {
                self.view.organisation().id(self.owner).map_or(Value::Unknown, Value::one)
            }
            "aws:resourcetag" => self.tag(rest),
            "aws:securetransport" => Value::one("true"),
            _ => Value::Unknown,
        }
    }
}
