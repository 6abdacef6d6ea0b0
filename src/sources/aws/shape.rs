//! Values of the SDK as the command line prints them. What AWS leaves out stays out.

use aws_sdk_iam::{primitives::DateTime, types as iam};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// An object without the fields that are absent.
pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let there = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// A moment, RFC 3339.
pub(super) fn at(at: Option<&DateTime>) -> Value {
    let at = at.and_then(|at| Timestamp::new(at.secs(), 0).ok());
    json!(at)
}

/// A list, each item turned by `shape`.
pub(super) fn list<T>(items: &[T], shape: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(shape).collect())
}

/// A list that may be absent.
pub(super) fn maybe<T>(items: Option<&Vec<T>>, shape: impl Fn(&T) -> Value) -> Value {
    items.map_or(Value::Null, |items| list(items, shape))
}

/// `{Key, Value}`.
fn tags(tags: Option<&Vec<iam::Tag>>) -> Value {
    maybe(tags, |tag| json!({"Key": tag.key(), "Value": tag.value()}))
}

fn inline(policies: Option<&Vec<iam::PolicyDetail>>) -> Value {
    maybe(policies, |policy| {
        object([
            ("PolicyName", json!(policy.policy_name)),
            ("PolicyDocument", json!(policy.policy_document)),
        ])
    })
}

fn attached(policies: Option<&Vec<iam::AttachedPolicy>>) -> Value {
    maybe(policies, |policy| {
        object([("PolicyName", json!(policy.policy_name)), ("PolicyArn", json!(policy.policy_arn))])
    })
}

fn boundary(boundary: Option<&iam::AttachedPermissionsBoundary>) -> Value {
    let arn = boundary.and_then(|boundary| boundary.permissions_boundary_arn.as_ref());
    arn.map_or(Value::Null, |arn| json!({"PermissionsBoundaryArn": arn}))
}

/// One of `UserDetailList`.
pub(super) fn user(user: &iam::UserDetail) -> Value {
    object([
        ("Path", json!(user.path)),
        ("UserName", json!(user.user_name)),
        ("UserId", json!(user.user_id)),
        ("Arn", json!(user.arn)),
        ("CreateDate", at(user.create_date.as_ref())),
        ("UserPolicyList", inline(user.user_policy_list.as_ref())),
        ("GroupList", json!(user.group_list)),
        ("AttachedManagedPolicies", attached(user.attached_managed_policies.as_ref())),
        ("PermissionsBoundary", boundary(user.permissions_boundary.as_ref())),
        ("Tags", tags(user.tags.as_ref())),
    ])
}

/// One of `GroupDetailList`.
pub(super) fn group(group: &iam::GroupDetail) -> Value {
    object([
        ("Path", json!(group.path)),
        ("GroupName", json!(group.group_name)),
        ("GroupId", json!(group.group_id)),
        ("Arn", json!(group.arn)),
        ("CreateDate", at(group.create_date.as_ref())),
        ("GroupPolicyList", inline(group.group_policy_list.as_ref())),
        ("AttachedManagedPolicies", attached(group.attached_managed_policies.as_ref())),
    ])
}

/// One of `RoleDetailList`.
pub(super) fn role(role: &iam::RoleDetail) -> Value {
    object([
        ("Path", json!(role.path)),
        ("RoleName", json!(role.role_name)),
        ("RoleId", json!(role.role_id)),
        ("Arn", json!(role.arn)),
        ("CreateDate", at(role.create_date.as_ref())),
        ("AssumeRolePolicyDocument", json!(role.assume_role_policy_document)),
        (
            "InstanceProfileList",
            maybe(
                role.instance_profile_list.as_ref(),
                |profile| json!({"InstanceProfileName": profile.instance_profile_name(), "Arn": profile.arn()}),
            ),
        ),
        ("RolePolicyList", inline(role.role_policy_list.as_ref())),
        ("AttachedManagedPolicies", attached(role.attached_managed_policies.as_ref())),
        ("PermissionsBoundary", boundary(role.permissions_boundary.as_ref())),
        ("Tags", tags(role.tags.as_ref())),
        (
            "RoleLastUsed",
            role.role_last_used.as_ref().map_or(Value::Null, |used| {
                object([
                    ("LastUsedDate", at(used.last_used_date.as_ref())),
                    ("Region", json!(used.region)),
                ])
            }),
        ),
    ])
}

