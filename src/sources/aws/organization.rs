//! The organisation: its tree, its policies, who administers what for all of it.

use super::{
    ask::{Ask, Asker, Page},
    shape,
};
use aws_sdk_organizations::types::PolicyType;
use serde_json::{Value, json};

/// Kinds of policy that bound what accounts may do.
const POLICY_TYPES: [PolicyType; 2] =
    [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy];
/// Organisations nest five units deep; a tree that goes on beyond this is not one.
const DEEPEST: usize = 16;

/// What the asking account knows of its organisation; the whole of it from the management account.
pub(super) async fn read(asker: &Asker) {
    let client = asker.session.organizations(None);
    let ask = Ask::all("organizations:DescribeOrganization");
    let described = asker.pages(ask, |_| {
        let request = client.describe_organization();
        async move {
            let answer = request.send().await?;
            let organisation = answer.organization.as_ref().map(|organisation| {
                shape::object([
                    ("Id", json!(organisation.id)),
                    ("Arn", json!(organisation.arn)),
                    ("MasterAccountId", json!(organisation.master_account_id)),
                    (
                        "FeatureSet",
                        json!(organisation.feature_set.as_ref().map(|set| set.as_str())),
                    ),
                ])
            });
            Ok(Page::only(json!({ "Organization": organisation })))
        }
    });
    match described.await {
        Ok(()) => {}
        // The account stands alone.
        Err(refusal) if refusal.code == "AWSOrganizationsNotInUseException" => {
            return asker.nothing(ask);
        }
        Err(refusal) => return asker.refuse(ask, &refusal),
    }
    if !roots(asker).await {
        return;
    }
    tree(asker).await;
    accounts(asker).await;
    policies(asker).await;
    delegations(asker).await;
    root_access(asker).await;
}

/// The management account's number, where one is known.
pub(super) fn management(asker: &Asker) -> Option<String> {
    asker.book.look(|answers| {
        let described = answers.of("organizations:DescribeOrganization").next()?;
        described.body["Organization"]["MasterAccountId"].as_str().map(str::to_owned)
    })
}

/// The roots; false when this account may not see them, which members usually may not.
async fn roots(asker: &Asker) -> bool {
    let client = asker.session.organizations(None);
    let ask = Ask::all("organizations:ListRoots");
    let listed = asker.pages(ask, |marker| {
        let request = client.list_roots();
        async move {
            let page = request.set_next_token(marker).send().await?;
            let roots = shape::list(page.roots(), |root| {
                let kinds = shape::list(root.policy_types(), |kind| {
                    json!({
                        "Type": kind.r#type().map(|kind| kind.as_str()),
                        "Status": kind.status().map(|status| status.as_str()),
                    })
                });
                json!({ "Id": root.id(), "PolicyTypes": kinds })
            });
            Ok(Page { body: json!({ "Roots": roots }), next: page.next_token })
        }
    });
    let account = asker.book.look(|answers| answers.account.clone());
    match listed.await {
        Ok(()) => true,
        Err(refusal)
            if refusal.is_denied() && management(asker).is_some_and(|id| id != account) =>
        {
            let why = "a member account does not see the accounts and policies of its organisation";
            let remedy = "scan the management account or a delegated administrator as well, \
                          or all at once with --source aws:org";
            asker.leave_out(ask, why, remedy);
            false
        }
        Err(refusal) => {
            asker.refuse(ask, &refusal);
            false
        }
    }
}

/// Units and accounts below each node.
async fn tree(asker: &Asker) {
    let client = asker.session.organizations(None);
    let mut waiting: Vec<(String, usize)> = ids(asker, "organizations:ListRoots", "Roots", None)
        .into_iter()
        .map(|id| (id, 0))
        .collect();
    while let Some((parent, depth)) = waiting.pop() {
        let units = Ask::about("organizations:ListOrganizationalUnitsForParent", &parent);
        asker
            .list(units, |marker| {
                let request = client.list_organizational_units_for_parent().parent_id(&parent);
                async move {
                    let page = request.set_next_token(marker).send().await?;
                    let units = shape::list(
                        page.organizational_units(),
                        |unit| json!({ "Id": unit.id(), "Name": unit.name() }),
                    );
                    Ok(Page {
                        body: json!({ "OrganizationalUnits": units }),
                        next: page.next_token,
                    })
                }
            })
            .await;
        let accounts = Ask::about("organizations:ListAccountsForParent", &parent);
        asker
            .list(accounts, |marker| {
                let request = client.list_accounts_for_parent().parent_id(&parent);
                async move {
                    let page = request.set_next_token(marker).send().await?;
                    let accounts =
                        shape::list(page.accounts(), |account| json!({ "Id": account.id() }));
                    Ok(Page { body: json!({ "Accounts": accounts }), next: page.next_token })
                }
            })
            .await;
        if depth < DEEPEST {
            let below = ids(asker, units.operation, "OrganizationalUnits", Some(&parent));
            waiting.extend(below.into_iter().map(|id| (id, depth + 1)));
        }
    }
}

