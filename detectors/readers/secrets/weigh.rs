//! What the surroundings say about a match whose form alone proves little.

use super::{
    format::{Format, Kind},
    generic::{self, FileKind},
    hit::Hit,
};
use crate::evidence::{Confidence, Verdict};
use std::ops::Range;

/// The hit as its surroundings leave it; `None` when it is no credential at all.
pub(super) fn weigh(
    format: &Format,
    bytes: &[u8],
    mut hit: Hit,
    file: impl FnOnce() -> FileKind,
) -> Option<Hit> {
    let secret = bytes.get(hit.range.clone())?;
    let known_by_form = |anchor: &String| memchr::memmem::find(secret, anchor.as_bytes()).is_some();
    let address = matches!(format.kind, Kind::ConnectionString | Kind::Webhook);
    let known_by_name = !address && !format.anchors.iter().any(known_by_form);
    let name = bytes.get(hit.context..hit.range.start).unwrap_or_default().to_ascii_lowercase();
    let public = memchr::memmem::find(&name, b"public").is_some();
    if known_by_name && (public || generic::is_name(secret)) {
        return None;
    }
    if hit.verdict == Verdict::Unchecked && is_inside_base64(bytes, &(hit.context..hit.range.end)) {
        return None;
    }
    let login = matches!(format.kind, Kind::ConnectionString | Kind::Password);
    if login && hit.lowered.is_none() && hit.verdict == Verdict::Unchecked {
        let user = hit.decoded.get("user").and_then(|user| user.as_str()).unwrap_or_default();
        hit.lowered = generic::doubt_login(user.as_bytes(), secret, file());
        if hit.lowered.is_some() {
            hit.confidence = Confidence::Low;
        }
    }
    Some(hit)
}

/// How much base64 must stand beside a token before the token is a part of it.
const RUN: usize = 16;

/// True in the middle of something longer: a sign that only base64 has stands right before or behind,
/// and more of it beyond. The parts of a path are no base64.
fn is_inside_base64(bytes: &[u8], token: &Range<usize>) -> bool {
    let sign = |at: Option<&u8>| matches!(at, Some(b'+' | b'/'));
    let digit = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let random = |run: &[&u8]| {
        run.len() >= RUN
            && run.iter().any(|b| b.is_ascii_uppercase())
            && run.iter().any(|b| b.is_ascii_lowercase())
            && run.iter().any(|b| b.is_ascii_digit() || **b == b'+')
    };
    let before = bytes.get(token.start.saturating_sub(6 * RUN)..token.start).unwrap_or_default();
    let after = bytes.get(token.end..token.end.saturating_add(4 * RUN).min(bytes.len()));
    let after = after.unwrap_or_default();
    let run_before: Vec<&u8> = before.iter().rev().take_while(digit).collect();
    let run_after: Vec<&u8> = after.iter().take_while(digit).collect();
    (sign(before.last()) && random(&run_before))
        || (sign(after.first()) && random(&run_after))
        || is_below_base64(before)
}

/// True at the start of a line when the one above is nothing but 60 or more digits of base64, as in a
/// certificate (RFC 7468).
fn is_below_base64(before: &[u8]) -> bool {
    let mut lines = before.rsplit(|b| *b == b'\n');
    let digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    lines.next().is_some_and(|indent| indent.trim_ascii().is_empty())
        && lines.next().is_some_and(|above| {
            let above = above.trim_ascii();
            above.len() >= 60 && above.iter().all(digit)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_base64_is_no_token_and_the_end_of_a_path_may_be_one() {
        let inside = |text: &str, token: &str| {
            let start = text.find(token).unwrap();
            is_inside_base64(text.as_bytes(), &(start..start + token.len()))
        };
        let long = "AAQQKDvAn1OAC6qD/8TGbGpts2/EAABCD+gr7nAB/MW7COAAIIIIAAAgg";
        assert!(inside(long, "EAABCD"));
        assert!(!inside("url=https://graph.example/v2.0/me/accounts/EAABCD\n", "EAABCD"));
        assert!(!inside("token=EAABCD;", "EAABCD"));
    }
}
