//! Credentials whose documented structure says more than their pattern can.

use super::{super::codec, Captured, Check, checksums::crc32};
use crate::evidence::Verdict;

/// An Entra client secret: its first three characters are the hint that Microsoft Graph shows beside it.
/// <https://learn.microsoft.com/en-us/graph/api/resources/passwordcredential>
pub(super) fn entra_secret(captured: &Captured) -> Check {
    let hint = captured.secret.get(..3).map(String::from_utf8_lossy);
    hint.map_or_else(Check::default, |hint| Check::default().with("hint", hint.into_owned()))
}

/// GitLab routable tokens: `<prefix><payload>.<version>.<length><crc>`; the checksum covers
/// everything before it, the payload names the organisation, group, project and user.
/// <https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/>
pub(super) fn gitlab_routable(captured: &Captured) -> Check {
    let Some((body, sum)) = captured.secret.split_last_chunk::<7>() else {
        return Check::of(false);
    };
    let expected = base36(sum);
    let mut check = Check::of(expected == Some(u64::from(crc32(body))));
    for (name, value) in routing(body).unwrap_or_default() {
        check = check.with(name, value);
    }
    check
}

fn base36(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0_u64, |n, byte| {
        Some(n.checked_mul(36)? + u64::from(char::from(*byte).to_digit(36)?))
    })
}

fn routing(body: &[u8]) -> Option<Vec<(&'static str, u64)>> {
    let mut parts = body.split(|b| *b == b'.');
    let prefixed = parts.next()?;
    let length = usize::try_from(base36(parts.next_back()?)?).ok()?;
    let payload = codec::base64(prefixed.get(prefixed.len().checked_sub(length)?..)?)?;
    // Sixteen random bytes, then lines `key:value` in base 36, then the length of those.
    let lines = payload.get(16..payload.len().checked_sub(1)?)?;
    let mut found = Vec::new();
    for line in lines.split(|b| *b == b'\n') {
        let name = match line.get(..2)? {
            b"o:" => "organization",
            b"g:" => "group",
            b"p:" => "project",
            b"u:" => "user",
            _ => continue,
        };
        found.push((name, base36(line.get(2..)?)?));
    }
    Some(found)
}

/// Grafana service account tokens: `glsa_<secret>_<crc>`, the CRC-32 of what precedes it, its bytes
/// in little-endian order, in hexadecimal (grafana/grafana `pkg/components/satokengen`).
pub(super) fn grafana(captured: &Captured) -> Check {
    let Some(at) = captured.secret.iter().rposition(|b| *b == b'_') else {
        return Check::of(false);
    };
    let (body, sum) = captured.secret.split_at(at);
    let expected = super::super::hex(&crc32(body).to_le_bytes());
    Check::of(sum.get(1..) == Some(expected.as_bytes()))
}

/// Discord bot tokens: the first part is base64 of the bot's numeric id.
pub(super) fn discord(captured: &Captured) -> Check {
    let head = captured.secret.split(|b| *b == b'.').next().unwrap_or_default();
    match codec::base64(head).filter(|id| id.len() >= 15 && id.iter().all(u8::is_ascii_digit)) {
        Some(id) => Check::of(true).with("user", String::from_utf8_lossy(&id)),
        None => Check::of(false),
    }
}

/// Stripe and others write the mode into the key.
pub(super) fn test_mode(captured: &Captured) -> Check {
    let test = captured.secret.windows(6).any(|part| part == b"_test_");
    Check { lowered: test.then_some("a key of the provider's test mode"), ..Check::default() }
        .with("mode", if test { "test" } else { "live" })
}

/// Luhn-free, checksum-free tokens that are PyPI macaroons: base64 that names its location.
pub(super) fn pypi(captured: &Captured) -> Check {
    let body = captured.secret.strip_prefix(b"pypi-").unwrap_or(captured.secret);
    let cut = body.len() - body.len() % 4;
    let right = codec::base64(body.get(..cut).unwrap_or_default()).is_some_and(|macaroon| {
        macaroon.first() == Some(&2) && memchr::memmem::find(&macaroon, b"pypi.org").is_some()
    });
    Check { verdict: if right { Verdict::Valid } else { Verdict::Invalid }, ..Check::default() }
}

/// Bech32 secrets (age, Nostr): the checksum of BIP 173, over the lower-case form.
pub(super) fn bech32(captured: &Captured) -> Check {
    const DIGITS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let text = captured.secret.to_ascii_lowercase();
    let Some(at) = text.iter().rposition(|b| *b == b'1') else { return Check::of(false) };
    let (prefix, data) = text.split_at(at);
    let mut values: Vec<u32> = prefix.iter().map(|b| u32::from(b >> 5)).collect();
    values.push(0);
    values.extend(prefix.iter().map(|b| u32::from(b & 31)));
    for digit in data.iter().skip(1) {
        match DIGITS.iter().position(|d| d == digit) {
            Some(value) => values.push(value as u32),
            None => return Check::of(false),
        }
    }
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let sum = values.iter().fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR
            .iter()
            .enumerate()
            .fold(next, |next, (i, g)| if top >> i & 1 == 1 { next ^ g } else { next })
    });
    Check::of(sum == 1)
}

/// NATS NKEY seeds: base32, a prefix byte that says `seed`, and CRC-16/XMODEM at the end.
/// <https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth>
pub(super) fn nkey(captured: &Captured) -> Check {
    let Some(bytes) = base32(captured.secret) else { return Check::of(false) };
    let Some((body, sum)) = bytes.split_last_chunk::<2>() else { return Check::of(false) };
    let crc = body.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
        })
    });
    Check::of(u16::from_le_bytes(*sum) == crc)
}

/// True for the public half of a NATS key pair: the same code behind another prefix.
pub(in super::super) fn is_public_nkey(value: &[u8]) -> bool {
    value.len() == 56
        && matches!(value.first(), Some(b'A' | b'C' | b'N' | b'O' | b'U' | b'X'))
        && nkey(&Captured { secret: value }).verdict == Verdict::Valid
}

fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut out) = (0_u32, 0_u32, Vec::new());
    for byte in text {
        bits = bits << 5 | u32::try_from(super::checksums::base32(*byte)?).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    // What is left over is padding, and padding is zero (RFC 4648 §3.5).
    (bits & ((1 << count) - 1) == 0).then_some(out)
}