async fn accounts(asker: &Asker) {
    let client = asker.session.organizations(None);
    asker
        .list(Ask::all("organizations:ListAccounts"), |marker| {
            let request = client.list_accounts();
            async move {
                let page = request.set_next_token(marker).send().await?;
                let accounts = shape::list(page.accounts(), shape::account);
                Ok(Page { body: json!({ "Accounts": accounts }), next: page.next_token })
            }
        })
        .await;
}

async fn policies(asker: &Asker) {
    let client = asker.session.organizations(None);
    for kind in POLICY_TYPES {
        let ask = Ask::about("organizations:ListPolicies", kind.as_str());
        asker
            .list(ask, |marker| {
                let request = client.list_policies().filter(kind.clone());
                async move {
                    let page = request.set_next_token(marker).send().await?;
                    let policies = shape::list(page.policies(), shape::policy_summary);
                    Ok(Page { body: json!({ "Policies": policies }), next: page.next_token })
                }
            })
            .await;
    }
    for id in ids(asker, "organizations:ListPolicies", "Policies", None) {
        asker
            .list(Ask::about("organizations:DescribePolicy", &id), |_| {
                let request = client.describe_policy().policy_id(&id);
                async move {
                    let answer = request.send().await?;
                    let policy = answer.policy.map(|policy| {
                        let summary = policy.policy_summary.as_ref().map(shape::policy_summary);
                        json!({ "PolicySummary": summary, "Content": policy.content })
                    });
                    Ok(Page::only(json!({ "Policy": policy })))
                }
            })
            .await;
        asker
            .list(Ask::about("organizations:ListTargetsForPolicy", &id), |marker| {
                let request = client.list_targets_for_policy().policy_id(&id);
                async move {
                    let page = request.set_next_token(marker).send().await?;
                    let targets = shape::list(
                        page.targets(),
                        |target| json!({ "TargetId": target.target_id() }),
                    );
                    Ok(Page { body: json!({ "Targets": targets }), next: page.next_token })
                }
            })
            .await;
    }
}

async fn delegations(asker: &Asker) {
    let client = asker.session.organizations(None);
    let list = "organizations:ListDelegatedAdministrators";
    asker
        .list(Ask::all(list), |marker| {
            let request = client.list_delegated_administrators();
            async move {
                let page = request.set_next_token(marker).send().await?;
                let administrators = shape::list(page.delegated_administrators(), |account| {
                    shape::object([
                        ("Id", json!(account.id)),
                        (
                            "DelegationEnabledDate",
                            shape::at(account.delegation_enabled_date.as_ref()),
                        ),
                    ])
                });
                let body = json!({ "DelegatedAdministrators": administrators });
                Ok(Page { body, next: page.next_token })
            }
        })
        .await;
    for account in ids(asker, list, "DelegatedAdministrators", None) {
        let ask = Ask::about("organizations:ListDelegatedServicesForAccount", &account);
        asker
            .list(ask, |marker| {
                let request = client.list_delegated_services_for_account().account_id(&account);
                async move {
                    let page = request.set_next_token(marker).send().await?;
                    let services = shape::list(
                        page.delegated_services(),
                        |service| json!({ "ServicePrincipal": service.service_principal() }),
                    );
                    Ok(Page {
                        body: json!({ "DelegatedServices": services }),
                        next: page.next_token,
                    })
                }
            })
            .await;
    }
}

/// Whether the root users of member accounts are managed centrally.
async fn root_access(asker: &Asker) {
    let client = asker.session.iam(None);
    let ask = Ask::all("iam:ListOrganizationsFeatures");
    let listed = asker.pages(ask, |_| {
        let request = client.list_organizations_features();
        async move {
            let answer = request.send().await?;
            let features = shape::list(answer.enabled_features(), |f| json!(f.as_str()));
            Ok(Page::only(json!({ "EnabledFeatures": features })))
        }
    });
    match listed.await {
        Ok(()) => {}
        // Nobody switched it on.
        Err(refusal) if refusal.code == "ServiceAccessNotEnabled" => asker.nothing(ask),
        Err(refusal) => asker.refuse(ask, &refusal),
    }
}

/// The ids in a list, of one node or of all.
fn ids(asker: &Asker, operation: &str, key: &str, about: Option<&str>) -> Vec<String> {
    asker.book.look(|answers| {
        let list = answers.items(operation, key);
        let here = list.filter(|(answer, _)| about.is_none_or(|about| answer.about == about));
        here.filter_map(|(_, item)| item.get("Id").and_then(Value::as_str).map(str::to_owned))
            .collect()
    })
}
