//! JSON Web Tokens: what the header and the claims say (RFC 7519). The signature cannot be checked
//! without the issuer's key.

use super::{super::codec, Captured, Check};
use crate::evidence::Verdict;
use serde_json::Value;

/// Claims that say whose token it is and where it is good for.
const CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "azp",
    "client_id",
    "appid",
    "tid",
    "role",
    "scope",
];

pub(super) fn jwt(captured: &Captured) -> Check {
    let mut parts = captured.secret.split(|b| *b == b'.');
    let mut object = || {
        let bytes = codec::base64(parts.next()?)?;
        match serde_json::from_slice(&bytes).ok()? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    };
    let (Some(header), Some(claims)) = (object(), object()) else { return Check::of(false) };
    let mut check = Check { verdict: Verdict::Valid, ..Check::default() };
    for name in ["alg", "kid", "typ"] {
        if let Some(value) = header.get(name).filter(|v| v.is_string()) {
            check = check.with(name, value.clone());
        }
    }
    for name in CLAIMS {
        if let Some(value) = claims.get(*name).filter(|v| !v.is_object()) {
            check = check.with(name, value.clone());
        }
    }
    check.lowered = why_lowered(&claims);
    check
}

fn why_lowered(claims: &serde_json::Map<String, Value>) -> Option<&'static str> {
    let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    if is("sub", "1234567890") || is("name", "John Doe") || is("iss", "joe") {
        return Some("documentation example");
    }
    if is("role", "anon") {
        return Some("public by design: an anonymous role");
    }
    None
}
