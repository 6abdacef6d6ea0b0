//! Whether a bundle is what its statement says, and whose word that is.

use super::{
    ENVELOPE, KeyError, UNSIGNED,
    dsse::{Envelope, PublicKey},
    hex,
    statement::Statement,
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, Read},
};

/// How large a statement may be; it grows with the number of sources only.
const MAX_STATEMENT: u64 = 16 << 20;

/// A bundle that is whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// True when the signature of the given key was checked.
    pub signed: bool,
    /// How many members were hashed.
    pub members: usize,
    /// Live findings by band.
    pub findings: BTreeMap<String, usize>,
    /// Parts that the scan could not read.
    pub unread: usize,
}

/// Why a bundle is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// Not an archive, or cut.
    #[error("not a bundle, or cut: {0}")]
    Io(#[from] io::Error),
    /// The key cannot be read.
    #[error("the public key: {0}")]
    Key(#[from] KeyError),
    /// No statement, or one of another kind.
    #[error("it holds no statement of a scan")]
    NoStatement,
    /// A key was given, and nothing is signed with it.
    #[error("it is not signed with this key")]
    NotSigned,
    /// A member differs from the statement.
    #[error("`{0}` is not what the statement says")]
    Changed(String),
    /// A member that the statement does not name.
    #[error("`{0}` is not part of the statement")]
    Added(String),
    /// A member that the statement names is not there.
    #[error("`{0}` is missing")]
    Missing(String),
}

/// Hashes every member and compares it with the statement; with a public key (PEM), checks the
/// signature too.
///
/// # Errors
/// The first flaw.
pub fn verify(bundle: impl Read, key: Option<&[u8]>) -> Result<Verified, Flaw> {
    let key = key.map(PublicKey::from_pem).transpose()?;
    let mut archive = tar::Archive::new(zstd::stream::Decoder::new(bundle)?);
    let mut statement = None;
    let mut hashes = BTreeMap::new();
    for member in archive.entries()? {
        let mut member = member?;
        let name = member.path()?.to_string_lossy().into_owned();
        match name.as_str() {
            ENVELOPE | UNSIGNED if statement.is_none() => {
                let mut text = Vec::new();
                member.take(MAX_STATEMENT).read_to_end(&mut text)?;
                statement =
                    Some(if name == ENVELOPE { opened(&text, key.as_ref())? } else { text });
                if name == UNSIGNED && key.is_some() {
                    return Err(Flaw::NotSigned);
                }
            }
            _ => {
                let mut hash = Sha256::new();
                io::copy(&mut member, &mut hash)?;
                if hashes.insert(name.clone(), hex(&hash.finalize())).is_some() {
                    return Err(Flaw::Added(name));
                }
            }
        }
    }
    let statement: Statement = statement
        .and_then(|text| serde_json::from_slice(&text).ok())
        .filter(Statement::is_ours)
        .ok_or(Flaw::NoStatement)?;
    let members = hashes.len();
    compare(&statement, hashes)?;
    let predicate = statement.predicate;
    let (findings, unread) = (predicate.findings, predicate.unread);
    Ok(Verified { signed: key.is_some(), members, findings, unread })
}

/// The text in an envelope, once the signature is checked if there is a key to check it with.
fn opened(text: &[u8], key: Option<&PublicKey>) -> Result<Vec<u8>, Flaw> {
    let envelope: Envelope = serde_json::from_slice(text).map_err(|_| Flaw::NoStatement)?;
    match key {
        Some(key) if !envelope.is_signed_by(key) => Err(Flaw::NotSigned),
        _ => envelope.payload().ok_or(Flaw::NoStatement),
    }
}

fn compare(statement: &Statement, mut hashes: BTreeMap<String, String>) -> Result<(), Flaw> {
    for subject in &statement.subject {
        match hashes.remove(&subject.name) {
            None => return Err(Flaw::Missing(subject.name.clone())),
            Some(hash) if hash != subject.digest.sha256 => {
                return Err(Flaw::Changed(subject.name.clone()));
            }
            Some(_) => {}
        }
    }
    hashes.into_keys().next().map_or(Ok(()), |name| Err(Flaw::Added(name)))
}
