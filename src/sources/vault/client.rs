//! The HTTP side: allow-listed requests, a few at a time, retried with jitter, each refusal explained.

use super::requests::{Template, Verb, allows};
use reqwest::{
    Method, StatusCode,
    header::{HeaderValue, LOCATION, RETRY_AFTER},
    redirect,
};
use serde_json::Value;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Semaphore, time::Instant};

/// Requests in flight at once.
const IN_FLIGHT: usize = 8;
/// Requests per second, unless the user asks for more.
pub(super) const REQUESTS_PER_SECOND: u32 = 100;
/// How often a request is tried.
const TRIES: u32 = 4;
/// How long we wait at most when the server asks for it.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);
/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 << 20;

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The token's policies do not allow it.
    #[error("403: the token may not {0}")]
    Forbidden(String),
    /// Nothing there; for a list this means empty.
    #[error("404: not found")]
    NotFound,
    /// The server answered with something else.
    #[error("status {code}")]
    Status {
        /// The status.
        code: u16,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server sends us elsewhere. The token does not go there.
    #[error("it redirects to {0}, and a token goes only to the server that it is for")]
    Redirect(String),
    /// The answer was not JSON: a proxy, a login page.
    #[error("the answer is not JSON (status {0}): is there a proxy in between?")]
    NotJson(u16),
    /// No connection, or it broke.
    #[error("{0}")]
    Transport(String),
    /// A fault of ours: nothing was sent.
    #[error("not an allowed request")]
    NotAllowed,
}

impl Refusal {
    /// How long the server wants to be left alone, within reason.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Refusal::Status { retry_after, .. } => {
                retry_after.map(|wait| wait.min(MAX_RETRY_AFTER))
            }
            _ => None,
        }
    }

    /// What would mend it.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Refusal::Forbidden(_) => {
                "give the scanner the policy that `overstay permissions vault` prints"
            }
            Refusal::Transport(_) | Refusal::NotJson(_) => "check VAULT_ADDR and VAULT_CACERT",
            Refusal::NotFound | Refusal::Status { .. } => {
                "check that the server is unsealed and healthy"
            }
            Refusal::Redirect(_) => "set VAULT_ADDR to the active server itself",
            Refusal::NotAllowed => "report this as a bug",
        }
    }
}

/// A server and a token that may look.
pub(super) struct Client {
    http: reqwest::Client,
    address: String,
    token: Option<HeaderValue>,
    slots: Semaphore,
    pace: Mutex<Instant>,
    interval: Duration,
    requests: AtomicU64,
}

impl Client {
    /// A client for the server at `address` (`https://host:8200`), without a token yet.
    pub(super) fn new(http: reqwest::Client, address: &str, per_second: u32) -> Client {
        Client {
            http,
            address: address.trim_end_matches('/').to_owned(),
            token: None,
            slots: Semaphore::new(IN_FLIGHT),
            pace: Mutex::new(Instant::now()),
            interval: Duration::from_secs(1) / per_second.max(1),
            requests: AtomicU64::new(0),
        }
    }

    /// The server's address.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Uses this token from now on. The value goes nowhere else.
    pub(super) fn set_token(&mut self, mut token: HeaderValue) {
        token.set_sensitive(true);
        self.token = Some(token);
    }

    /// Makes one allow-listed request: `template` below `mount` (empty for fixed paths) with the
    /// concrete `path`; `body` only for lookups. Gives the answer's JSON.
    pub(super) async fn call(
        &self,
        namespace: &str,
        mount: &str,
        template: &Template,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        if !allows(template, path) || path.split('/').any(|segment| segment == "..") {
            return Err(Refusal::NotAllowed);
        }
        let path = match template.path.split_once('?') {
            // The query of a template is a literal; a `?` in a name is part of the name.
            Some((path, query)) => format!("{}?{query}", escape(&format!("{mount}{path}"))),
            None => escape(&format!("{mount}{path}")),
        };
        match template.verb {
            Verb::Read => self.send(Method::GET, namespace, &path, body).await,
            Verb::List => self.list(namespace, &path).await,
            Verb::Lookup => self.send(Method::POST, namespace, &path, body).await,
        }
    }

    /// LIST, or the GET that means the same where a proxy does not know the method.
    async fn list(&self, namespace: &str, path: &str) -> Result<Value, Refusal> {
        let list = Method::from_bytes(b"LIST").unwrap_or(Method::GET);
        match self.send(list, namespace, path, None).await {
            Err(Refusal::Status { code: 400 | 405 | 501, .. }) => {
                self.send(Method::GET, namespace, &format!("{path}?list=true"), None).await
            }
            answer => answer,
        }
    }

