//! Decoders that take what is well formed and refuse the rest.

/// Standard or URL-safe base64, with or without padding; line breaks and spaces are skipped. `None`
/// at any other byte.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    base64_into(text, &mut out).then_some(out)
}

/// The same, into a buffer that is cleared first.
pub(super) fn base64_into(text: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let (mut bits, mut count, mut padded) = (0_u32, 0_u32, false);
    for byte in text {
        let digit = match byte {
            b'=' => {
                padded = true;
                continue;
            }
            b'\r' | b'\n' | b' ' | b'\t' => continue,
            byte => match base64_digit(*byte) {
                Some(digit) if !padded => digit,
                _ => return false,
            },
        };
        bits = bits << 6 | digit;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    count < 6
}

pub(super) fn base64_digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

/// Standard base64 of bytes, without padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=chunk.len() {
            let index = (group >> (18 - 6 * digit)) & 63;
            text.push(char::from(DIGITS[index as usize]));
        }
    }
    text
}

/// A text in which `%` and two hexadecimal digits stand for a byte (RFC 3986 §2.1); `None` when none
/// does.
pub(super) fn percent(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'%', text)?;
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let pair = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let code = pair.and_then(|pair| match pair {
            [high, low] => Some(hex_digit(*high)? << 4 | hex_digit(*low)?),
            _ => None,
        });
        out.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    (out.len() < text.len()).then_some(out)
}

/// The value of a hexadecimal digit.
pub(super) fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        for (plain, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(to_base64(plain.as_bytes()), text);
            assert_eq!(base64(text.as_bytes()).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(base64(b"Zm9v\nYmFy==").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(base64(b"Zm9*"), None);
        assert_eq!(base64(b"Zg==Zg"), None);
    }

    #[test]
    fn percent_signs_are_decoded_where_two_digits_follow() {
        assert_eq!(percent(b"p%40ss%").as_deref(), Some(&b"p@ss%"[..]));
        assert_eq!(percent(b"100%"), None);
    }
}