/// One of `Policies`.
pub(super) fn policy(policy: &iam::ManagedPolicyDetail) -> Value {
    object([
        ("PolicyName", json!(policy.policy_name)),
        ("PolicyId", json!(policy.policy_id)),
        ("Arn", json!(policy.arn)),
        ("Path", json!(policy.path)),
        ("DefaultVersionId", json!(policy.default_version_id)),
        ("AttachmentCount", json!(policy.attachment_count)),
        ("PermissionsBoundaryUsageCount", json!(policy.permissions_boundary_usage_count)),
        ("CreateDate", at(policy.create_date.as_ref())),
        ("UpdateDate", at(policy.update_date.as_ref())),
        (
            "PolicyVersionList",
            maybe(policy.policy_version_list.as_ref(), |version| {
                object([
                    ("VersionId", json!(version.version_id)),
                    ("IsDefaultVersion", json!(version.is_default_version)),
                    ("CreateDate", at(version.create_date.as_ref())),
                    ("Document", json!(version.document)),
                ])
            }),
        ),
    ])
}

/// The answer of GetOpenIDConnectProvider.
pub(super) fn oidc_provider(
    provider: &aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput,
) -> Value {
    object([
        ("Url", json!(provider.url)),
        ("ClientIDList", json!(provider.client_id_list)),
        ("ThumbprintList", json!(provider.thumbprint_list)),
        ("CreateDate", at(provider.create_date.as_ref())),
        ("Tags", tags(provider.tags.as_ref())),
    ])
}

/// One of `ServicesLastAccessed`.
pub(super) fn last_accessed(service: &iam::ServiceLastAccessed) -> Value {
    object([
        ("ServiceName", json!(service.service_name)),
        ("ServiceNamespace", json!(service.service_namespace)),
        ("LastAuthenticated", at(service.last_authenticated.as_ref())),
        ("LastAuthenticatedRegion", json!(service.last_authenticated_region)),
        (
            "TrackedActionsLastAccessed",
            maybe(service.tracked_actions_last_accessed.as_ref(), |action| {
                object([
                    ("ActionName", json!(action.action_name)),
                    ("LastAccessedTime", at(action.last_accessed_time.as_ref())),
                ])
            }),
        ),
    ])
}

/// The account's password policy.
pub(super) fn password_policy(policy: &iam::PasswordPolicy) -> Value {
    object([
        ("MinimumPasswordLength", json!(policy.minimum_password_length)),
        ("ExpirePasswords", json!(policy.expire_passwords)),
        ("MaxPasswordAge", json!(policy.max_password_age)),
        ("PasswordReusePrevention", json!(policy.password_reuse_prevention)),
        ("RequireSymbols", json!(policy.require_symbols)),
        ("RequireNumbers", json!(policy.require_numbers)),
        ("RequireUppercaseCharacters", json!(policy.require_uppercase_characters)),
        ("RequireLowercaseCharacters", json!(policy.require_lowercase_characters)),
        ("AllowUsersToChangePassword", json!(policy.allow_users_to_change_password)),
    ])
}

/// One of `SecretList`.
pub(super) fn secret(secret: &aws_sdk_secretsmanager::types::SecretListEntry) -> Value {
    object([
        ("ARN", json!(secret.arn)),
        ("Name", json!(secret.name)),
        ("KmsKeyId", json!(secret.kms_key_id)),
        ("RotationEnabled", json!(secret.rotation_enabled)),
        ("RotationLambdaARN", json!(secret.rotation_lambda_arn)),
        (
            "RotationRules",
            secret.rotation_rules.as_ref().map_or(Value::Null, |rules| {
                object([
                    ("AutomaticallyAfterDays", json!(rules.automatically_after_days)),
                    ("ScheduleExpression", json!(rules.schedule_expression)),
                ])
            }),
        ),
        ("LastRotatedDate", at(secret.last_rotated_date.as_ref())),
        ("LastChangedDate", at(secret.last_changed_date.as_ref())),
        ("LastAccessedDate", at(secret.last_accessed_date.as_ref())),
        ("DeletedDate", at(secret.deleted_date.as_ref())),
        ("NextRotationDate", at(secret.next_rotation_date.as_ref())),
        ("CreatedDate", at(secret.created_date.as_ref())),
        ("OwningService", json!(secret.owning_service)),
        ("PrimaryRegion", json!(secret.primary_region)),
        (
            "Tags",
            maybe(secret.tags.as_ref(), |tag| json!({"Key": tag.key(), "Value": tag.value()})),
        ),
    ])
}

