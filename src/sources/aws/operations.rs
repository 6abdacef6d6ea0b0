//! Every operation that the AWS source may ask for. Nothing else leaves: the client refuses what the
//! table does not name, so a secret's value, a parameter's value or a change cannot be asked for even
//! by mistake. `overstay permissions aws` and the policy of every assumed session come from the same
//! table.

/// Where an operation's answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Any account that is read.
    Account,
    /// The management account of an organisation, or a delegated administrator.
    Organisation,
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The service as the SDK names it.
    pub(crate) sdk: &'static str,
    /// The action as a policy names it: `iam:ListAccessKeys`.
    pub(crate) action: &'static str,
    /// Where it is asked.
    pub(crate) place: Place,
}

const fn account(sdk: &'static str, action: &'static str) -> Operation {
    Operation { sdk, action, place: Place::Account }
}

const fn organisation(sdk: &'static str, action: &'static str) -> Operation {
    Operation { sdk, action, place: Place::Organisation }
}

/// The table, sorted by action within a place. `sts:GetCallerIdentity` needs no permission.
pub(crate) const OPERATIONS: &[Operation] = &[
    account("AccessAnalyzer", "access-analyzer:ListAnalyzers"),
    account("AccessAnalyzer", "access-analyzer:ListFindingsV2"),
    account("IAM", "iam:GenerateCredentialReport"),
    account("IAM", "iam:GenerateServiceLastAccessedDetails"),
    account("IAM", "iam:GetAccessKeyLastUsed"),
    account("IAM", "iam:GetAccountAuthorizationDetails"),
    account("IAM", "iam:GetAccountPasswordPolicy"),
    account("IAM", "iam:GetAccountSummary"),
    account("IAM", "iam:GetCredentialReport"),
    account("IAM", "iam:GetOpenIDConnectProvider"),
    account("IAM", "iam:GetServiceLastAccessedDetails"),
    account("IAM", "iam:ListAccessKeys"),
    account("IAM", "iam:ListOpenIDConnectProviders"),
    account("IAM", "iam:ListSAMLProviders"),
    account("IAM", "iam:ListServiceSpecificCredentials"),
    account("IAM", "iam:ListSigningCertificates"),
    account("IAM", "iam:ListSSHPublicKeys"),
    account("IAM", "iam:ListVirtualMFADevices"),
    account("Organizations", "organizations:DescribeOrganization"),
    account("RolesAnywhere", "rolesanywhere:ListProfiles"),
    account("RolesAnywhere", "rolesanywhere:ListTrustAnchors"),
    account("Secrets Manager", "secretsmanager:ListSecrets"),
    account("SSM", "ssm:DescribeParameters"),
    account("STS", "sts:GetCallerIdentity"),
    organisation("IAM", "iam:ListOrganizationsFeatures"),
    organisation("Organizations", "organizations:DescribePolicy"),
    organisation("Organizations", "organizations:ListAccounts"),
    organisation("Organizations", "organizations:ListAccountsForParent"),
    organisation("Organizations", "organizations:ListDelegatedAdministrators"),
    organisation("Organizations", "organizations:ListDelegatedServicesForAccount"),
    organisation("Organizations", "organizations:ListOrganizationalUnitsForParent"),
    organisation("Organizations", "organizations:ListPolicies"),
    organisation("Organizations", "organizations:ListRoots"),
    organisation("Organizations", "organizations:ListTargetsForPolicy"),
];

/// The action of an operation that may be sent; `None` for any other.
pub(super) fn allowed(sdk: &str, name: &str) -> Option<&'static str> {
    let named = |operation: &&Operation| {
        operation.sdk == sdk && operation.action.split_once(':').is_some_and(|(_, n)| n == name)
    };
    OPERATIONS.iter().find(named).map(|operation| operation.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_only_reads() {
        let keys: Vec<_> = OPERATIONS.iter().map(|o| (o.place, o.action.to_lowercase())).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        for operation in OPERATIONS {
            let (_, name) = operation.action.split_once(':').unwrap();
            // The two jobs write a report that IAM keeps for the asker, and nothing else.
            let reads = ["Describe", "Get", "List", "GenerateCredentialReport"];
            let jobs = name == "GenerateServiceLastAccessedDetails";
            assert!(jobs || reads.iter().any(|verb| name.starts_with(verb)), "{name}");
        }
    }

    #[test]
    fn what_returns_a_secret_is_not_in_it() {
        for (sdk, name) in [
            ("Secrets Manager", "GetSecretValue"),
            ("Secrets Manager", "BatchGetSecretValue"),
            ("SSM", "GetParameter"),
            ("SSM", "GetParameters"),
            ("SSM", "GetParametersByPath"),
            ("SSM", "GetParameterHistory"),
            ("STS", "GetSessionToken"),
            ("IAM", "CreateAccessKey"),
            ("IAM", "ResetServiceSpecificCredential"),
        ] {
            assert_eq!(allowed(sdk, name), None, "{name}");
        }
        assert_eq!(allowed("IAM", "ListAccessKeys"), Some("iam:ListAccessKeys"));
    }
}
