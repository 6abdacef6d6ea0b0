//! Access keys and passwords that code makes.

use super::{
    account::Account,
    held::names,
    scope::{Scope, address},
};
use crate::evidence::{Credential, Resource, Status};
use serde_json::{Value, json};

impl Account {
    /// One credential for each user that one is made for.
    pub(super) fn credential(&mut self, scope: &Scope, thing: &Resource) {
        let kind = match super::scope::kind(thing) {
            "key" => "aws-declared-access-key",
            "password" => "aws-declared-password",
            _ => "aws-declared-service-password",
        };
        let status = match scope.field(thing, "status").as_ref().and_then(Value::as_str) {
            Some(status) if status.eq_ignore_ascii_case("inactive") => Status::Disabled,
            _ => Status::Active,
        };
        let is = |name: &str| scope.field(thing, name).and_then(|v| v.as_bool()) == Some(true);
        let service = scope.field(thing, "service");
        // A loop that is still there is one whose elements nobody says.
        let perhaps = is("perhaps") || scope.field(thing, "each").is_some();
        for user in names(scope.field(thing, "users").as_ref()) {
            let (_, _, arn) = self.holder(scope, "user", &user, thing);
            let name = address(thing);
            let path = thing.location.as_ref().and_then(|l| l.path.as_deref()).unwrap_or_default();
            self.credentials.push(Credential {
                id: format!("credential:declared:{path}#{name}:{user}"),
                src: thing.src.clone(),
                as_of: thing.as_of,
                subject: format!("aws:{arn}"),
                kind: kind.to_owned(),
                status,
                location: thing.location.clone(),
                attrs: [
                    ("service".to_owned(), json!(service)),
                    ("address".to_owned(), json!(name)),
                    ("applied_to".to_owned(), json!(self.applied_to)),
                    ("in_state".to_owned(), json!(is("in_state"))),
                    ("perhaps".to_owned(), json!(perhaps)),
                ]
                .into(),
                ..Credential::default()
            });
        }
    }
}
