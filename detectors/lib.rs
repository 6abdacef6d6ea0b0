//! The pure core of Overstay: evidence in, findings out. No I/O, no clock, no async; the same
//! evidence and the same `now` give the same findings in the same order.

pub mod clocks;
pub mod custody;
pub mod evidence;
pub mod examples;
pub mod finding;
pub mod fixes;
pub mod policy;
pub mod readers;
pub mod suggest;

use evidence::Estate;
use finding::{EvidenceGap, Finding, Findings};
use overstay_rules::RuleId;
use rayon::prelude::*;

/// A detector: looks at the estate, reports into the list of its rule. It cannot fail.
pub type Detect = fn(&Estate, &mut Findings);

/// Declares the detectors: one line per rule, sorted. A card without a line here does not compile;
/// neither does a line without a card.
macro_rules! detectors {
    ($($plane:ident { $($module:ident => $rule:ident,)* })*) => {
        $(mod $plane { $(pub(crate) mod $module;)* })*

        /// The detector of a rule.
        pub fn detector(rule: RuleId) -> Detect {
            match rule { $($(RuleId::$rule => $plane::$module::detect,)*)* }
        }
    };
}

detectors! {
    agents {
        agent_approves_everything => AgentApprovesEverything,
        agent_literal_credential => AgentLiteralCredential,
        agent_personal_token => AgentPersonalToken,
        agent_reaches_whole_machine => AgentReachesWholeMachine,
        agent_server_over_plain_http => AgentServerOverPlainHttp,
        agent_server_unpinned_with_credential => AgentServerUnpinnedWithCredential,
        agent_static_cloud_key => AgentStaticCloudKey,
        agent_write_tools_unasked => AgentWriteToolsUnasked,
    }
    aws {
        aws_access_key_unrotated => AwsAccessKeyUnrotated,
        aws_access_key_unused => AwsAccessKeyUnused,
        aws_analyzer_external_access => AwsAnalyzerExternalAccess,
        aws_bedrock_key_without_end => AwsBedrockKeyWithoutEnd,
        aws_console_password_on_service_user => AwsConsolePasswordOnServiceUser,
        aws_console_user_without_mfa => AwsConsoleUserWithoutMfa,
        aws_credentials_mintable => AwsCredentialsMintable,
        aws_deny_of_nothing => AwsDenyOfNothing,
        aws_escalation_to_admin => AwsEscalationToAdmin,
        aws_federation_provider_unused => AwsFederationProviderUnused,
        aws_oidc_subject_recyclable => AwsOidcSubjectRecyclable,
        aws_oidc_trust_too_broad => AwsOidcTrustTooBroad,
        aws_oidc_trust_unused => AwsOidcTrustUnused,
        aws_oidc_trust_wider_than_users => AwsOidcTrustWiderThanUsers,
        aws_permission_of_nothing => AwsPermissionOfNothing,
        aws_permissions_unused => AwsPermissionsUnused,
        aws_role_shared_by_workloads => AwsRoleSharedByWorkloads,
        aws_role_spans_environments => AwsRoleSpansEnvironments,
        aws_role_trusts_anyone => AwsRoleTrustsAnyone,
        aws_role_trusts_vendor_without_external_id => AwsRoleTrustsVendorWithoutExternalId,
        aws_role_unused => AwsRoleUnused,
        aws_roles_anywhere_trust_open => AwsRolesAnywhereTrustOpen,
        aws_root_access_key => AwsRootAccessKey,
        aws_saml_trust_without_audience => AwsSamlTrustWithoutAudience,
        aws_secret_unrotated => AwsSecretUnrotated,
        aws_secrets_readable_everywhere => AwsSecretsReadableEverywhere,
        aws_service_credential_unrotated => AwsServiceCredentialUnrotated,
        aws_service_trust_without_source => AwsServiceTrustWithoutSource,
        aws_service_wildcard => AwsServiceWildcard,
        aws_standing_admin => AwsStandingAdmin,
        aws_static_key_in_code => AwsStaticKeyInCode,
        aws_two_active_access_keys => AwsTwoActiveAccessKeys,
        aws_workflow_role_unowned => AwsWorkflowRoleUnowned,
    }
    ci {
        ci_approval_open_to_anyone => CiApprovalOpenToAnyone,
        ci_bot_check_spoofable => CiBotCheckSpoofable,
        ci_checkout_credential_in_artifact => CiCheckoutCredentialInArtifact,
        ci_checkout_credential_persisted => CiCheckoutCredentialPersisted,
        ci_connection_under_pull_request => CiConnectionUnderPullRequest,
        ci_context_across_environments => CiContextAcrossEnvironments,
        ci_context_on_any_branch => CiContextOnAnyBranch,
        ci_context_with_unpinned_orb => CiContextWithUnpinnedOrb,
        ci_credential_open_to_every_job => CiCredentialOpenToEveryJob,
        ci_debug_switch_on => CiDebugSwitchOn,
        ci_dependency_update_runs_code => CiDependencyUpdateRunsCode,
        ci_deployer_project_unbounded => CiDeployerProjectUnbounded,
        ci_deployer_token_without_expiry => CiDeployerTokenWithoutExpiry,
        ci_engine_agent_channel_weak => CiEngineAgentChannelWeak,
        ci_engine_everyone_is_admin => CiEngineEveryoneIsAdmin,
        ci_engine_legacy_token_on => CiEngineLegacyTokenOn,
        ci_engine_open_to_anonymous => CiEngineOpenToAnonymous,
        ci_github_app_token_unrestricted => CiGithubAppTokenUnrestricted,
        ci_job_default_service_account => CiJobDefaultServiceAccount,
        ci_job_on_controller => CiJobOnController,
        ci_job_token_forwarded => CiJobTokenForwarded,
        ci_job_token_in_script => CiJobTokenInScript,
        ci_job_token_to_foreign_code => CiJobTokenToForeignCode,
        ci_literal_credential => CiLiteralCredential,
        ci_literal_test_credential => CiLiteralTestCredential,
        ci_long_role_session => CiLongRoleSession,
        ci_manual_deploy_ungated => CiManualDeployUngated,
        ci_oidc_ambient => CiOidcAmbient,
        ci_oidc_no_environment => CiOidcNoEnvironment,
        ci_oidc_with_unpinned_action => CiOidcWithUnpinnedAction,
        ci_personal_access_token => CiPersonalAccessToken,
        ci_publishing_token_long_lived => CiPublishingTokenLongLived,
        ci_secret_across_environments => CiSecretAcrossEnvironments,
        ci_secret_field_unmasked => CiSecretFieldUnmasked,
        ci_secret_in_groovy_string => CiSecretInGroovyString,
        ci_secret_in_pull_request_run => CiSecretInPullRequestRun,
        ci_secret_in_unpinned_image => CiSecretInUnpinnedImage,
        ci_secret_in_wide_env => CiSecretInWideEnv,
        ci_secret_to_fetched_script => CiSecretToFetchedScript,
        ci_secret_to_unpinned_action => CiSecretToUnpinnedAction,
        ci_secret_to_unpinned_package => CiSecretToUnpinnedPackage,
        ci_secret_under_pull_request => CiSecretUnderPullRequest,
        ci_secret_under_untrusted_trigger => CiSecretUnderUntrustedTrigger,
        ci_secrets_inherited => CiSecretsInherited,
        ci_self_hosted_with_identity => CiSelfHostedWithIdentity,
        ci_ssh_key_stored => CiSshKeyStored,
        ci_static_cloud_credential => CiStaticCloudCredential,
        ci_static_credential_without_federation => CiStaticCredentialWithoutFederation,
        ci_static_vault_credential => CiStaticVaultCredential,
        ci_token_permissions_implicit => CiTokenPermissionsImplicit,
        ci_token_permissions_write_all => CiTokenPermissionsWriteAll,
        ci_token_scope_unneeded => CiTokenScopeUnneeded,
        ci_unpinned_action => CiUnpinnedAction,
        ci_unpinned_image => CiUnpinnedImage,
        ci_untrusted_code_with_identity => CiUntrustedCodeWithIdentity,
        ci_webhook_unauthenticated => CiWebhookUnauthenticated,
        ci_whole_secrets_context => CiWholeSecretsContext,
        imported_code_untrusted => ImportedCodeUntrusted,
        imported_credential_exposed => ImportedCredentialExposed,
        imported_credential_long_lived => ImportedCredentialLongLived,
        imported_credentials_excessive => ImportedCredentialsExcessive,
        imported_environment_unisolated => ImportedEnvironmentUnisolated,
        imported_hygiene_lapse => ImportedHygieneLapse,
        imported_job_open_to_strangers => ImportedJobOpenToStrangers,
        imported_permissions_excessive => ImportedPermissionsExcessive,
    }
    exposure {
        credential_in_several_repositories => CredentialInSeveralRepositories,
        credential_shared_across_environments => CredentialSharedAcrossEnvironments,
        leaked_credential => LeakedCredential,
    }
    federation {
        federation_trust_too_broad => FederationTrustTooBroad,
        federation_trust_unused => FederationTrustUnused,
        federation_trust_wider_than_users => FederationTrustWiderThanUsers,
        open_pipeline_reaches_admin => OpenPipelineReachesAdmin,
    }
    governance {
        access_wider_than_approved => AccessWiderThanApproved,
        access_without_approval => AccessWithoutApproval,
        approval_after_first_use => ApprovalAfterFirstUse,
        approval_below_quorum => ApprovalBelowQuorum,
        approval_consumed_by_another => ApprovalConsumedByAnother,
        approval_expired_access_live => ApprovalExpiredAccessLive,
        approval_incomplete => ApprovalIncomplete,
        approval_outlives_identity => ApprovalOutlivesIdentity,
        approval_reused_for_many => ApprovalReusedForMany,
        approval_wider_than_issued => ApprovalWiderThanIssued,
        break_glass_outside_incident => BreakGlassOutsideIncident,
        break_glass_routine => BreakGlassRoutine,
        break_glass_secret_unrotated => BreakGlassSecretUnrotated,
        break_glass_use_unreviewed => BreakGlassUseUnreviewed,
        break_glass_use_without_alert => BreakGlassUseWithoutAlert,
        break_glass_without_expiry => BreakGlassWithoutExpiry,
        certified_state_differs => CertifiedStateDiffers,
        chained_token_exceeds_parent => ChainedTokenExceedsParent,
        checkout_not_returned => CheckoutNotReturned,
        clocks_closed_apart => ClocksClosedApart,
        credential_in_two_environments => CredentialInTwoEnvironments,
        credential_outlives_approval => CredentialOutlivesApproval,
        credential_predates_shorter_limit => CredentialPredatesShorterLimit,
        custom_policy_denied => CustomPolicyDenied,
        dangling_access_reference => DanglingAccessReference,
        denied_in_review_access_remains => DeniedInReviewAccessRemains,
        elevation_ended_grant_standing => ElevationEndedGrantStanding,
        elevation_longer_than_approved => ElevationLongerThanApproved,
        elevation_never_ended => ElevationNeverEnded,
        elevation_without_approval => ElevationWithoutApproval,
        eligible_role_permanently_active => EligibleRolePermanentlyActive,
        evidence_gap => EvidenceGap,
        exception_unaccountable => ExceptionUnaccountable,
        expired_exception_relied_on => ExpiredExceptionReliedOn,
        external_owner_unsponsored => ExternalOwnerUnsponsored,
        grant_changed_outside_pam => GrantChangedOutsidePam,
        human_use_of_machine_identity => HumanUseOfMachineIdentity,
        identifier_conflicting => IdentifierConflicting,
        identity_in_one_ledger_only => IdentityInOneLedgerOnly,
        identity_shared_across_apps => IdentitySharedAcrossApps,
        identity_unresolved => IdentityUnresolved,
        impossible_clocks => ImpossibleClocks,
        leaked_credential_live => LeakedCredentialLive,
        machine_identity_without_owner => MachineIdentityWithoutOwner,
        owner_gone => OwnerGone,
        owner_is_empty_group => OwnerIsEmptyGroup,
        owner_moved_not_reattested => OwnerMovedNotReattested,
        privileged_session_unrecorded => PrivilegedSessionUnrecorded,
        privileged_use_outside_pam => PrivilegedUseOutsidePam,
        recertification_overdue => RecertificationOverdue,
        refused_access_present => RefusedAccessPresent,
        removed_identity_access_live => RemovedIdentityAccessLive,
        review_not_independent => ReviewNotIndependent,
        revocation_impossible_at_target => RevocationImpossibleAtTarget,
        revocation_not_propagated => RevocationNotPropagated,
        self_approved_access => SelfApprovedAccess,
        sources_contradict => SourcesContradict,
        standing_grant_made_in_elevation => StandingGrantMadeInElevation,
        standing_privilege_unused => StandingPrivilegeUnused,
        static_key_bypasses_pam => StaticKeyBypassesPam,
        suppression_expired => SuppressionExpired,
        suppression_invalid => SuppressionInvalid,
        suppression_unused => SuppressionUnused,
        use_without_attribution => UseWithoutAttribution,
        vault_as_static_store => VaultAsStaticStore,
    }
    vault {
        vault_approle_without_secret_id => VaultApproleWithoutSecretId,
        vault_audit_log_raw => VaultAuditLogRaw,
        vault_audit_off => VaultAuditOff,
        vault_client_lasting_login => VaultClientLastingLogin,
        vault_client_static_token => VaultClientStaticToken,
        vault_database_password_in_url => VaultDatabasePasswordInUrl,
        vault_database_role_without_end => VaultDatabaseRoleWithoutEnd,
        vault_jwt_role_open_to_strangers => VaultJwtRoleOpenToStrangers,
        vault_jwt_role_too_broad => VaultJwtRoleTooBroad,
        vault_jwt_role_unbound => VaultJwtRoleUnbound,
        vault_jwt_role_unused => VaultJwtRoleUnused,
        vault_jwt_role_wider_than_users => VaultJwtRoleWiderThanUsers,
        vault_kubernetes_role_wildcard => VaultKubernetesRoleWildcard,
        vault_kv_v1_mount => VaultKvV1Mount,
        vault_listener_tls_off => VaultListenerTlsOff,
        vault_login_audience_missing => VaultLoginAudienceMissing,
        vault_login_lifetime_long => VaultLoginLifetimeLong,
        vault_pki_certificate_long_lived => VaultPkiCertificateLongLived,
        vault_pki_role_any_name => VaultPkiRoleAnyName,
        vault_policy_controls_server => VaultPolicyControlsServer,
        vault_policy_defines_credentials => VaultPolicyDefinesCredentials,
        vault_policy_deny_ineffective => VaultPolicyDenyIneffective,
        vault_policy_mints_tokens => VaultPolicyMintsTokens,
        vault_policy_notation_misleading => VaultPolicyNotationMisleading,
        vault_policy_parameters_unchecked => VaultPolicyParametersUnchecked,
        vault_policy_reaches_all_secrets => VaultPolicyReachesAllSecrets,
        vault_policy_rewrites_policies => VaultPolicyRewritesPolicies,
        vault_policy_root_equivalent => VaultPolicyRootEquivalent,
        vault_policy_rule_dead => VaultPolicyRuleDead,
        vault_policy_set_escalates => VaultPolicySetEscalates,
        vault_policy_spans_environments => VaultPolicySpansEnvironments,
        vault_policy_template_writable => VaultPolicyTemplateWritable,
        vault_policy_wildcard_sudo => VaultPolicyWildcardSudo,
        vault_policy_writes_identity => VaultPolicyWritesIdentity,
        vault_policy_writes_logins => VaultPolicyWritesLogins,
        vault_raw_storage_on => VaultRawStorageOn,
        vault_root_token_live => VaultRootTokenLive,
        vault_secret_id_unbound => VaultSecretIdUnbound,
        vault_secret_id_without_end => VaultSecretIdWithoutEnd,
        vault_ssh_role_any_user => VaultSshRoleAnyUser,
        vault_static_role_unrotated => VaultStaticRoleUnrotated,
        vault_store_open_to_cluster => VaultStoreOpenToCluster,
        vault_tls_verification_off => VaultTlsVerificationOff,
        vault_token_long_lived => VaultTokenLongLived,
        vault_token_principal_gone => VaultTokenPrincipalGone,
        vault_token_role_mints_admin => VaultTokenRoleMintsAdmin,
        vault_token_unowned => VaultTokenUnowned,
        vault_token_without_end => VaultTokenWithoutEnd,
        vault_transit_key_exportable => VaultTransitKeyExportable,
        vault_transit_key_unrotated => VaultTransitKeyUnrotated,
    }
}

