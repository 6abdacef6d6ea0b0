//! Values that are an encoding of `user:password`.

use super::{super::codec, super::lower, Captured, Check, Inner};
use crate::evidence::Verdict;

/// Base64 of `user:password`: HTTP Basic authentication (RFC 7617), registry `auth` fields.
pub(super) fn basic_auth(captured: &Captured) -> Check {
    let decoded = codec::base64(captured.secret);
    let Some((user, password)) = decoded.as_deref().and_then(user_and_password) else {
        return Check::of(false);
    };
    let mut check =
        Check { verdict: Verdict::Valid, lowered: lower::reason(password), ..Check::default() };
    if matches!(password, b"password" | b"pass" | b"secret" | b"passwd" | b"pwd") {
        check.lowered = Some("placeholder");
    }
    check.inner = Some(Inner(password.to_vec()));
    check.with("user", String::from_utf8_lossy(user))
}

/// The two sides of the first colon, if both are printable and the second is not empty.
pub(in super::super) fn user_and_password(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = text.iter().position(|b| *b == b':')?;
    let (user, password) = (text.get(..colon)?, text.get(colon + 1..)?);
    let printable = text.iter().all(|b| (b' '..=b'~').contains(b) || *b == b'\n');
    (printable && !password.is_empty()).then_some((user, password))
}
