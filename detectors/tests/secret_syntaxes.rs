//! Every notation in which credentials are kept: one case per notation, with a near miss.
//!
//! Values are put together at run time, so that no scanner sees a credential in this repository.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test"
)]

mod syntaxes;

use overstay_detectors::{
    evidence::Confidence,
    readers::secrets::{FingerprintKey, Matcher},
};
use std::collections::BTreeSet;
use syntaxes::{Case, cases};

const KEY: &[u8] = b"test";

/// A password of a person's making.
fn weak() -> String {
    ["sun", "shine", "12"].concat()
}

/// A password of a machine's making.
fn password() -> String {
    ["zq7Lw9", "vTe4xB"].concat()
}

/// A GitHub token with a right checksum.
fn token() -> String {
    ["gh", "p_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"].concat()
}

/// The text with its holes filled: `‹p›` password, `‹w›` weak password, `‹t›` token, `‹a:…›` an
/// encoding of what follows the colon (in which holes count as well).
fn fill(text: &str) -> Vec<u8> {
    let mut text =
        text.replace("‹p›", &password()).replace("‹w›", &weak()).replace("‹t›", &token());
    while let Some(end) = text.find('›') {
        let Some(start) = text[..end].rfind('‹') else { break };
        let (how, plain) = text[start + '‹'.len_utf8()..end].split_once(':').unwrap();
        let encoded = encode(how, plain);
        text.replace_range(start..end + '›'.len_utf8(), &encoded);
    }
    text.into_bytes()
}

fn encode(how: &str, plain: &str) -> String {
    let each = |form: &dyn Fn(u8) -> String| plain.bytes().map(form).collect::<String>();
    match how {
        "base64" => base64(plain.as_bytes()),
        "base64-16" => base64(&plain.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        "base64-gz" => {
            use std::io::Write as _;
            let mut writer =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            writer.write_all(plain.as_bytes()).unwrap();
            base64(&writer.finish().unwrap())
        }
        "hex" => each(&|b| format!("{b:02x}")),
        "percent" => each(&|b| format!("%{b:02X}")),
        "entities" => each(&|b| format!("&#{b};")),
        "u" => each(&|b| format!("\\u{b:04x}")),
        "x" => each(&|b| format!("\\x{b:02x}")),
        how => panic!("{how}"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (group >> (18 - 6 * digit)) & 63;
            let pad = digit > chunk.len();
            text.push(if pad { '=' } else { char::from(DIGITS[index as usize]) });
        }
    }
    text
}

/// The fingerprints and formats of what is believed in a text.
fn believed(path: &str, bytes: &[u8]) -> BTreeSet<(String, String)> {
    let matcher = Matcher::built_in(&FingerprintKey::new(KEY));
    let mut found = BTreeSet::new();
    matcher.scan(path, bytes, &mut |hit| {
        if hit.confidence >= Confidence::Medium {
            found.insert((hit.fingerprint.clone(), hit.format.to_owned()));
        }
    });
    found
}

#[test]
fn a_credential_is_found_in_every_notation_and_its_near_miss_is_not() {
    let key = FingerprintKey::new(KEY);
    let known: Vec<String> = [password(), weak(), token()]
        .iter()
        .map(|value| key.fingerprint(value.as_bytes()))
        .collect();
    let mut wrong = Vec::new();
    for Case { name, path, text, near } in cases() {
        let found = believed(path, &fill(text));
        if !found.iter().any(|(fingerprint, _)| known.contains(fingerprint)) {
            let instead: Vec<_> = found.iter().map(|(_, format)| format.as_str()).collect();
            wrong.push(format!("{name}: the value is not found (found: {instead:?})"));
        }
        let found = believed(path, &fill(near));
        if !found.is_empty() {
            wrong.push(format!("{name}: the near miss is taken for {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    let text = String::from_utf8(fill("db.user=app\r\ndb.password=‹p›\r\n")).unwrap();
    let wanted = FingerprintKey::new(KEY).fingerprint(password().as_bytes());
    for (mark, order) in [
        (&[0xff, 0xfe][..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (&[0xfe, 0xff], u16::to_be_bytes),
        (&[], u16::to_le_bytes),
        (&[], u16::to_be_bytes),
    ] {
        let mut bytes = mark.to_vec();
        bytes.extend(text.encode_utf16().flat_map(order));
        let found = believed("app.properties", &bytes);
        assert!(found.iter().any(|(fingerprint, _)| *fingerprint == wanted), "{mark:?} {found:?}");
    }
}

/// Armoured bytes of a length, in lines of 64.
fn armoured(label: &str, length: usize, indent: &str) -> String {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let bytes: Vec<u8> = (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect();
    let dashes = "-".repeat(5);
    let mut text = format!("{indent}{dashes}BEGIN {label}{dashes}\n");
    for line in base64(&bytes).as_bytes().chunks(64) {
        text.push_str(indent);
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    text + &format!("{indent}{dashes}END {label}{dashes}\n")
}

#[test]
fn long_armoured_keys_are_found_whole() {
    for (label, format) in [
        ("RSA PRIVATE KEY", "rsa-private-key"),
        ("PRIVATE KEY", "pkcs8-private-key"),
        ("OPENSSH PRIVATE KEY", "openssh-private-key"),
        ("PGP PRIVATE KEY BLOCK", "pgp-private-key"),
    ] {
        for length in [600, 3000, 3100, 4500, 12_000] {
            for indent in ["", "      "] {
                let text = format!("key: |\n{}other: 1\n", armoured(label, length, indent));
                let matcher = Matcher::built_in(&FingerprintKey::new(KEY));
                let mut formats = Vec::new();
                matcher.scan("config.yaml", text.as_bytes(), &mut |hit| {
                    formats.push((hit.format, hit.range.len()));
                });
                assert!(
                    formats.iter().any(|(f, len)| *f == format && *len > length * 4 / 3),
                    "{label} of {length} bytes, indented by {}: {formats:?}",
                    indent.len()
                );
            }
        }
    }
}
