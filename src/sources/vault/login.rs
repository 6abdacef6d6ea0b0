//! How the scanner itself gets in: a token, an AppRole, a JWT or a Kubernetes service account, named
//! by environment variables. The token is never logged and never written.

use super::{
    client::{Client, Refusal},
    variable,
};
use reqwest::header::HeaderValue;
use serde_json::json;
use std::{fs, path::PathBuf};

/// Where Kubernetes puts the service account's token.
const KUBERNETES_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Why the scanner could not get in.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoginError {
    /// No variable says how.
    #[error(
        "no login: set VAULT_TOKEN; or VAULT_ROLE_ID and VAULT_SECRET_ID; or VAULT_AUTH_ROLE with \
         VAULT_JWT_FILE, or inside Kubernetes"
    )]
    None,
    /// A token with characters that no token has.
    #[error("the token has characters that cannot be sent; is there a line break in it?")]
    Malformed,
    /// The file with the token.
    #[error("cannot read {path}: {why}")]
    File {
        /// The file.
        path: String,
        /// Why.
        why: std::io::Error,
    },
    /// The server said no.
    #[error("login at auth/{mount}: {why}")]
    Refused {
        /// The auth mount.
        mount: String,
        /// What the server said.
        why: Refusal,
    },
}

/// Gives the client a token.
pub(super) async fn login(client: &mut Client, namespace: &str) -> Result<(), LoginError> {
    let token = match token()? {
        Some(token) => token,
        None => log_in(client, namespace).await?,
    };
    client.set_token(token);
    Ok(())
}

/// `VAULT_TOKEN`, or the file that the official client's `login` writes.
fn token() -> Result<Option<HeaderValue>, LoginError> {
    let given = variable("VAULT_TOKEN").or_else(|| variable("BAO_TOKEN"));
    if given.is_none()
        && (variable("VAULT_ROLE_ID").is_some() || variable("VAULT_AUTH_ROLE").is_some())
    {
        return Ok(None);
    }
    let stored = || {
        let home = PathBuf::from(variable("HOME")?);
        fs::read_to_string(home.join(".vault-token")).ok()
    };
    let Some(token) = given.or_else(stored) else { return Ok(None) };
    HeaderValue::from_str(token.trim()).map(Some).map_err(|_| LoginError::Malformed)
}

async fn log_in(client: &Client, namespace: &str) -> Result<HeaderValue, LoginError> {
    let mount = |default: &str| {
        variable("VAULT_AUTH_MOUNT")
            .map_or_else(|| default.to_owned(), |m| m.trim_matches('/').to_owned())
    };
    let (mount, body) = if let (Some(role), Some(secret)) =
        (variable("VAULT_ROLE_ID"), variable("VAULT_SECRET_ID"))
    {
        (mount("approle"), json!({ "role_id": role, "secret_id": secret }))
    } else {
        let role = variable("VAULT_AUTH_ROLE").ok_or(LoginError::None)?;
        let (mount, path) = match variable("VAULT_JWT_FILE") {
            Some(path) => (mount("jwt"), path),
            None => (mount("kubernetes"), KUBERNETES_TOKEN.to_owned()),
        };
        let jwt = fs::read_to_string(&path).map_err(|why| LoginError::File { path, why })?;
        (mount, json!({ "role": role, "jwt": jwt.trim() }))
    };
    client.login(namespace, &mount, body).await.map_err(|why| LoginError::Refused { mount, why })
}
