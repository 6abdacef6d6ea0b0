//! What is known of the condition keys when a principal acts, without a concrete request.

use super::{
    condition::{Context, Value},
    view::{Kind, Principal, View},
};
use crate::evidence::Identity;
use jiff::Timestamp;

/// The keys of a request by a principal. Global keys: AWS IAM User Guide, "AWS global condition
/// context keys".
pub(super) struct PrincipalContext<'a> {
    pub(super) principal: &'a Principal,
    pub(super) identity: &'a Identity,
    /// What the question itself settles; wins over everything else.
    pub(super) keys: &'a [(&'a str, Value<'a>)],
    pub(super) view: &'a View,
    pub(super) now: Timestamp,
}

impl Context for PrincipalContext<'_> {
    fn value(&self, key: &str) -> Value<'_> {
        if let Some((_, value)) = self.keys.iter().find(|(name, _)| *name == key) {
            return value.clone();
        }
        let (scope, rest) = key.split_once('/').unwrap_or((key, ""));
        match scope {
            "aws:principalarn" | "aws:principaltype" | "aws:username" | "aws:userid"
            | "aws:principaltag"
                if self.principal.kind == Kind::Holder =>
            {
                Value::Unknown
            }
            "aws:principalarn" => Value::one(&*self.principal.arn),
            "aws:principalaccount" | "aws:resourceaccount" => Value::one(&*self.principal.account),
            "aws:principaltype" => Value::one(match self.principal.kind {
                Kind::Role => "AssumedRole",
                Kind::User | Kind::Group | Kind::Holder => "User",
            }),
            "aws:username" if self.principal.kind == Kind::User => {
                Value::one(self.principal.name())
            }
            "aws:username" => Value::Absent,
            "aws:userid" => self.user_id(),
            "aws:principaltag" => self.tag(rest),
            "aws:principalorgid" => self
                .view
                .organisation()
                .id(&self.principal.account)
                .map_or(Value::Unknown, Value::one),
            "aws:principalisawsservice" | "aws:viaawsservice" => Value::one("false"),
            "aws:securetransport" => Value::one("true"),
            "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" => Value::Absent,
            "aws:principalservicename" | "aws:sourcearn" | "aws:sourceaccount" => Value::Absent,
            // A session can be opened now, whatever the principal is.
            "aws:currenttime" | "aws:tokenissuetime" | "aws:epochtime" => {
                Value::one(self.now.to_string())
            }
            // The caller writes these into the request.
            "aws:requestedregion"
            | "aws:requesttag"
            | "aws:tagkeys"
            | "aws:useragent"
            | "aws:referer" => Value::Chosen,
            _ => Value::Unknown,
        }
    }
}

impl PrincipalContext<'_> {
    fn user_id(&self) -> Value<'_> {
        let id = self.identity.aliases.iter().find_map(|a| a.strip_prefix("aws-id:"));
        match id {
            Some(id) if self.principal.kind == Kind::User => Value::one(id),
            _ => Value::Unknown,
        }
    }

    fn tag(&self, key: &str) -> Value<'_> {
        let Some(tags) = self.identity.attrs.get("tags").and_then(|v| v.as_object()) else {
            return Value::Unknown;
        };
        let tag = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        // A role's session may carry tags of its own besides those of the role.
        let without =
            if self.principal.kind == Kind::Role { Value::Unknown } else { Value::Absent };
        tag.and_then(|(_, value)| value.as_str()).map_or(without, Value::one)
    }
}