    /// Logs in: the only request that is not in the table. Gives the client token.
    pub(super) async fn login(
        &self,
        namespace: &str,
        mount: &str,
        body: Value,
    ) -> Result<HeaderValue, Refusal> {
        let path = escape(&format!("auth/{mount}/login"));
        let answer = self.send(Method::POST, namespace, &path, Some(body)).await?;
        let token =
            answer.pointer("/auth/client_token").and_then(Value::as_str).unwrap_or_default();
        HeaderValue::from_str(token).map_err(|_| Refusal::NotJson(200))
    }

    async fn send(
        &self,
        method: Method,
        namespace: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let Ok(_slot) = self.slots.acquire().await else { return Err(Refusal::NotAllowed) };
        let url = format!("{}/v1/{path}", self.address);
        let mut last = Refusal::Transport("no answer".into());
        for attempt in 0..TRIES {
            self.wait(attempt, last.retry_after()).await;
            self.requests.fetch_add(1, Ordering::Relaxed);
            let mut request =
                self.http.request(method.clone(), &url).header("X-Vault-Request", "true");
            if let Some(token) = &self.token {
                request = request.header("X-Vault-Token", token.clone());
            }
            if !namespace.is_empty() {
                request = request.header("X-Vault-Namespace", namespace);
            }
            if let Some(body) = &body {
                request = request.json(body);
            }
            match answer(request, &method, path).await {
                Ok(value) => return Ok(value),
                Err(refusal) if !may_pass(&refusal) => return Err(refusal),
                Err(refusal) => last = refusal,
            }
        }
        Err(last)
    }

    /// Keeps the pace; before a repeated try, waits as long as the server asked for, or longer each
    /// time, with jitter.
    async fn wait(&self, attempt: u32, asked: Option<Duration>) {
        let start = {
            let mut next = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            let start = (*next).max(Instant::now());
            *next = start + self.interval;
            start
        };
        let mut jitter = [0_u8];
        let back_off = if attempt == 0 || getrandom::fill(&mut jitter).is_err() {
            Duration::ZERO
        } else {
            Duration::from_millis((100 << attempt) + u64::from(jitter[0]))
        };
        tokio::time::sleep_until(start + back_off.max(asked.unwrap_or_default())).await;
    }
}

/// True for what may be better the next time.
fn may_pass(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Transport(_) => true,
        Refusal::Status { code, .. } => matches!(code, 412 | 429 | 500 | 502..=504),
        _ => false,
    }
}

async fn answer(
    request: reqwest::RequestBuilder,
    method: &Method,
    path: &str,
) -> Result<Value, Refusal> {
    let mut response = request.send().await.map_err(|error| transport(&error))?;
    let status = response.status();
    match status {
        StatusCode::FORBIDDEN => {
            return Err(Refusal::Forbidden(format!("{} {path}", method.as_str())));
        }
        StatusCode::NOT_FOUND => return Err(Refusal::NotFound),
        _ if status.is_redirection() => return Err(Refusal::Redirect(destination(&response))),
        // `sys/health` answers 429, 472, 473, 501 and 503 with a body that says what is the matter.
        _ if !status.is_success() && path != "sys/health" => {
            let retry_after = response.headers().get(RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
            let code = status.as_u16();
            return Err(Refusal::Status {
                code,
                retry_after: retry_after.map(Duration::from_secs),
            });
        }
        _ => {}
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            let why = format!("the answer is longer than {MAX_ANSWER} bytes");
            return Err(Refusal::Transport(why));
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|_| Refusal::NotJson(status.as_u16()))
}

/// What kept the answer away: the innermost reason, which names no URL and holds no header.
fn transport(error: &reqwest::Error) -> Refusal {
    if error.is_timeout() {
        return Refusal::Transport("no answer within the time limit".to_owned());
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    Refusal::Transport(innermost.to_string())
}

/// The host that a redirect points to.
fn destination(response: &reqwest::Response) -> String {
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let url = location.and_then(|text| response.url().join(text).ok());
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "nowhere".to_owned())
}

/// Follows a redirect only to the server that was asked: reqwest takes known credential headers off
/// at a border between hosts, but not `X-Vault-Token`.
pub(super) fn same_server(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let place = |url: &reqwest::Url| {
        let host = url.host_str().map(str::to_owned);
        (url.scheme().to_owned(), host, url.port_or_known_default())
    };
    let same = attempt.previous().iter().all(|url| place(url) == place(attempt.url()));
    if same && attempt.previous().len() <= 3 { attempt.follow() } else { attempt.stop() }
}

/// Escapes what may not stand in a URL path; slashes stay.
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn names_are_escaped_and_slashes_kept() {
        assert_eq!(escape("secret/metadata/a b/ü?"), "secret/metadata/a%20b/%C3%BC%3F");
    }
}
