//! One deployment as the account that it would make.

use super::super::hole::{has_hole, shown};
use super::{
    held::{attached, names, shown_name},
    policy::written,
    scope::{Scope, address, field},
};
use crate::{
    evidence::{Coverage, Credential, Location, Resource, Src},
    readers::aws_gaad::{Boundary, Details, Group, ManagedPolicy, PolicyVersion, Role, User},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A deployment, ready to be converted.
pub(super) struct Account {
    pub(super) details: Details,
    /// Where each ARN, or inline policy (`ARN#inline/NAME`), is defined.
    pub(super) places: HashMap<String, (Location, Src)>,
    /// Policies that nothing in the deployment holds.
    pub(super) unheld: BTreeSet<String>,
    pub(super) credentials: Vec<Credential>,
    pub(super) gaps: Vec<Coverage>,
    pub(super) as_of: Timestamp,
    pub(super) applied_to: String,
}

/// The kinds of principals, as fields of an attachment.
pub(super) const KINDS: [(&str, &str); 3] =
    [("roles", "role"), ("users", "user"), ("groups", "group")];

impl Account {
    /// Everything that a deployment declares.
    pub(super) fn build(scope: &Scope, parts: &[&Resource]) -> Account {
        let mut account = Account::empty(scope);
        let mut held = BTreeSet::new();
        for thing in scope.things("policy") {
            account.policy(scope, thing, scope.field(thing, "document"), &mut held);
        }
        for kind in ["role", "user", "group"] {
            for thing in scope.things(kind) {
                account.principal(scope, thing, kind, &mut held);
            }
        }
        for attachment in scope.things("attachment") {
            account.attach(scope, attachment, &mut held);
        }
        for membership in scope.things("membership") {
            account.join(scope, membership);
        }
        for kind in ["key", "password", "service-password"] {
            for thing in scope.things(kind) {
                account.credential(scope, thing);
            }
        }
        account.unheld.retain(|arn| !held.contains(arn));
        account.as_of = parts.iter().map(|part| part.as_of).max().unwrap_or_default();
        account
    }

    /// Policy files that nothing reads.
    pub(super) fn of_files<'a>(
        scope: &Scope,
        parts: impl Iterator<Item = &'a Resource>,
    ) -> Account {
        let mut account = Account::empty(scope);
        for part in parts {
            account.as_of = account.as_of.max(part.as_of);
            let mut named = part.clone();
            named.attrs.insert("kind".into(), "policy".into());
            let text = field(part, "text").cloned();
            account.policy(scope, &named, text, &mut BTreeSet::new());
        }
        account
    }

    fn empty(scope: &Scope) -> Account {
        let applied_to = match scope.deployment.as_str() {
            "." => "the account that it is applied to".to_owned(),
            place => format!("the account that {place} is applied to"),
        };
        Account {
            details: Details {
                user_detail_list: Some(Vec::new()),
                group_detail_list: Some(Vec::new()),
                role_detail_list: Some(Vec::new()),
                policies: Some(Vec::new()),
                is_truncated: false,
            },
            places: HashMap::new(),
            unheld: BTreeSet::new(),
            credentials: Vec::new(),
            gaps: Vec::new(),
            as_of: Timestamp::default(),
            applied_to,
        }
    }

    pub(super) fn place(&mut self, key: String, thing: &Resource) {
        let location = thing.location.clone().unwrap_or_default();
        self.places.entry(key).or_insert_with(|| (location, thing.src.clone()));
    }

    fn policy(
        &mut self,
        scope: &Scope,
        thing: &Resource,
        document: Option<Value>,
        held: &mut BTreeSet<String>,
    ) {
        let Some(arn) = scope.arn(thing) else { return };
        let Some(document) = self.document(thing, document.as_ref()) else { return };
        // A trust, or the policy of a resource, has principals; it gives its holder nothing.
        let is_resource_policy = document["Statement"].as_array().is_some_and(|all| {
            all.iter().any(|s| s.get("Principal").is_some() || s.get("NotPrincipal").is_some())
        });
        if is_resource_policy {
            return;
        }
        self.place(arn.clone(), thing);
        self.details.policies.get_or_insert_default().push(ManagedPolicy {
            policy_name: scope.name(thing),
            policy_version_list: vec![PolicyVersion {
                version_id: "v1".into(),
                is_default_version: true,
                document,
            }],
            arn: arn.clone(),
            ..ManagedPolicy::default()
        });
        self.unheld.insert(arn.clone());
        for (field, kind) in KINDS {
            for name in names(scope.field(thing, field).as_ref()) {
                held.insert(arn.clone());
                let attached = attached(&arn);
                self.holder(scope, kind, &name, thing).0.push(attached);
            }
        }
    }

    fn principal(
        &mut self,
        scope: &Scope,
        thing: &Resource,
        kind: &str,
        held: &mut BTreeSet<String>,
    ) {
        let Some(arn) = scope.arn(thing) else { return };
        self.place(arn.clone(), thing);
        let name = scope.name(thing);
        let managed = self.managed(scope.field(thing, "managed").as_ref(), thing, held);
        let inline = self.inlines(scope.field(thing, "inline").as_ref(), &arn, thing);
        let tags: BTreeMap<String, String> = scope
            .field(thing, "tags")
            .as_ref()
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .filter(|(key, value)| !has_hole(key) && !has_hole(value))
            .collect();
        let boundary = scope.field(thing, "boundary").and_then(|arn| {
            held.insert(arn.as_str()?.to_owned());
            Some(Boundary { permissions_boundary_arn: shown(arn.as_str()?) })
        });
        let path = arn
            .split_once(&format!(":{kind}/"))
            .and_then(|(_, rest)| rest.strip_suffix(&name))
            .map_or_else(|| "/".to_owned(), |path| format!("/{path}"));
        match kind {
            "role" => {
                let trust = scope.field(thing, "trust");
                let trust = self
                    .document(thing, trust.as_ref())
                    .unwrap_or_else(|| json!({"Version": "2012-10-17", "Statement": []}));
                self.details.role_detail_list.get_or_insert_default().push(Role {
                    arn,
                    path,
                    role_name: name,
                    assume_role_policy_document: trust,
                    role_policy_list: inline,
                    attached_managed_policies: managed,
                    permissions_boundary: boundary,
                    tags,
                    ..Role::default()
                });
            }
            "user" => self.details.user_detail_list.get_or_insert_default().push(User {
                arn,
                path,
                user_name: name,
                user_policy_list: inline,
                attached_managed_policies: managed,
                permissions_boundary: boundary,
                group_list: names(scope.field(thing, "groups").as_ref()),
                tags,
                ..User::default()
            }),
            _ => self.details.group_detail_list.get_or_insert_default().push(Group {
                arn,
                path,
                group_name: name,
                group_policy_list: inline,
                attached_managed_policies: managed,
                ..Group::default()
            }),
        }
    }

    /// A document, with a note on what of it is not known.
    pub(super) fn document(&mut self, thing: &Resource, value: Option<&Value>) -> Option<Value> {
        match written(value?) {
            Ok(written) => {
                if !written.unknown.is_empty() {
                    let why = format!("a policy in it depends on {}", written.unknown.join(", "));
                    self.gap(thing, "policy", &why);
                }
                Some(written.document)
            }
            Err(name) => {
                self.gap(thing, "policy", &format!("a policy in it is {}", shown_name(&name)));
                None
            }
        }
    }

    pub(super) fn gap(&mut self, thing: &Resource, what: &str, why: &str) {
        let path = thing.location.as_ref().and_then(|l| l.path.clone()).unwrap_or_default();
        let line = thing.location.as_ref().and_then(|l| l.region).map(|r| u64::from(r.start_line));
        let id = format!("coverage:{}:{path}#{}", thing.src.system, address(thing));
        if self.gaps.iter().any(|gap| gap.id == id) {
            return;
        }
        self.gaps.push(Coverage {
            id,
            src: thing.src.clone(),
            as_of: thing.as_of,
            system: thing.src.system.clone(),
            kinds: vec![what.to_owned()],
            from: thing.as_of,
            to: thing.as_of,
            complete: false,
            part: Some(path),
            line,
            why: Some(format!("`{}`: {why}, which is known when it is applied", address(thing))),
            remedy: Some(
                "scan the account as well (`--source aws`), which knows the result".into(),
            ),
            by_design: true,
            ..Coverage::default()
        });
    }
}
