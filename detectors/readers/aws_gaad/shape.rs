//! The fields of GetAccountAuthorizationDetails that matter (IAM API reference, 2010-05-08).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// One answer, or several pages merged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Details {
    /// Users; `None` when the answer has no such list.
    pub user_detail_list: Option<Vec<User>>,
    /// Groups.
    pub group_detail_list: Option<Vec<Group>>,
    /// Roles.
    pub role_detail_list: Option<Vec<Role>>,
    /// Managed policies that are attached somewhere or belong to the account.
    pub policies: Option<Vec<ManagedPolicy>>,
    /// True when there are more pages.
    pub is_truncated: bool,
}

impl Details {
    /// All four lists, and nothing in them: pages are added.
    pub(crate) fn empty() -> Details {
        Details {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: false,
        }
    }

    /// Adds a page.
    pub(crate) fn append(&mut self, page: Details) {
        fn add<T>(all: &mut Option<Vec<T>>, page: Option<Vec<T>>) {
            all.get_or_insert_default().extend(page.unwrap_or_default());
        }
        add(&mut self.user_detail_list, page.user_detail_list);
        add(&mut self.group_detail_list, page.group_detail_list);
        add(&mut self.role_detail_list, page.role_detail_list);
        add(&mut self.policies, page.policies);
    }
}

/// A user.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct User {
    pub arn: String,
    pub path: String,
    pub user_name: String,
    pub user_id: String,
    #[serde(deserialize_with = "lenient_moment")]
    pub create_date: Option<Timestamp>,
    pub user_policy_list: Vec<InlinePolicy>,
    pub group_list: Vec<String>,
    pub attached_managed_policies: Vec<AttachedPolicy>,
    pub permissions_boundary: Option<Boundary>,
    #[serde(deserialize_with = "tags")]
    pub tags: BTreeMap<String, String>,
}

/// A group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Group {
    pub arn: String,
    pub path: String,
    pub group_name: String,
    pub group_id: String,
    #[serde(deserialize_with = "lenient_moment")]
    pub create_date: Option<Timestamp>,
    pub group_policy_list: Vec<InlinePolicy>,
    pub attached_managed_policies: Vec<AttachedPolicy>,
}

/// A role.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Role {
    pub arn: String,
    pub path: String,
    pub role_name: String,
    pub role_id: String,
    #[serde(deserialize_with = "lenient_moment")]
    pub create_date: Option<Timestamp>,
    pub assume_role_policy_document: Value,
    pub instance_profile_list: Vec<InstanceProfile>,
    pub role_policy_list: Vec<InlinePolicy>,
    pub attached_managed_policies: Vec<AttachedPolicy>,
    pub permissions_boundary: Option<Boundary>,
    #[serde(deserialize_with = "tags")]
    pub tags: BTreeMap<String, String>,
    pub role_last_used: Option<LastUsed>,
}

/// A managed policy with its versions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ManagedPolicy {
    pub arn: String,
    pub policy_name: String,
    #[serde(deserialize_with = "lenient_moment")]
    pub create_date: Option<Timestamp>,
    #[serde(deserialize_with = "lenient_moment")]
    pub update_date: Option<Timestamp>,
    pub attachment_count: Option<u64>,
    pub permissions_boundary_usage_count: Option<u64>,
    pub policy_version_list: Vec<PolicyVersion>,
}

/// One version of a managed policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PolicyVersion {
    pub version_id: String,
    pub is_default_version: bool,
    pub document: Value,
}

/// A policy that lives inside a user, group or role.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InlinePolicy {
    pub policy_name: String,
    pub policy_document: Value,
}

/// A managed policy attached to a user, group or role.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AttachedPolicy {
    pub policy_arn: String,
    pub policy_name: String,
}

/// A permissions boundary.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Boundary {
    pub permissions_boundary_arn: String,
}

/// An instance profile.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InstanceProfile {
    pub instance_profile_name: String,
    pub arn: String,
}

/// `RoleLastUsed`: empty when the role was not used within the tracking period of 400 days.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LastUsed {
    #[serde(deserialize_with = "lenient_moment")]
    pub last_used_date: Option<Timestamp>,
    pub region: Option<String>,
}

/// A moment as AWS tools write it: RFC 3339, with a space for the `T`, or seconds since 1970.
pub fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| seconds(text.parse().ok()?))
}

fn seconds(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second is of no use here")]
    Timestamp::from_second(seconds as i64).ok()
}

fn lenient_moment<'de, D: Deserializer<'de>>(de: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(match Value::deserialize(de)? {
        Value::String(text) => moment(&text),
        Value::Number(number) => number.as_f64().and_then(seconds),
        _ => None,
    })
}

fn tags<'de, D: Deserializer<'de>>(de: D) -> Result<BTreeMap<String, String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Tag {
        key: String,
        #[serde(default)]
        value: String,
    }
    let list = Option::<Vec<Tag>>::deserialize(de)?.unwrap_or_default();
    Ok(list.into_iter().map(|tag| (tag.key, tag.value)).collect())
}