/// One of `Parameters`.
pub(super) fn parameter(parameter: &aws_sdk_ssm::types::ParameterMetadata) -> Value {
    object([
        ("Name", json!(parameter.name)),
        ("ARN", json!(parameter.arn)),
        ("Type", json!(parameter.r#type.as_ref().map(|kind| kind.as_str()))),
        ("KeyId", json!(parameter.key_id)),
        ("LastModifiedDate", at(parameter.last_modified_date.as_ref())),
        ("LastModifiedUser", json!(parameter.last_modified_user)),
        ("Version", json!(parameter.version)),
        (
            "Policies",
            maybe(parameter.policies.as_ref(), |policy| {
                object([
                    ("PolicyType", json!(policy.policy_type)),
                    ("PolicyStatus", json!(policy.policy_status)),
                ])
            }),
        ),
    ])
}

/// One of `trustAnchors`.
pub(super) fn trust_anchor(anchor: &aws_sdk_rolesanywhere::types::TrustAnchorDetail) -> Value {
    let source = anchor.source.as_ref();
    let authority = source.and_then(|s| s.source_data.as_ref()?.as_acm_pca_arn().ok());
    let kind = source.and_then(|s| s.source_type.as_ref());
    object([
        ("trustAnchorArn", json!(anchor.trust_anchor_arn)),
        ("name", json!(anchor.name)),
        ("enabled", json!(anchor.enabled)),
        (
            "source",
            object([
                ("sourceType", json!(kind.map(|kind| kind.as_str()))),
                ("sourceData", object([("acmPcaArn", json!(authority))])),
            ]),
        ),
        ("createdAt", at(anchor.created_at.as_ref())),
        ("updatedAt", at(anchor.updated_at.as_ref())),
    ])
}

/// One of `profiles`.
pub(super) fn profile(profile: &aws_sdk_rolesanywhere::types::ProfileDetail) -> Value {
    object([
        ("profileArn", json!(profile.profile_arn)),
        ("name", json!(profile.name)),
        ("enabled", json!(profile.enabled)),
        ("roleArns", json!(profile.role_arns)),
        ("managedPolicyArns", json!(profile.managed_policy_arns)),
        ("sessionPolicy", json!(profile.session_policy)),
        ("acceptRoleSessionName", json!(profile.accept_role_session_name)),
        ("durationSeconds", json!(profile.duration_seconds)),
        ("createdAt", at(profile.created_at.as_ref())),
    ])
}

/// One of `analyzers`.
pub(super) fn analyzer(analyzer: &aws_sdk_accessanalyzer::types::AnalyzerSummary) -> Value {
    object([
        ("arn", json!(analyzer.arn)),
        ("name", json!(analyzer.name)),
        ("type", json!(analyzer.r#type.as_str())),
        ("status", json!(analyzer.status.as_str())),
        ("createdAt", at(Some(&analyzer.created_at))),
        ("lastResourceAnalyzedAt", at(analyzer.last_resource_analyzed_at.as_ref())),
    ])
}

/// One of `findings`.
pub(super) fn finding(finding: &aws_sdk_accessanalyzer::types::FindingSummaryV2) -> Value {
    object([
        ("id", json!(finding.id)),
        ("resource", json!(finding.resource)),
        ("resourceType", json!(finding.resource_type.as_str())),
        ("resourceOwnerAccount", json!(finding.resource_owner_account)),
        ("status", json!(finding.status.as_str())),
        ("findingType", json!(finding.finding_type.as_ref().map(|kind| kind.as_str()))),
        ("createdAt", at(Some(&finding.created_at))),
        ("updatedAt", at(Some(&finding.updated_at))),
    ])
}

/// An account of an organisation.
pub(super) fn account(account: &aws_sdk_organizations::types::Account) -> Value {
    object([
        ("Id", json!(account.id)),
        ("Arn", json!(account.arn)),
        ("Email", json!(account.email)),
        ("Name", json!(account.name)),
        ("State", json!(account.state.as_ref().map(|state| state.as_str()))),
        ("JoinedMethod", json!(account.joined_method.as_ref().map(|method| method.as_str()))),
        ("JoinedTimestamp", at(account.joined_timestamp.as_ref())),
    ])
}

/// A policy's name and kind.
pub(super) fn policy_summary(summary: &aws_sdk_organizations::types::PolicySummary) -> Value {
    object([
        ("Id", json!(summary.id)),
        ("Arn", json!(summary.arn)),
        ("Name", json!(summary.name)),
        ("Type", json!(summary.r#type.as_ref().map(|kind| kind.as_str()))),
        ("AwsManaged", json!(summary.aws_managed)),
    ])
}
