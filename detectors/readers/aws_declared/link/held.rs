//! Who holds what in a deployment: attachments, memberships, and principals that it only attaches to.

use super::{
    super::hole::{shown, whole},
    account::{Account, KINDS},
    scope::Scope,
};
use crate::{
    evidence::Resource,
    policy::aws::{account_of, is_built_in},
    readers::aws_gaad::{AttachedPolicy, Group, InlinePolicy, Role, User},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Account {
    pub(super) fn attach(&mut self, scope: &Scope, thing: &Resource, held: &mut BTreeSet<String>) {
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

    pub(super) fn join(&mut self, scope: &Scope, thing: &Resource) {
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
    pub(super) fn holder(
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

    pub(super) fn managed(
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

    pub(super) fn inlines(
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
}

/// True for a policy of AWS whose text is not built in.
fn is_unknown_to_us(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/") && !is_built_in(arn)
}

pub(super) fn attached(arn: &str) -> AttachedPolicy {
    let name = arn.rsplit('/').next().unwrap_or(arn).to_owned();
    AttachedPolicy { policy_arn: arn.to_owned(), policy_name: name }
}

pub(super) fn shown_name(name: &str) -> String {
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
pub(super) fn names(value: Option<&Value>) -> Vec<String> {
    texts(value)
        .into_iter()
        .map(|text| {
            shown(text.rsplit('/').next().filter(|_| text.starts_with("arn:")).unwrap_or(text))
        })
        .collect()
}
