//! The pure core of Overstay: evidence in, findings out. No I/O, no clock, no async; the same
//! evidence and the same `now` give the same findings in the same order.

pub mod evidence;
pub mod examples;
pub mod finding;
pub mod policy;
pub mod readers;

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
    aws {
        aws_escalation_to_admin => AwsEscalationToAdmin,
        aws_standing_admin => AwsStandingAdmin,
    }
    ci {
        ci_bot_check_spoofable => CiBotCheckSpoofable,
        ci_checkout_credential_in_artifact => CiCheckoutCredentialInArtifact,
        ci_checkout_credential_persisted => CiCheckoutCredentialPersisted,
        ci_debug_switch_on => CiDebugSwitchOn,
        ci_github_app_token_unrestricted => CiGithubAppTokenUnrestricted,
        ci_job_token_forwarded => CiJobTokenForwarded,
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
        ci_secret_in_wide_env => CiSecretInWideEnv,
        ci_secret_to_unpinned_action => CiSecretToUnpinnedAction,
        ci_secret_under_untrusted_trigger => CiSecretUnderUntrustedTrigger,
        ci_secrets_inherited => CiSecretsInherited,
        ci_self_hosted_with_identity => CiSelfHostedWithIdentity,
        ci_ssh_key_stored => CiSshKeyStored,
        ci_static_cloud_credential => CiStaticCloudCredential,
        ci_static_credential_without_federation => CiStaticCredentialWithoutFederation,
        ci_static_vault_credential => CiStaticVaultCredential,
        ci_token_permissions_implicit => CiTokenPermissionsImplicit,
        ci_token_permissions_write_all => CiTokenPermissionsWriteAll,
        ci_unpinned_action => CiUnpinnedAction,
        ci_unpinned_image => CiUnpinnedImage,
        ci_untrusted_code_with_identity => CiUntrustedCodeWithIdentity,
        ci_whole_secrets_context => CiWholeSecretsContext,
    }
    governance {
        suppression_expired => SuppressionExpired,
        suppression_invalid => SuppressionInvalid,
        suppression_unused => SuppressionUnused,
    exposure {
        leaked_credential => LeakedCredential,
    }
    vault {
        vault_client_static_token => VaultClientStaticToken,
        vault_listener_tls_off => VaultListenerTlsOff,
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
        vault_policy_spans_environments => VaultPolicySpansEnvironments,
        vault_policy_template_writable => VaultPolicyTemplateWritable,
        vault_policy_wildcard_sudo => VaultPolicyWildcardSudo,
        vault_policy_writes_identity => VaultPolicyWritesIdentity,
        vault_policy_writes_logins => VaultPolicyWritesLogins,
        vault_raw_storage_on => VaultRawStorageOn,
        vault_tls_verification_off => VaultTlsVerificationOff,
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
    (findings.into_iter().flatten().collect(), gaps.into_iter().flatten().collect())
}

/// Every rule, sorted by slug.
pub fn all_rules() -> Vec<RuleId> {
    overstay_rules::CATALOGUE.iter().map(|rule| rule.id).collect()
}
