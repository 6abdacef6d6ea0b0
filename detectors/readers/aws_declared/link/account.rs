//! One deployment as the account that it would make.

use super::super::hole::{has_hole, shown, whole};
use super::{
    policy::written,
    scope::{Scope, address, field},
};
use crate::{
    evidence::{Coverage, Location, Resource, Src},
    policy::aws::{account_of, is_built_in},
    readers::aws_gaad::{
        AttachedPolicy, Boundary, Details, Group, InlinePolicy, ManagedPolicy, PolicyVersion, Role,
        User,
    },
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
    pub(super) gaps: Vec<Coverage>,
    pub(super) as_of: Timestamp,
    pub(super) applied_to: String,
}

/// The kinds of principals, as fields of an attachment.
const KINDS: [(&str, &str); 3] = [("roles", "role"), ("users", "user"), ("groups", "group")];

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
            gaps: Vec::new(),
            as_of: Timestamp::default(),
            applied_to,
        }
    }

    fn place(&mut self, key: String, thing: &Resource) {
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

    fn attach(&mut self, scope: &Scope, thing: &Resource, held: &mut BTreeSet<String>) {
        let policy = scope.field(thing, "policy");
        let inline = scope.field(thing, "inline");
        for (field, kind) in KINDS {
            for name in names(scope.field(thing, field).as_ref()) {
                let managed = self.managed(policy.as_ref(), thing, held);
                let arn = {
                    let (list, _, arn) = self.holder(scope, kind, &name, thing);
                    list.extend(managed);
                    arn
                };
                let inlines = self.inlines(inline.as_ref(), &arn, thing);
                self.holder(scope, kind, &name, thing).1.extend(inlines);
            }
        }
    }

    fn join(&mut self, scope: &Scope, thing: &Resource) {
        let groups = names(scope.field(thing, "groups").as_ref());
        for user in names(scope.field(thing, "users").as_ref()) {
            let _ = self.holder(scope, "user", &user, thing);
            let users = self.details.user_detail_list.get_or_insert_default();
            if let Some(user) = users.iter_mut().find(|u| u.user_name == user) {
                user.group_list.extend(groups.iter().cloned());
            }
        }
    }

    /// The lists of a principal, which is made when the deployment only attaches to it.
    fn holder(
        &mut self,
        scope: &Scope,
        kind: &str,
        name: &str,
        thing: &Resource,
    ) -> (&mut Vec<AttachedPolicy>, &mut Vec<InlinePolicy>, String) {
        let arn = format!("arn:aws:iam::{}:{kind}/{name}", scope.account);
        let known = match kind {
            "role" => self.details.role_detail_list.iter().flatten().any(|r| r.role_name == name),
            "user" => self.details.user_detail_list.iter().flatten().any(|u| u.user_name == name),
            _ => self.details.group_detail_list.iter().flatten().any(|g| g.group_name == name),
        };
        if !known {
            self.place(arn.clone(), thing);
        }
        match kind {
            "role" => {
                let roles = self.details.role_detail_list.get_or_insert_default();
                let trust = json!({"Version": "2012-10-17", "Statement": []});
                let at = roles.iter().position(|r| r.role_name == name).unwrap_or_else(|| {
                    roles.push(Role {
                        arn,
                        path: "/".into(),
                        role_name: name.to_owned(),
                        assume_role_policy_document: trust,
                        ..Role::default()
                    });
                    roles.len() - 1
                });
                let role = &mut roles[at];
                (&mut role.attached_managed_policies, &mut role.role_policy_list, role.arn.clone())
            }
            "user" => {
                let users = self.details.user_detail_list.get_or_insert_default();
                let at = users.iter().position(|u| u.user_name == name).unwrap_or_else(|| {
                    users.push(User {
                        arn,
                        path: "/".into(),
                        user_name: name.to_owned(),
                        ..User::default()
                    });
                    users.len() - 1
                });
                let user = &mut users[at];
                (&mut user.attached_managed_policies, &mut user.user_policy_list, user.arn.clone())
            }
            _ => {
                let groups = self.details.group_detail_list.get_or_insert_default();
                let at = groups.iter().position(|g| g.group_name == name).unwrap_or_else(|| {
                    groups.push(Group {
                        arn,
                        path: "/".into(),
                        group_name: name.to_owned(),
                        ..Group::default()
                    });
                    groups.len() - 1
                });
                let group = &mut groups[at];
                (
                    &mut group.attached_managed_policies,
                    &mut group.group_policy_list,
                    group.arn.clone(),
                )
            }
        }
    }

    fn managed(
        &mut self,
        value: Option<&Value>,
        thing: &Resource,
        held: &mut BTreeSet<String>,
    ) -> Vec<AttachedPolicy> {
        let mut policies = Vec::new();
        for arn in texts(value) {
            if account_of(arn).is_none() && !arn.starts_with("arn:aws") {
                let name = whole(arn).unwrap_or(arn);
                self.gap(thing, "policy", &format!("a policy of it is {}", shown_name(name)));
                continue;
            }
            if is_unknown_to_us(arn) {
                self.gap(
                    thing,
                    "policy",
                    &format!(
                        "a policy of it is AWS's {}",
                        shown_name(arn.rsplit('/').next().unwrap_or(arn))
                    ),
                );
            }
            held.insert(arn.to_owned());
            policies.push(attached(&shown(arn)));
        }
        policies
    }

    fn inlines(
        &mut self,
        value: Option<&Value>,
        holder: &str,
        thing: &Resource,
    ) -> Vec<InlinePolicy> {
        let items = match value {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let mut policies = Vec::new();
        for item in items {
            let name = item.get("name").and_then(Value::as_str).map_or_else(String::new, shown);
            if let Some(document) = self.document(thing, item.get("document")) {
                self.place(format!("{holder}#inline/{name}"), thing);
                policies.push(InlinePolicy { policy_name: name, policy_document: document });
            }
        }
        policies
    }

    /// A document, with a note on what of it is not known.
    fn document(&mut self, thing: &Resource, value: Option<&Value>) -> Option<Value> {
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

    fn gap(&mut self, thing: &Resource, what: &str, why: &str) {
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

/// True for a policy of AWS whose text is not built in.
fn is_unknown_to_us(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/") && !is_built_in(arn)
}

fn attached(arn: &str) -> AttachedPolicy {
    let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
    AttachedPolicy { policy_arn: arn.to_owned(), policy_name: name }
}

fn shown_name(name: &str) -> String {
    shown(name.trim_start_matches('='))
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

/// Names of principals; a role's ARN counts as its name.
fn names(value: Option<&Value>) -> Vec<String> {
    texts(value)
        .into_iter()
        .map(|text| {
            shown(text.rsplit('/').next().filter(|_| text.starts_with("arn:")).unwrap_or(text))
        })
        .collect()
}