/// Runs the named rules in parallel. The order of the result depends only on the evidence.
pub fn detect(estate: &Estate, rules: &[RuleId]) -> (Vec<Finding>, Vec<EvidenceGap>) {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.slug());
    rules.dedup();
    let results: Vec<_> = rules
        .par_iter()
        .map(|rule| {
            let mut findings = Findings::new(*rule);
            detector(*rule)(estate, &mut findings);
            findings.finish()
        })
        .collect();
    let (findings, gaps): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    let mut findings: Vec<Finding> = findings.into_iter().flatten().collect();
    stand_at_definitions(estate, &mut findings);
    (findings, gaps.into_iter().flatten().collect())
}

/// A finding about a thing that a file defines stands at the file's line, whatever rule found it: a
/// role of a live server has only a name there, the same role in Terraform has a place.
fn stand_at_definitions(estate: &Estate, findings: &mut [Finding]) {
    let placed = estate.definitions();
    for finding in findings {
        let first = finding.evidence.first().and_then(|id| placed.get(id.as_str()));
        if let Some(place) = first.filter(|_| finding.locations.iter().all(|l| l.path.is_none())) {
            finding.locations.insert(0, (*place).clone());
        }
    }
}

/// Every rule, sorted by slug.
pub fn all_rules() -> Vec<RuleId> {
    overstay_rules::CATALOGUE.iter().map(|rule| rule.id).collect()
}
