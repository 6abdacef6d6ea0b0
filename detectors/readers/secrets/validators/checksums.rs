//! Tokens that carry a CRC-32 of themselves.

use super::{Captured, Check};
use crate::evidence::Verdict;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// CRC-32 (IEEE 802.3), bit by bit: the inputs are a few dozen bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn base62(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        b'a'..=b'z' => byte - b'a' + 36,
        _ => return None,
    }))
}

/// GitHub and npm tokens: after the prefix and its underscore, thirty random characters and the
/// CRC-32 of those in base 62, six digits.
/// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>
pub(super) fn base62_crc32(captured: &Captured) -> Check {
    let body = captured.secret.rsplit(|b| *b == b'_').next().unwrap_or_default();
    let Some((random, sum)) = body.split_last_chunk::<6>() else { return Check::of(false) };
    let expected = sum
        .iter()
        .try_fold(0_u32, |value, digit| value.checked_mul(62)?.checked_add(base62(*digit)?));
    Check::of(expected == Some(crc32(random)))
}

/// A GitHub token, with the hash under which GitHub's audit log names it (`hashed_token`: base64 of the
/// SHA-256 of the token). The hash is not keyed, so it is told only where the checksum proves that the
/// token is GitHub's own thirty random characters, 178 bits that nobody can try out.
/// <https://docs.github.com/en/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/identifying-audit-log-events-performed-by-an-access-token>
pub(super) fn github(captured: &Captured) -> Check {
    let check = base62_crc32(captured);
    if check.verdict != Verdict::Valid {
        return check;
    }
    check.with("hashed_token", STANDARD.encode(Sha256::digest(captured.secret)))
}

pub(super) fn base32(byte: u8) -> Option<u64> {
    Some(u64::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    }))
}
