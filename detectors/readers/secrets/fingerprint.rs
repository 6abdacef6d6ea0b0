//! Keyed fingerprints: the same credential gives the same 32 digits under one key, and nobody
//! without the key can test a guess.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// The key of fingerprints: per install, or `--fingerprint-key`.
#[derive(Clone)]
pub struct FingerprintKey {
    mac: Hmac<Sha256>,
}

impl FingerprintKey {
    /// A key from its bytes, of any length; 32 random bytes are right.
    pub fn new(bytes: &[u8]) -> FingerprintKey {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
        let mac = Hmac::new_from_slice(bytes).expect("any length");
        FingerprintKey { mac }
    }

    /// The first 16 bytes of HMAC-SHA-256 over a credential value, in hexadecimal.
    pub fn fingerprint(&self, secret: &[u8]) -> String {
        let mut mac = self.mac.clone();
        mac.update(secret);
        super::hex(&mac.finalize().into_bytes()[..16])
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_value_and_key_and_shows_neither() {
        let key = FingerprintKey::new(b"Jefe");
        // RFC 4231, test case 2, truncated to 16 bytes.
        assert_eq!(
            key.fingerprint(b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c7"
        );
        assert_ne!(key.fingerprint(b"a"), FingerprintKey::new(b"other").fingerprint(b"a"));
        assert_eq!(format!("{key:?}"), "FingerprintKey");
    }
}
