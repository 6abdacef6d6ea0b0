//! Encodings that hide a credential: base64 (also of UTF-16 and of gzip), hexadecimal, escapes in
//! texts, UTF-16.

use super::{
    buckets::Root,
    codec::{base64_digit, base64_into, hex_digit},
};
use flate2::read::GzDecoder;
use std::{io::Read, ops::Range};

/// What a compressed value may unpack to.
const MOST_UNPACKED: u64 = 1 << 20;
/// The fewest escapes that hide something.
const LEAST_ESCAPES: usize = 4;

/// How a run of digits hides a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Hex,
    Base64,
    Gzip,
    Utf16,
}

impl Encoding {
    /// Its name in a report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Encoding::Hex => "hex",
            Encoding::Base64 => "base64",
            Encoding::Gzip => "base64+gzip",
            Encoding::Utf16 => "base64+utf-16",
        }
    }

    /// What the first digits of a run are, if a text may come out.
    fn of(run: &[u8]) -> Option<Encoding> {
        if run.get(..32).is_some_and(|head| head.iter().all(u8::is_ascii_hexdigit)) {
            return Some(Encoding::Hex);
        }
        let mut start = [0_u8; 12];
        let (fours, _) = run.get(..16)?.as_chunks::<4>();
        for (four, three) in fours.iter().zip(start.chunks_exact_mut(3)) {
            let bits =
                four.iter().try_fold(0_u32, |bits, b| Some(bits << 6 | base64_digit(*b)?))?;
            three.copy_from_slice(&bits.to_be_bytes()[1..]);
            if *three == GZIP {
                return Some(Encoding::Gzip);
            }
            // Nearly every run is none, and shows it here.
            if !is_text(three) && !three.contains(&0) {
                return None;
            }
        }
        if is_text(&start) {
            Some(Encoding::Base64)
        } else {
            is_utf16(&start).then_some(Encoding::Utf16)
        }
    }
}

/// How a gzip stream with deflate begins (RFC 1952).
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// The run of base64 or base64url digits that begins at a place, if its first bytes may hide a text.
pub(super) fn encoded_run(bytes: &[u8], at: usize) -> Option<(Range<usize>, Encoding)> {
    let rest = bytes.get(at..)?;
    let how = Encoding::of(rest)?;
    let length = rest.iter().position(|byte| base64_digit(*byte).is_none()).unwrap_or(rest.len());
    Some((at..at + length, how))
}

/// Decodes a run; false if no text comes out.
pub(super) fn decode_run(run: &[u8], how: Encoding, out: &mut Vec<u8>) -> bool {
    if how == Encoding::Hex {
        return decode_hex(run, out);
    }
    // A run that is not a whole number of digits may have a tail that belongs to something else.
    let whole = run.get(..run.len() - usize::from(run.len() % 4 == 1)).unwrap_or(run);
    if !base64_into(whole, out) {
        return false;
    }
    match how {
        Encoding::Gzip => {
            let packed = std::mem::take(out);
            GzDecoder::new(packed.as_slice()).take(MOST_UNPACKED).read_to_end(out).is_ok()
        }
        Encoding::Utf16 => {
            let wide = std::mem::take(out);
            utf16_to_utf8(&wide, u16::from_le_bytes, out);
            true
        }
        Encoding::Hex | Encoding::Base64 => true,
    }
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

/// How escapes of printable ASCII begin: a bucket of roots for those of URLs, one for the others.
pub(super) fn escape_roots() -> Vec<Vec<Root>> {
    let digits = || (b'0'..=b'9').chain(b'a'..=b'f');
    let all = |text: [Option<u8>; 4]| text.map(|byte| byte.map(|byte| byte | 0x20));
    let pairs = || (b'3'..=b'7').flat_map(move |high| digits().map(move |low| (high, low)));
    let percent = pairs().map(|(high, low)| all([Some(b'%'), Some(high), Some(low), Some(b'%')]));
    let hex = pairs().map(|(high, low)| all([Some(b'\\'), Some(b'x'), Some(high), Some(low)]));
    let unicode = [b'0', b'{'].map(|next| all([Some(b'\\'), Some(b'u'), Some(next), None]));
    let entity = b"x1456789".map(|next| all([Some(b'&'), Some(b'#'), Some(next), None]));
    vec![percent.collect(), hex.chain(unicode).chain(entity).collect()]
}

/// True where escapes of printable ASCII begin. One escape alone is common; a hidden text has several
/// in a row.
pub(super) fn begins_escapes(text: &[u8]) -> bool {
    let printable = |high: u8| (b'3'..=b'7').contains(&high);
    match text {
        [b'%', high, low, b'%', ..] | [b'\\', b'x', high, low, b'\\', ..] => {
            printable(*high) && low.is_ascii_hexdigit()
        }
        [b'\\', b'u', b'0', b'0', high, ..] | [b'\\', b'u', b'{', high, ..] => printable(*high),
        [b'&', b'#', next, ..] => matches!(next, b'x' | b'1' | b'4'..=b'9'),
        _ => false,
    }
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
        let decoded = |text: &[u8]| {
            let (run, how) = encoded_run(text, 0)?;
            let mut out = Vec::new();
            decode_run(&text[run], how, &mut out).then_some((how, out))
        };
        let (how, text) = decoded(b"dG9rZW4gPSAiYWJjZGVmZ2hpag").unwrap();
        assert_eq!((how, text.as_slice()), (Encoding::Base64, &b"token = \"abcdefghij"[..]));
        let (how, _) = decoded(b"746f6b656e203d20226162636465666768").unwrap();
        assert_eq!(how, Encoding::Hex);
        assert_eq!(decoded(b"some_long_identifier_of_code"), None);
        assert_eq!(Encoding::of(b"H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA=="), Some(Encoding::Gzip));
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
