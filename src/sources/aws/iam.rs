//! What IAM tells of an account.

use super::{
    ask::{Ask, Asker, Page, Refusal, refusal},
    book::Known,
    shape,
};
use aws_sdk_iam::{
    error::ProvideErrorMetadata as _,
    types::{AccessAdvisorUsageGranularityType, JobStatusType, ReportStateType},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;

/// The most that IAM gives in one page (API reference, MaxItems).
const PAGE: i32 = 1000;
/// How often a report or a job is asked for before we go on without it.
const POLLS: u32 = 30;
/// The first wait for a report or a job; each further one is half as long again, up to [`LONGEST`].
const WAIT: Duration = Duration::from_millis(300);
/// The longest wait between two questions.
const LONGEST: Duration = Duration::from_secs(5);

/// Principals with their policies.
pub(super) async fn details(asker: &Asker) {
    let client = asker.session.iam(None);
    let ask = Ask::all("iam:GetAccountAuthorizationDetails");
    asker
        .list(ask, |marker| {
            let request = client.get_account_authorization_details().max_items(PAGE);
            async move {
                let page = request.set_marker(marker).send().await?;
                let body = json!({
                    "UserDetailList": shape::list(page.user_detail_list(), shape::user),
                    "GroupDetailList": shape::list(page.group_detail_list(), shape::group),
                    "RoleDetailList": shape::list(page.role_detail_list(), shape::role),
                    "Policies": shape::list(page.policies(), shape::policy),
                });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
}

/// The credential report: made when there is none younger than four hours, which is IAM's rule.
pub(super) async fn report(asker: &Asker) {
    let client = asker.session.iam(None);
    let generate = Ask::all("iam:GenerateCredentialReport");
    let get = Ask::all("iam:GetCredentialReport");
    if asker.book.known(get.operation, "", "") == Known::Whole {
        return;
    }
    let mut wait = Wait::default();
    loop {
        match client.generate_credential_report().send().await {
            Ok(answer) if answer.state == Some(ReportStateType::Complete) => break,
            Ok(_) if wait.again().await => {}
            Ok(_) => return asker.refuse(generate, &late("the credential report")),
            // Another principal may have had it made; ours may yet read it.
            Err(error) => {
                asker.refuse(generate, &refusal(&error));
                break;
            }
        }
    }
    asker
        .list(get, |_| {
            let request = client.get_credential_report();
            async move {
                let answer = request.send().await?;
                let content = answer.content.as_ref().map(|blob| STANDARD.encode(blob.as_ref()));
                Ok(Page::only(shape::object([
                    ("Content", json!(content)),
                    ("GeneratedTime", shape::at(answer.generated_time.as_ref())),
                ])))
            }
        })
        .await;
}

/// Federation providers.
pub(super) async fn providers(asker: &Asker) {
    let client = asker.session.iam(None);
    asker
        .list(Ask::all("iam:ListSAMLProviders"), |_| {
            let request = client.list_saml_providers();
            async move {
                let answer = request.send().await?;
                let providers = shape::list(answer.saml_provider_list(), |provider| {
                    shape::object([
                        ("Arn", json!(provider.arn)),
                        ("CreateDate", shape::at(provider.create_date.as_ref())),
                        ("ValidUntil", shape::at(provider.valid_until.as_ref())),
                    ])
                });
                Ok(Page::only(json!({ "SAMLProviderList": providers })))
            }
        })
        .await;
    asker
        .list(Ask::all("iam:ListOpenIDConnectProviders"), |_| {
            let request = client.list_open_id_connect_providers();
            async move {
                let answer = request.send().await?;
                let providers = shape::list(answer.open_id_connect_provider_list(), |provider| {
                    shape::object([("Arn", json!(provider.arn))])
                });
                Ok(Page::only(json!({ "OpenIDConnectProviderList": providers })))
            }
        })
        .await;
    let arns = asker.book.look(|answers| {
        let list = answers.items("iam:ListOpenIDConnectProviders", "OpenIDConnectProviderList");
        let arns = list.filter_map(|(_, provider)| provider["Arn"].as_str().map(str::to_owned));
        arns.collect::<Vec<_>>()
    });
    for arn in arns {
        let ask = Ask::about("iam:GetOpenIDConnectProvider", &arn);
        asker
            .list(ask, |_| {
                let request =
                    client.get_open_id_connect_provider().open_id_connect_provider_arn(&arn);
                async move { Ok(Page::only(shape::oidc_provider(&request.send().await?))) }
            })
            .await;
    }
}

/// Summary, password policy, service-specific credentials and virtual MFA devices of all users.
pub(super) async fn settings(asker: &Asker) {
    let client = asker.session.iam(None);
    asker
        .list(Ask::all("iam:GetAccountSummary"), |_| {
            let request = client.get_account_summary();
            async move {
                let answer = request.send().await?;
                let counts = answer.summary_map.unwrap_or_default().into_iter();
                let counts = counts.map(|(key, count)| (key.as_str().to_owned(), json!(count)));
                let counts: serde_json::Map<String, Value> = counts.collect();
                Ok(Page::only(json!({ "SummaryMap": counts })))
            }
        })
        .await;
    let ask = Ask::all("iam:GetAccountPasswordPolicy");
    let policy = asker.pages(ask, |_| {
        let request = client.get_account_password_policy();
        async move {
            let answer = request.send().await?;
            let policy = answer.password_policy.as_ref().map(shape::password_policy);
            Ok(Page::only(json!({ "PasswordPolicy": policy })))
        }
    });
    match policy.await {
        Ok(()) => {}
        Err(refusal) if refusal.code == "NoSuchEntity" => asker.nothing(ask),
        Err(refusal) => asker.refuse(ask, &refusal),
    }
    asker
        .list(Ask::all("iam:ListServiceSpecificCredentials"), |marker| {
            let request = client.list_service_specific_credentials().all_users(true);
            async move {
                let page = request.set_marker(marker).send().await?;
                let credentials = shape::list(page.service_specific_credentials(), |item| {
                    shape::object([
                        ("UserName", json!(item.user_name)),
                        ("Status", json!(item.status.as_str())),
                        ("CreateDate", shape::at(Some(&item.create_date))),
                        ("ExpirationDate", shape::at(item.expiration_date.as_ref())),
                        ("ServiceSpecificCredentialId", json!(item.service_specific_credential_id)),
                        ("ServiceName", json!(item.service_name)),
                    ])
                });
                let body = json!({ "ServiceSpecificCredentials": credentials });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
    asker
        .list(Ask::all("iam:ListVirtualMFADevices"), |marker| {
            let request = client.list_virtual_mfa_devices().max_items(PAGE);
            async move {
                let page = request.set_marker(marker).send().await?;
                let devices = shape::list(page.virtual_mfa_devices(), |device| {
                    let user = device.user.as_ref();
                    shape::object([
                        ("SerialNumber", json!(device.serial_number)),
                        ("EnableDate", shape::at(device.enable_date.as_ref())),
                        (
                            "User",
                            user.map_or(
                                Value::Null,
                                |user| json!({"UserName": user.user_name(), "Arn": user.arn()}),
                            ),
                        ),
                    ])
                });
                let body = json!({ "VirtualMFADevices": devices });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
}

/// What a principal used of what it may do: a job that IAM does in its own time.
pub(super) async fn last_accessed(asker: &Asker, arn: &str) {
    let generate = Ask::about("iam:GenerateServiceLastAccessedDetails", arn);
    let get = Ask::about("iam:GetServiceLastAccessedDetails", arn);
    if asker.is_denied(generate.operation) || asker.is_denied(get.operation) {
        return;
    }
    if asker.book.known(get.operation, arn, "") == Known::Whole {
        return;
    }
    let client = asker.session.iam(None);
    let granularity = AccessAdvisorUsageGranularityType::ActionLevel;
    let begun = client.generate_service_last_accessed_details().arn(arn).granularity(granularity);
    let job = match begun.send().await {
        Ok(answer) => answer.job_id.unwrap_or_default(),
        // Gone since the details were read.
        Err(error) if error.code() == Some("NoSuchEntity") => return,
        Err(error) => return asker.refuse(generate, &refusal(&error)),
    };
    let mut wait = Wait::default();
    loop {
        let request = client.get_service_last_accessed_details().job_id(&job);
        match request.send().await.map(|answer| answer.job_status) {
            Ok(JobStatusType::InProgress) if wait.again().await => {}
            Ok(JobStatusType::InProgress) => {
                return asker.refuse(get, &late("the service last accessed report"));
            }
            Ok(JobStatusType::Completed) => break,
            Ok(other) => {
                let why = format!("the service last accessed job is {}", other.as_str());
                return asker.refuse(get, &Refusal { code: "job".to_owned(), why });
            }
            Err(error) => return asker.refuse(get, &refusal(&error)),
        }
    }
    asker
        .list(get, |marker| {
            let request = client.get_service_last_accessed_details().job_id(&job).max_items(PAGE);
            async move {
                let page = request.set_marker(marker).send().await?;
                let services = shape::list(page.services_last_accessed(), shape::last_accessed);
                let body = json!({ "ServicesLastAccessed": services });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
}

fn late(what: &str) -> Refusal {
    Refusal { code: "late".to_owned(), why: format!("{what} was not ready in time") }
}

/// The waits for something that IAM makes.
struct Wait {
    left: u32,
    next: Duration,
}

impl Default for Wait {
    fn default() -> Wait {
        Wait { left: POLLS, next: WAIT }
    }
}

impl Wait {
    /// Waits once more, if there is patience left.
    async fn again(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 3 / 2).min(LONGEST);
        true
    }
}
