//! Encodings that hide a credential: base64 (also of UTF-16 and of gzip), hexadecimal, escapes in
//! texts, UTF-16.

use super::codec::{base64_digit, base64_into, hex_digit};
use flate2::read::GzDecoder;
use std::{io::Read, ops::Range, sync::LazyLock};

/// The shortest run of base64 or hexadecimal that is decoded.
pub(super) const LEAST_RUN: usize = 24;
/// What a compressed value may unpack to.
const MOST_UNPACKED: u64 = 1 << 20;
/// The fewest escapes that hide something.
const LEAST_ESCAPES: usize = 4;

/// The bytes of base64 and base64url.
pub(super) static BASE64: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut class = [false; 256];
    for byte in 0..=u8::MAX {
        class[usize::from(byte)] = base64_digit(byte).is_some();
    }
    class
});

/// Decodes a run of base64 or hexadecimal if what comes out reads like text; says which it was.
pub(super) fn decode_run(run: &[u8], out: &mut Vec<u8>) -> Option<&'static str> {
    let head = run.get(..16)?;
    if run.iter().take(32).all(|b| hex_digit(*b).is_some()) && run.len() >= 32 {
        return decode_hex(run, out).then_some("hex");
    }
    let mut start = [0_u8; 12];
    for (four, three) in head.chunks_exact(4).zip(start.chunks_exact_mut(3)) {
        let bits = four.iter().try_fold(0_u32, |bits, b| Some(bits << 6 | base64_digit(*b)?))?;
        three.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
    let how = if start.starts_with(&[0x1f, 0x8b, 8]) {
        "base64+gzip"
    } else if is_text(&start) {
        "base64"
    } else if is_utf16(&start) {
        "base64+utf-16"
    } else {
        return None;
    };
    // A run that is not a whole number of digits may have a tail that belongs to something else.
    let whole = if run.len() % 4 == 1 { run.get(..run.len() - 1)? } else { run };
    if !base64_into(whole, out) {
        return None;
    }
    match how {
        "base64+gzip" => {
            let packed = std::mem::take(out);
            GzDecoder::new(packed.as_slice()).take(MOST_UNPACKED).read_to_end(out).ok()?;
        }
        "base64+utf-16" => {
            let wide = std::mem::take(out);
            utf16_to_utf8(&wide, u16::from_le_bytes, out);
        }
        _ => {}
    }
    Some(how)
}

fn decode_hex(run: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    for pair in run.chunks_exact(2) {
        match pair {
            [a, b] => match (hex_digit(*a), hex_digit(*b)) {
                (Some(high), Some(low)) => out.push(high << 4 | low),
                _ => break,
            },
            _ => break,
        }
        if out.len() == 8 && !is_text(out) {
            return false;
        }
    }
    out.len() >= 16
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| (b' '..=b'~').contains(b) || matches!(b, b'\n' | b'\r' | b'\t'))
}

fn is_utf16(bytes: &[u8]) -> bool {
    bytes.chunks_exact(2).all(|pair| matches!(pair, [low, 0] if is_text(&[*low])))
}

/// UTF-16 text: by its byte order mark, or because every other byte at its start is zero.
pub(super) fn utf16_of(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match bytes {
        [0xFF, 0xFE, third, fourth, ..] if (*third, *fourth) != (0, 0) => {
            return Some(u16::from_le_bytes);
        }
        [0xFE, 0xFF, ..] => return Some(u16::from_be_bytes),
        _ => {}
    }
    let head = bytes.get(..bytes.len().min(64) & !1)?;
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 2;
    let enough = head.len() >= 16;
    let (even, odd) = (zeros(0), zeros(1));
    if enough && odd * 10 >= head.len() * 9 && even == 0 {
        return Some(u16::from_le_bytes);
    }
    (enough && even * 10 >= head.len() * 9 && odd == 0).then_some(u16::from_be_bytes)
}

