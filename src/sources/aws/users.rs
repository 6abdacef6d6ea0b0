//! What IAM tells of single users and of their keys.

use super::{
    ask::{Ask, Asker, Page},
    shape,
};
use serde_json::json;
use std::sync::Arc;
use tokio::{sync::Semaphore, task::JoinSet};

/// Requests about single users in flight at once.
const AT_ONCE: usize = 8;

/// One of the lists that IAM gives for a single user.
#[derive(Clone, Copy, Debug)]
pub(super) enum OfUser {
    /// Access keys.
    Keys,
    /// Keys for CodeCommit.
    SshKeys,
    /// X.509 certificates.
    Certificates,
}

/// Reads a list of each user, a few users at a time.
pub(super) async fn of_users(asker: &Arc<Asker>, what: OfUser, users: Vec<String>) {
    each(asker, users, move |asker, user| async move {
        match what {
            OfUser::Keys => keys(&asker, &user).await,
            OfUser::SshKeys => ssh_keys(&asker, &user).await,
            OfUser::Certificates => certificates(&asker, &user).await,
        }
    })
    .await;
}

/// Asks when keys were last used that only the key itself can tell of.
pub(super) async fn uses_of_keys(asker: &Arc<Asker>, ids: Vec<String>) {
    each(asker, ids, |asker, id| async move {
        let client = asker.session.iam(None);
        let ask = Ask::about("iam:GetAccessKeyLastUsed", &id);
        asker
            .list(ask, |_| {
                let request = client.get_access_key_last_used().access_key_id(&id);
                async move {
                    let answer = request.send().await?;
                    let used = answer.access_key_last_used.as_ref().map(|used| {
                        shape::object([
                            ("LastUsedDate", shape::at(used.last_used_date())),
                            ("ServiceName", json!(used.service_name)),
                            ("Region", json!(used.region)),
                        ])
                    });
                    Ok(Page::only(json!({ "AccessKeyLastUsed": used })))
                }
            })
            .await;
    })
    .await;
}

async fn each<F, Fut>(asker: &Arc<Asker>, names: Vec<String>, read: F)
where
    F: Fn(Arc<Asker>, String) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut asking = JoinSet::new();
    for name in names {
        let (slots, reading) = (Arc::clone(&slots), read(Arc::clone(asker), name));
        asking.spawn(async move {
            let _slot = slots.acquire_owned().await;
            reading.await;
        });
    }
    asking.join_all().await;
}

async fn keys(asker: &Asker, user: &str) {
    let client = asker.session.iam(None);
    asker
        .list(Ask::about("iam:ListAccessKeys", user), |marker| {
            let request = client.list_access_keys().user_name(user);
            async move {
                let page = request.set_marker(marker).send().await?;
                let keys = shape::list(page.access_key_metadata(), |key| {
                    shape::object([
                        ("UserName", json!(key.user_name)),
                        ("AccessKeyId", json!(key.access_key_id)),
                        ("Status", json!(key.status.as_ref().map(|status| status.as_str()))),
                        ("CreateDate", shape::at(key.create_date.as_ref())),
                    ])
                });
                let body = json!({ "AccessKeyMetadata": keys });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
}

async fn ssh_keys(asker: &Asker, user: &str) {
    let client = asker.session.iam(None);
    asker
        .list(Ask::about("iam:ListSSHPublicKeys", user), |marker| {
            let request = client.list_ssh_public_keys().user_name(user);
            async move {
                let page = request.set_marker(marker).send().await?;
                let keys = shape::list(page.ssh_public_keys(), |key| {
                    shape::object([
                        ("UserName", json!(key.user_name)),
                        ("SSHPublicKeyId", json!(key.ssh_public_key_id)),
                        ("Status", json!(key.status.as_str())),
                        ("UploadDate", shape::at(Some(&key.upload_date))),
                    ])
                });
                let body = json!({ "SSHPublicKeys": keys });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
}

async fn certificates(asker: &Asker, user: &str) {
    let client = asker.session.iam(None);
    asker
        .list(Ask::about("iam:ListSigningCertificates", user), |marker| {
            let request = client.list_signing_certificates().user_name(user);
            async move {
                let page = request.set_marker(marker).send().await?;
                let certificates = shape::list(page.certificates(), |certificate| {
                    shape::object([
                        ("UserName", json!(certificate.user_name)),
                        ("CertificateId", json!(certificate.certificate_id)),
                        ("Status", json!(certificate.status.as_str())),
                        ("UploadDate", shape::at(certificate.upload_date.as_ref())),
                    ])
                });
                let body = json!({ "Certificates": certificates });
                Ok(Page { body, next: page.marker.filter(|_| page.is_truncated) })
            }
        })
        .await;
}
