//! DSSE, the envelope of in-toto attestations (<https://github.com/secure-systems-lab/dsse>, protocol
//! 1.0.2): Ed25519, and ECDSA on P-256 with SHA-256.

use super::hex;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair as _, UnparsedPublicKey,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The media type of an in-toto statement.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A signed text.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Signature {
    /// SHA-256 of the public key (DER), a hint.
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// Why a key cannot be used. Never quotes the file.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not PEM with the block that is needed.
    #[error(
        "no PEM block `{0}` that can be read; convert the key with `openssl pkcs8 -topk8 -nocrypt` or `openssl pkey -pubout`"
    )]
    Pem(&'static str),
    /// Another algorithm, or encrypted.
    #[error(
        "neither an Ed25519 nor a P-256 key; make one with `openssl genpkey -algorithm ed25519`"
    )]
    Algorithm,
    /// The signature could not be made.
    #[error("the key does not sign")]
    Signing,
}

/// A private key that signs bundles. Has no `Debug`: it never reaches a log.
pub struct Key(Pair);

enum Pair {
    Ed25519(Box<Ed25519KeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl Key {
    /// Reads an unencrypted PKCS#8 key in PEM.
    ///
    /// # Errors
    /// Not PEM, or not a key of a supported algorithm.
    pub fn from_pem(pem: &[u8]) -> Result<Key, KeyError> {
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| KeyError::Pem("PRIVATE KEY"))?;
        let der = der.secret_pkcs8_der();
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Key(Pair::Ed25519(Box::new(pair))));
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der);
        Ok(Key(Pair::P256(Box::new(pair.map_err(|_| KeyError::Algorithm)?))))
    }

    /// Puts a text into an envelope and signs it.
    pub(super) fn seal(&self, payload: &[u8]) -> Result<Envelope, KeyError> {
        let message = pre_authentication_encoding(PAYLOAD_TYPE, payload);
        let sig = match &self.0 {
            Pair::Ed25519(pair) => pair.sign(&message),
            Pair::P256(pair) => {
                pair.sign(&SystemRandom::new(), &message).map_err(|_| KeyError::Signing)?
            }
        };
        Ok(Envelope {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: vec![Signature { keyid: self.id()?, sig: STANDARD.encode(sig) }],
        })
    }

    fn id(&self) -> Result<String, KeyError> {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        let der: Result<PublicKeyX509Der<'_>, _> = match &self.0 {
            Pair::Ed25519(pair) => pair.public_key().as_der(),
            Pair::P256(pair) => pair.public_key().as_der(),
        };
        Ok(hex(&Sha256::digest(der.map_err(|_| KeyError::Signing)?.as_ref())))
    }
}

/// A public key.
pub(super) struct PublicKey(SubjectPublicKeyInfoDer<'static>);

impl PublicKey {
    pub(super) fn from_pem(pem: &[u8]) -> Result<PublicKey, KeyError> {
        SubjectPublicKeyInfoDer::from_pem_slice(pem)
            .map(PublicKey)
            .map_err(|_| KeyError::Pem("PUBLIC KEY"))
    }

    fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        let ed25519 = UnparsedPublicKey::new(&ED25519, &self.0);
        let p256 = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0);
        ed25519.verify(message, signature).is_ok() || p256.verify(message, signature).is_ok()
    }
}

impl Envelope {
    /// What is inside; whoever reads it without [`Envelope::is_signed_by`] trusts nobody's word.
    pub(super) fn payload(&self) -> Option<Vec<u8>> {
        (self.payload_type == PAYLOAD_TYPE).then(|| STANDARD.decode(&self.payload).ok())?
    }

    /// True when one of the signatures is of this key.
    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        let Ok(payload) = STANDARD.decode(&self.payload) else { return false };
        let message = pre_authentication_encoding(&self.payload_type, &payload);
        let mut signatures = self.signatures.iter().filter_map(|s| STANDARD.decode(&s.sig).ok());
        signatures.any(|signature| key.accepts(&message, &signature))
    }
}

/// What is signed: type and body with their lengths, so that neither can pass for the other.
fn pre_authentication_encoding(kind: &str, body: &[u8]) -> Vec<u8> {
    let mut text = format!("DSSEv1 {} {kind} {} ", kind.len(), body.len()).into_bytes();
    text.extend_from_slice(body);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the DSSE protocol description.
    #[test]
    fn the_encoding_is_the_one_of_the_protocol() {
        let text = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(text, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn a_changed_payload_or_another_key_is_not_accepted() {
        let (key, public) = pair();
        let (_, stranger) = pair();
        let mut envelope = key.seal(b"{}").unwrap();
        assert!(envelope.is_signed_by(&public));
        assert!(!envelope.is_signed_by(&stranger));
        envelope.payload = STANDARD.encode(b"{ }");
        assert!(!envelope.is_signed_by(&public));
    }

    fn pair() -> (Key, PublicKey) {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        let pair = Ed25519KeyPair::generate().unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let public = PublicKey(SubjectPublicKeyInfoDer::from(der.as_ref().to_vec()));
        (Key(Pair::Ed25519(Box::new(pair))), public)
    }
}
