//! Private keys in PEM: whether they parse, whether a passphrase protects them, and which public key
//! they and certificates belong to.
//!
//! The fingerprint of the public key is given as OpenSSH prints it (`SHA256:…` over the wire format,
//! RFC 4253 §6.6), because that is how GitHub lists deploy and user keys.

use super::{super::codec, Captured, Check, der::Der};
use crate::evidence::Verdict;
use sha2::{Digest, Sha256};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

/// A PEM block, from its BEGIN to its END line.
struct Pem {
    label: String,
    encrypted: bool,
    body: Vec<u8>,
}

/// A private key in PEM, OpenSSH or PuTTY form.
pub(super) fn private_key(captured: &Captured) -> Check {
    let text = unescape(captured.secret);
    if text.starts_with(b"PuTTY-User-Key-File") {
        return putty(&text);
    }
    let Some(pem) = Pem::parse(&text) else { return Check::of(false) };
    if pem.label.contains("PGP") {
        return Check::default();
    }
    let encrypted = pem.encrypted || pem.label.starts_with("ENCRYPTED");
    if encrypted {
        return protected(pem.body.len() >= 32);
    }
    if pem.label.starts_with("OPENSSH") {
        return openssh(&pem.body);
    }
    match ssh_public(&pem.body) {
        Parsed::Key(Some((algorithm, blob))) => key(algorithm, &blob),
        Parsed::Key(None) => Check::of(true),
        // Well armoured, but of no structure that is known here.
        Parsed::Broken => Check::default(),
    }
}

/// The fingerprint of the public key of a certificate in DER, for comparison with private keys.
pub fn certificate_key(der: &[u8]) -> Option<String> {
    public_half(der).map(|(_, blob)| fingerprint(&blob))
}

fn protected(well_formed: bool) -> Check {
    let verdict = if well_formed { Verdict::Valid } else { Verdict::Invalid };
    Check { verdict, lowered: Some("encrypted with a passphrase"), ..Check::default() }
        .with("encrypted", true)
}

fn key(algorithm: &str, blob: &[u8]) -> Check {
    Check::of(true).with("algorithm", algorithm).with("public_key", fingerprint(blob))
}

/// How OpenSSH writes the fingerprint of a public key in wire format.
pub(in crate::readers) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", codec::to_base64(&Sha256::digest(blob)))
}

/// PEM inside a JSON or code string has `\n` for its line breaks; indentation is dropped too.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(b'n')) => {
                bytes.next();
                out.push(b'\n');
            }
            (b'\\', Some(b'r' | b'\\')) => {}
            (b'"' | b'\'' | b'+', Some(b'\n' | b'\r' | b' '))
                if out.last().is_some_and(u8::is_ascii_whitespace) => {}
            _ => out.push(byte),
        }
    }
    out
}

impl Pem {
    fn parse(text: &[u8]) -> Option<Pem> {
        let text = String::from_utf8_lossy(text);
        let (_, rest) = text.split_once("-----BEGIN ")?;
        let (label, rest) = rest.split_once("-----")?;
        let (body, _) = rest.split_once("-----END ")?;
        let encrypted = body.contains("ENCRYPTED");
        let digits: String = body
            .lines()
            .filter(|line| !line.contains(':'))
            .flat_map(str::chars)
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
            .collect();
        // A checksum line of PGP (`=abcd`) would end the body early.
        let digits = if label.contains("PGP") { "" } else { &digits };
        Some(Pem { label: label.to_owned(), encrypted, body: codec::base64(digits.as_bytes())? })
            .filter(|pem| pem.body.len() >= 32 || pem.label.contains("PGP"))
    }
}

/// The OpenSSH format (PROTOCOL.key): the public key stands in clear, whatever the passphrase.
fn openssh(body: &[u8]) -> Check {
    let mut reader = SshReader(body.strip_prefix(b"openssh-key-v1\0").unwrap_or_default());
    let (Some(cipher), Some(_kdf), Some(_options), Some(count)) =
        (reader.string(), reader.string(), reader.string(), reader.number())
    else {
        return Check::default();
    };
    let Some(blob) = reader.string().filter(|_| count >= 1) else { return Check::default() };
    let algorithm = SshReader(blob).string().unwrap_or_default();
    let check = key(&String::from_utf8_lossy(algorithm), blob);
    if cipher == b"none" {
        return check;
    }
    Check { lowered: Some("encrypted with a passphrase"), ..check }.with("encrypted", true)
}