/// Two bytes to a character; what is no character becomes U+FFFD.
pub(super) fn utf16_to_utf8(bytes: &[u8], order: fn([u8; 2]) -> u16, out: &mut Vec<u8>) {
    out.clear();
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(order);
    for character in char::decode_utf16(units) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Where a position in decoded UTF-8 stands in the UTF-16 text.
pub(super) fn utf16_position(utf8: &[u8], at: usize) -> usize {
    let before = String::from_utf8_lossy(utf8.get(..at).unwrap_or(utf8));
    before.chars().map(char::len_utf16).sum::<usize>() * 2
}

/// Decodes the text with escapes (`\u0041`, `\x41`, `%41`, `&#65;`, `&#x41;`) around `at`.
pub(super) fn decode_escapes(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Option<Range<usize>> {
    out.clear();
    let least = at.saturating_sub(64);
    let plain = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b':')
    };
    let before = bytes.get(least..at)?.iter().rev().take_while(|b| plain(b)).count();
    let start = at - before;
    out.extend_from_slice(bytes.get(start..at)?);
    let (mut end, mut escapes) = (at, 0_usize);
    while end - at < 4096 {
        let rest = bytes.get(end..)?;
        if let Some((byte, length)) = escape(rest) {
            out.push(byte);
            end += length;
            escapes += 1;
        } else if rest.first().is_some_and(plain) {
            out.extend(rest.first());
            end += 1;
        } else {
            break;
        }
    }
    (escapes >= LEAST_ESCAPES).then_some(start..end)
}

/// The byte that an escape stands for, and the escape's length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |digits: &[u8]| -> Option<u8> {
        digits
            .iter()
            .try_fold(0_u32, |n, b| Some(n << 4 | u32::from(hex_digit(*b)?)))?
            .try_into()
            .ok()
    };
    match text {
        [b'%', a, b, ..] | [b'\\', b'x', a, b, ..] => {
            Some((hex(&[*a, *b])?, if text.first() == Some(&b'%') { 3 } else { 4 }))
        }
        [b'\\', b'\\', b'u', b'0', b'0', a, b, ..] => Some((hex(&[*a, *b])?, 7)),
        [b'\\', b'u', b'{', a, b, b'}', ..] => Some((hex(&[*a, *b])?, 6)),
        [b'\\', b'u', b'0', b'0', a, b, ..] => Some((hex(&[*a, *b])?, 6)),
        [b'&', b'#', rest @ ..] => {
            let end = rest.iter().take(8).position(|b| *b == b';')?;
            let digits = rest.get(..end)?;
            let value = match digits {
                [b'x' | b'X', digits @ ..] => hex(digits)?,
                digits => std::str::from_utf8(digits).ok()?.parse().ok()?,
            };
            Some((value, end + 3))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escapes(text: &str) -> Option<String> {
        let mut out = Vec::new();
        let at = text.find(['%', '\\', '&'])?;
        decode_escapes(text.as_bytes(), at, &mut out)?;
        String::from_utf8(out).ok()
    }

    #[test]
    fn every_escape_is_decoded() {
        assert_eq!(escapes("%67%68%70%5Fabc\"").as_deref(), Some("ghp_abc"));
        assert_eq!(escapes("\\x67\\x68\\x70\\x5f").as_deref(), Some("ghp_"));
        assert_eq!(escapes("\\u0067\\u0068\\u0070\\u005f!").as_deref(), Some("ghp_"));
        assert_eq!(escapes("&#103;&#x68;&#112;&#95;").as_deref(), Some("ghp_"));
        assert_eq!(escapes("a%20b"), None);
    }

    #[test]
    fn runs_are_decoded_only_if_text_comes_out() {
        let mut out = Vec::new();
        assert_eq!(decode_run(b"dG9rZW4gPSAiYWJjZGVmZ2hpag", &mut out), Some("base64"));
        assert_eq!(out, b"token = \"abcdefghij");
        assert_eq!(decode_run(b"746f6b656e203d20226162636465666768", &mut out), Some("hex"));
        assert_eq!(decode_run(b"some_long_identifier_of_code", &mut out), None);
    }

    #[test]
    fn utf16_is_recognised() {
        let wide: Vec<u8> = "password=x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut out = Vec::new();
        utf16_to_utf8(&wide, utf16_of(&wide).unwrap(), &mut out);
        assert_eq!(out, b"password=x");
        assert!(utf16_of(b"plain ASCII text here").is_none());
        assert!(utf16_of(&[0; 64]).is_none());
    }
}
