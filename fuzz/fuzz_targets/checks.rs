//! Every offline check over any bytes, and the reader of certificates, which are compared with leaked keys.
//!
//! The first byte says what the rest is dressed as: most checks look below an encoding, where bytes that
//! were changed at random hardly ever come.
#![no_main]

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use libfuzzer_sys::fuzz_target;
use overstay_detectors::readers::secrets::{certificate_key, verdicts};
use std::hint::black_box;

/// What the data is dressed as.
const DRESSES: &[fn(&[u8]) -> Vec<u8>] = &[
    <[u8]>::to_vec,
    |data| pem("RSA PRIVATE KEY", data),
    |data| pem("PRIVATE KEY", data),
    |data| pem("ENCRYPTED PRIVATE KEY", data),
    |data| pem("OPENSSH PRIVATE KEY", &[b"openssh-key-v1\0", data].concat()),
    putty,
    jwt,
    |data| STANDARD.encode(data).into_bytes(),
    |data| format!("pypi-{}", STANDARD.encode(data)).into_bytes(),
    gitlab,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let secret = DRESSES[usize::from(*first) % DRESSES.len()](data);
    black_box(verdicts(&secret));
    black_box(certificate_key(data));
});

fn pem(label: &str, data: &[u8]) -> Vec<u8> {
    let body = STANDARD.encode(data);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----").into_bytes()
}

fn putty(data: &[u8]) -> Vec<u8> {
    let key = STANDARD.encode(data);
    let head = "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPublic-Lines: 1";
    format!("{head}\n{key}\nPrivate-Lines: 0\n").into_bytes()
}

/// Header and claims, a zero byte between.
fn jwt(data: &[u8]) -> Vec<u8> {
    let parts: Vec<String> =
        data.splitn(2, |byte| *byte == 0).map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    format!("{}.x", parts.join(".")).into_bytes()
}

/// A routable token: the payload, its length in base 36, and a checksum.
fn gitlab(data: &[u8]) -> Vec<u8> {
    let payload = URL_SAFE_NO_PAD.encode(data);
    let digit = |n: usize| char::from_digit((n % 36) as u32, 36).unwrap_or('0');
    let length = [digit(payload.len() / 36), digit(payload.len())];
    format!("glpat-{payload}.01.{}{}0000000", length[0], length[1]).into_bytes()
}