fn putty(text: &[u8]) -> Check {
    let text = String::from_utf8_lossy(text);
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let lines = field("Public-Lines:").and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    let public: String = text
        .lines()
        .skip_while(|l| !l.starts_with("Public-Lines:"))
        .skip(1)
        .take(lines.min(64))
        .collect();
    let Some(blob) = codec::base64(public.as_bytes()).filter(|b| b.len() > 16) else {
        return Check::default();
    };
    let algorithm =
        String::from_utf8_lossy(SshReader(&blob).string().unwrap_or_default()).into_owned();
    let check = key(&algorithm, &blob);
    if field("Encryption:") == Some("none") {
        return check;
    }
    Check { lowered: Some("encrypted with a passphrase"), ..check }.with("encrypted", true)
}

struct SshReader<'a>(&'a [u8]);

impl<'a> SshReader<'a> {
    fn number(&mut self) -> Option<u32> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*head))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let text = self.0.get(..length)?;
        self.0 = self.0.get(length..)?;
        Some(text)
    }
}

/// What a DER key turned out to be.
enum Parsed {
    /// A private key; its public half in SSH wire format, where it can be told without arithmetic.
    Key(Option<(&'static str, Vec<u8>)>),
    Broken,
}

/// PKCS#1, SEC 1 and PKCS#8 private keys (RFC 8017 A.1.2, RFC 5915, RFC 5958).
fn ssh_public(der: &[u8]) -> Parsed {
    let Some(mut fields) = Der::new(der).sequence() else { return Parsed::Broken };
    let Some(version) = fields.integer() else { return Parsed::Broken };
    if let Some(modulus) = fields.integer() {
        return match fields.integer() {
            Some(exponent) if modulus.len() >= 32 => Parsed::Key(Some(rsa(modulus, exponent))),
            // DSA: p, q, g, y, x. Old; recognised, not fingerprinted.
            Some(_) => Parsed::Key(None),
            None => Parsed::Broken,
        };
    }
    if version == [1]
        && let Some(_scalar) = fields.octets()
    {
        return Parsed::Key(ec(fields, None));
    }
    let Some(mut algorithm) = fields.sequence() else { return Parsed::Broken };
    let Some(oid) = algorithm.oid() else { return Parsed::Broken };
    let Some(inner) = fields.octets() else { return Parsed::Broken };
    match oid {
        RSA => ssh_public(inner),
        EC => {
            let curve = algorithm.oid();
            let Some(mut key) = Der::new(inner).sequence() else { return Parsed::Broken };
            if key.integer().is_none() || key.octets().is_none() {
                return Parsed::Broken;
            }
            Parsed::Key(ec(key, curve))
        }
        ED25519 => Parsed::Key(None),
        _ => Parsed::Key(None),
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> (&'static str, Vec<u8>) {
    ("ssh-rsa", wire(&[b"ssh-rsa", exponent, modulus]))
}

/// The optional curve and public point at the end of an EC key.
fn ec<'a>(mut fields: Der<'a>, mut curve: Option<&'a [u8]>) -> Option<(&'static str, Vec<u8>)> {
    if let Some(mut parameters) = fields.tagged(0xA0) {
        curve = parameters.oid().or(curve);
    }
    point(curve?, fields.tagged(0xA1)?.bits()?)
}

fn point(curve: &[u8], point: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let (algorithm, name): (_, &[u8]) = match curve {
        P256 => ("ecdsa-sha2-nistp256", b"nistp256"),
        P384 => ("ecdsa-sha2-nistp384", b"nistp384"),
        P521 => ("ecdsa-sha2-nistp521", b"nistp521"),
        _ => return None,
    };
    Some((algorithm, wire(&[algorithm.as_bytes(), name, point])))
}

/// Strings in SSH wire format.
fn wire(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// The public key of a certificate (RFC 5280 §4.1) in SSH wire format.
fn public_half(der: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let mut tbs = Der::new(der).sequence()?.sequence()?;
    let _version = tbs.tagged(0xA0);
    let _serial = tbs.integer()?;
    let _algorithm = tbs.sequence()?;
    let _issuer = tbs.sequence()?;
    let _validity = tbs.sequence()?;
    let _subject = tbs.sequence()?;
    let mut key = tbs.sequence()?;
    let mut algorithm = key.sequence()?;
    let oid = algorithm.oid()?;
    let curve = algorithm.oid();
    let bits = key.bits()?;
    match oid {
        RSA => {
            let mut numbers = Der::new(bits).sequence()?;
            Some(rsa(numbers.integer()?, numbers.integer()?))
        }
        EC => point(curve?, bits),
        _ => None,
    }
}
