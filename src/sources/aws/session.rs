//! Credentials, endpoints and pace. The SDK's own chain finds the credentials: variables, profiles,
//! SSO, web identity, container and instance roles; `AWS_ENDPOINT_URL` sends requests elsewhere.

use super::{guard::Guard, permissions, target::Target};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_sdk_iam::config::{
    ProvideCredentials as _, SharedCredentialsProvider, retry::RetryPartition,
};
use std::{env, time::Duration};

/// How often a request is tried, unless `AWS_MAX_ATTEMPTS` says otherwise.
const TRIES: u32 = 6;
/// Where IAM lives when nobody named a region.
const HOME: &str = "us-east-1";
/// The name of our sessions in the audit log of the account.
const SESSION: &str = "overstay";
/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Why there are no credentials for an account.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error("no AWS credentials: {0}")]
    Credentials(String),
    #[error("cannot assume {role}: {why}")]
    Role { role: String, why: String },
    #[error("the credentials do not work: {0}")]
    Caller(String),
}

/// Credentials for one account and how it is asked.
#[derive(Clone, Debug)]
pub(super) struct Session {
    config: SdkConfig,
    guard: Guard,
    /// Keeps the pace of each account apart: how fast one account takes requests says nothing of
    /// another.
    pace: String,
}

impl Session {
    /// The session that a target names.
    pub(super) async fn open(target: &Target) -> Result<Session, SessionError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &target.profile {
            loader = loader.profile_name(profile);
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(PATIENCE)
            .build();
        let config = loader.timeout_config(timeouts).load().await;
        let given = config.retry_config().filter(|_| env::var_os("AWS_MAX_ATTEMPTS").is_some());
        let tries = given.map_or(TRIES, RetryConfig::max_attempts);
        // Adaptive: after a throttled answer the client slows down to what the service takes.
        let retry = RetryConfig::adaptive().with_max_attempts(tries);
        let region = target.regions.first().cloned().map(Region::new);
        let region = region.or_else(|| config.region().cloned());
        let config = config
            .into_builder()
            .retry_config(retry)
            .region(region.unwrap_or_else(|| Region::from_static(HOME)))
            .build();
        let session = Session { config, guard: Guard::default(), pace: "own".to_owned() };
        session.check().await.map_err(SessionError::Credentials)?;
        Ok(session)
    }

    /// The session of a role that this session may assume, limited to what the source asks for.
    pub(super) async fn assume(
        &self,
        role: &str,
        external_id: Option<&str>,
    ) -> Result<Session, SessionError> {
        let mut provider = AssumeRoleProvider::builder(role)
            .configure(&self.config)
            .session_name(SESSION)
            .policy(permissions::session());
        if let Some(id) = external_id {
            provider = provider.external_id(id);
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        let config = self.config.to_builder().credentials_provider(provider);
        // Each session has its own credentials; a cache that is shared would mix them up.
        let config = config.identity_cache(aws_config::identity::IdentityCache::lazy().build());
        let session =
            Session { config: config.build(), guard: Guard::default(), pace: role.to_owned() };
        let failed = |why| SessionError::Role { role: role.to_owned(), why };
        session.check().await.map_err(failed)?;
        Ok(session)
    }

    /// Whether there are credentials at all, in words.
    async fn check(&self) -> Result<(), String> {
        let Some(provider) = self.config.credentials_provider() else {
            return Err("none are configured".to_owned());
        };
        match provider.provide_credentials().await {
            Ok(_) => Ok(()),
            Err(error) => Err(innermost(&error)),
        }
    }

    /// The region of the profile or of the environment.
    pub(super) fn region(&self) -> &str {
        self.config.region().map_or(HOME, AsRef::as_ref)
    }

    /// How many requests were sent, without those for credentials.
    pub(super) fn requests(&self) -> u64 {
        self.guard.requests()
    }

    fn partition(&self, service: &str) -> RetryPartition {
        RetryPartition::new(format!("{}/{service}", self.pace))
    }
}

/// The reason behind the reasons.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

macro_rules! clients {
    ($($name:ident: $crate_name:ident, $about:literal;)+) => {
        impl Session {
            $(
                #[doc = concat!("A client of ", $about, ", in a region or at home.")]
                pub(super) fn $name(&self, region: Option<&str>) -> $crate_name::Client {
                    let mut config = $crate_name::config::Builder::from(&self.config)
                        .interceptor(self.guard.clone())
                        .retry_partition(self.partition(concat!(stringify!($name), "/")));
                    if let Some(region) = region {
                        config = config
                            .region(Region::new(region.to_owned()))
                            .retry_partition(
                                self.partition(&format!("{}/{region}", stringify!($name))),
                            );
                    }
                    $crate_name::Client::from_conf(config.build())
                }
            )+
        }
    };
}

clients! {
    accessanalyzer: aws_sdk_accessanalyzer, "IAM Access Analyzer";
    iam: aws_sdk_iam, "IAM";
    organizations: aws_sdk_organizations, "Organizations";
    rolesanywhere: aws_sdk_rolesanywhere, "IAM Roles Anywhere";
    secretsmanager: aws_sdk_secretsmanager, "Secrets Manager";
    ssm: aws_sdk_ssm, "Systems Manager";
    sts: aws_sdk_sts, "STS";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::aws::ask::refusal;
    use aws_sdk_iam::config::Credentials;
    use std::{
        net::TcpListener,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
        thread,
    };

    /// A session against a server that hangs up, and how many connections that one saw.
    async fn session() -> (Session, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&connections);
        thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        let config = aws_config::defaults(BehaviorVersion::latest())
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .region(Region::from_static("eu-west-1"))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled())
            .load()
            .await;
        (Session { config, guard: Guard::default(), pace: "test".to_owned() }, connections)
    }

    #[tokio::test]
    async fn what_returns_a_secret_is_never_sent() {
        let (session, connections) = session().await;
        let refused = session.secretsmanager(None).get_secret_value().secret_id("x").send().await;
        assert_eq!(refusal(&refused.unwrap_err()).code, "not-allowed");
        let refused =
            session.ssm(None).get_parameter().name("x").with_decryption(true).send().await;
        assert_eq!(refusal(&refused.unwrap_err()).code, "not-allowed");
        let refused = session.iam(None).create_access_key().user_name("x").send().await;
        assert_eq!(refusal(&refused.unwrap_err()).code, "not-allowed");
        assert_eq!((connections.load(Ordering::SeqCst), session.requests()), (0, 0));
        // The same client does send what the table names.
        let refused = session.secretsmanager(None).list_secrets().send().await;
        assert_eq!(refusal(&refused.unwrap_err()).code, "transport");
        assert_eq!((connections.load(Ordering::SeqCst), session.requests()), (1, 1));
    }
}
