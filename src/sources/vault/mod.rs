//! A live Vault or OpenBao server, read with the least privilege that `overstay permissions vault`
//! prints. Definitions, metadata and accessors only: never a secret's value, never a new credential.

mod audit_hash;
mod client;
mod crawl;
mod dump;
mod login;
pub mod permissions;
mod requests;

use super::{Collecting, Context, Source, coverage};
use client::Client;
use overstay_detectors::{
    evidence::{Record, Src},
    readers::secrets::FingerprintKey,
};
use std::{env, fs, path::Path, sync::Arc, time::Duration};

/// Why the server cannot be asked at all.
#[derive(Debug, thiserror::Error)]
enum VaultError {
    #[error("no address: name the server (vault=ADDRESS) or set VAULT_ADDR")]
    NoAddress,
    #[error("`{0}` is not an http or https address")]
    Address(String),
    #[error("cannot use VAULT_CACERT {path}: {why}")]
    CaCert { path: String, why: String },
    #[error("{0}")]
    Login(#[from] login::LoginError),
}

struct Vault {
    address: String,
}

/// `vault` or `vault=ADDRESS`; token, namespace and certificate from the environment, as the
/// official clients read them. `vault=FOLDER` reads a saved dump.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    if let Some(folder) = arg.map(Path::new).filter(|path| path.is_dir()) {
        return Ok(Box::new(dump::Dump { folder: folder.to_owned() }));
    }
    address(arg)
        .map(|address| Box::new(Vault { address }) as Box<dyn Source>)
        .map_err(|e| e.to_string())
}

fn address(arg: Option<&str>) -> Result<String, VaultError> {
    let given = arg
        .map(str::to_owned)
        .or_else(|| ["VAULT_ADDR", "BAO_ADDR"].iter().find_map(|n| variable(n)));
    let address = given.ok_or(VaultError::NoAddress)?;
    if address.starts_with("https://") || address.starts_with("http://") {
        Ok(address)
    } else {
        Err(VaultError::Address(address))
    }
}

/// How long one request may take: `VAULT_CLIENT_TIMEOUT` in seconds, as the official clients read it.
fn time_limit() -> Duration {
    let given = ["VAULT_CLIENT_TIMEOUT", "BAO_CLIENT_TIMEOUT"].iter().find_map(|n| variable(n));
    let seconds = given.and_then(|text| text.trim_end_matches('s').parse().ok());
    Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(60))
}

/// A non-empty environment variable.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl Source for Vault {
    fn name(&self) -> &'static str {
        "vault"
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        Box::pin(async move {
            match connect(&self.address).await {
                Ok((client, namespace)) => read(client, &namespace, context).await,
                Err(error) => vec![self.failed(&error, context)],
            }
        })
    }
}

impl Vault {
    /// The whole source could not be read.
    fn failed(&self, error: &VaultError, context: &Context) -> Record {
        let src = Src::of("vault", &overstay_detectors::readers::vault_api::tenant(&self.address));
        let remedy = "check VAULT_ADDR, VAULT_CACERT and the login variables; `overstay permissions \
                      vault` prints the policy that the scanner needs";
        let mut record = coverage(&src, context.now, "", Some((error.to_string(), remedy.into())));
        record.part = None;
        record.into()
    }
}

async fn read(client: Client, namespace: &str, context: &Context) -> Vec<Record> {
    let client = Arc::new(client);
    let mut answers = crawl::crawl(Arc::clone(&client), namespace).await;
    if context.config.vault.audit_hashes {
        audit_hash::ask(&client, namespace, &mut answers).await;
    }
    let server = overstay_detectors::readers::vault_api::tenant(client.address());
    tracing::info!("vault: {} requests to {server}", client.requests());
    answers.hide_role_ids(&FingerprintKey::new(&context.fingerprint_key));
    answers.records(context.now)
}

/// A client that is logged in, and the namespace to begin with (`team-a/`, empty for the root).
async fn connect(address: &str) -> Result<(Client, String), VaultError> {
    let mut builder = reqwest::Client::builder()
        .timeout(time_limit())
        .redirect(reqwest::redirect::Policy::custom(client::same_server))
        .user_agent(concat!("overstay/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = variable("VAULT_CACERT") {
        let fail = |why: String| VaultError::CaCert { path: path.clone(), why };
        let pem = fs::read(&path).map_err(|why| fail(why.to_string()))?;
        for certificate in
            reqwest::Certificate::from_pem_bundle(&pem).map_err(|why| fail(why.to_string()))?
        {
            builder = builder.add_root_certificate(certificate);
        }
    }
    let http = builder
        .build()
        .map_err(|why| VaultError::CaCert { path: String::new(), why: why.to_string() })?;
    let namespace = variable("VAULT_NAMESPACE").unwrap_or_default();
    let namespace = match namespace.trim_matches('/') {
        "" | "root" => String::new(),
        name => format!("{name}/"),
    };
    let mut client = Client::new(http, address, client::REQUESTS_PER_SECOND);
    login::login(&mut client, &namespace).await?;
    Ok((client, namespace))
}
