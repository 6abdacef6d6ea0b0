//! The objects of a repository that an earlier scan read and found nothing in. An object never
//! changes, so it need not be read again, whatever became of the branches that led to it; one with a
//! finding is not in the list and is read every time. What is kept is ids and nothing of what they
//! stand for.

use gix::{ObjectId, oid};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const MAGIC: &[u8] = b"overstay-seen/1\n";
/// What the file ends with, in bytes: an HMAC-SHA-256 of everything before.
const SEAL: usize = 32;

/// Objects in which an earlier scan found nothing, each with the class of files as which it was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    rows: Vec<(ObjectId, u64)>,
}

/// Why a list cannot be used. The scan then reads everything.
#[derive(Debug, thiserror::Error)]
pub enum SeenError {
    /// The file cannot be read or written.
    #[error("{path}: {why}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file is damaged, or was not written with this fingerprint key.
    #[error("{0} is damaged or was sealed with another fingerprint key")]
    Damaged(PathBuf),
    /// The file is from another version of the program or other settings.
    #[error("{0} was written by another version or with other settings")]
    Outdated(PathBuf),
}

/// A number that changes whenever the same bytes might be judged otherwise: it comes from this very
/// program and the size above which files are left out.
///
/// # Errors
/// When the program's own file cannot be read.
pub fn ruleset(max_file_bytes: u64) -> io::Result<u64> {
    let program = fs::read(env::current_exe()?)?;
    Ok(xxh3_64_with_seed(&program, max_file_bytes))
}

impl Seen {
    /// Nothing was seen yet.
    pub const EMPTY: Seen = Seen { rows: Vec::new() };

    /// The list of given objects.
    pub fn new(mut rows: Vec<(ObjectId, u64)>) -> Seen {
        rows.sort_unstable();
        rows.dedup();
        Seen { rows }
    }

    /// The list: object and class, in order.
    pub fn rows(&self) -> &[(ObjectId, u64)] {
        &self.rows
    }

    /// True when nothing is in the list.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True for an object that was read as a file of this class, and held nothing.
    pub fn has(&self, id: &oid, class: u64) -> bool {
        let compare = |row: &(ObjectId, u64)| (row.0.as_ref(), row.1).cmp(&(id, class));
        self.rows.binary_search_by(compare).is_ok()
    }

    /// The file in a folder that belongs to a repository.
    pub fn path(folder: &Path, repository: &str) -> PathBuf {
        folder.join(format!("history-{:016x}.seen", xxh3_64(repository.as_bytes())))
    }

    /// Reads a list; one that is not there yet is empty.
    ///
    /// # Errors
    /// When the file is damaged, sealed with another key, or made under another ruleset.
    pub fn load(path: &Path, key: &[u8], ruleset: u64) -> Result<Seen, SeenError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Seen::default()),
            Err(why) => return Err(SeenError::Io { path: path.to_owned(), why }),
        };
        let damaged = || SeenError::Damaged(path.to_owned());
        let at = bytes.len().checked_sub(SEAL).ok_or_else(damaged)?;
        let (content, seal) = bytes.split_at_checked(at).ok_or_else(damaged)?;
        sealing(key, content).verify_slice(seal).map_err(|_| damaged())?;
        let rows = content.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (made_under, rows) = rows.split_first_chunk().ok_or_else(damaged)?;
        if u64::from_be_bytes(*made_under) != ruleset {
            return Err(SeenError::Outdated(path.to_owned()));
        }
        parse(rows).map(Seen::new).ok_or_else(damaged)
    }

    /// Writes the list in one step: a scan that is cut off leaves the old one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, path: &Path, key: &[u8], ruleset: u64) -> Result<(), SeenError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(ruleset.to_be_bytes());
        let hash_len = self.rows.first().map_or(0, |row| row.0.as_bytes().len());
        bytes.push(u8::try_from(hash_len).unwrap_or(0));
        for (id, class) in &self.rows {
            bytes.extend(id.as_bytes());
            bytes.extend(class.to_be_bytes());
        }
        let seal = sealing(key, &bytes).finalize().into_bytes();
        bytes.extend(seal);
        let draft = path.with_extension("draft");
        let written = fs::write(&draft, bytes).and_then(|()| fs::rename(&draft, path));
        written.map_err(|why| SeenError::Io { path: path.to_owned(), why })
    }
}

fn parse(rows: &[u8]) -> Option<Vec<(ObjectId, u64)>> {
    let (hash_len, rows) = rows.split_first()?;
    let rows = rows.chunks(usize::from(*hash_len) + 8).map(|row| {
        let (id, class) = row.split_at_checked(usize::from(*hash_len))?;
        Some((ObjectId::try_from(id).ok()?, u64::from_be_bytes(class.try_into().ok()?)))
    });
    rows.collect()
}

/// The seal of a list. Its key is not the one of the fingerprints, only made from it.
fn sealing(key: &[u8], content: &[u8]) -> Hmac<Sha256> {
    let own_key = keyed(key).chain_update(b"overstay seen objects").finalize().into_bytes();
    keyed(&own_key).chain_update(content)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mac = Hmac::new_from_slice(key).expect("any length");
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen() -> Seen {
        let id = |n: u8| ObjectId::try_from([n; 20].as_slice()).unwrap();
        Seen::new(vec![(id(9), 1), (id(3), 2), (id(3), 1), (id(3), 1)])
    }

    #[test]
    fn a_list_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = Seen::path(folder.path(), "acme/shop");
        assert_eq!(Seen::load(&path, b"key", 7).unwrap(), Seen::default());
        seen().save(&path, b"key", 7).unwrap();
        let read = Seen::load(&path, b"key", 7).unwrap();
        assert_eq!(read, seen());
        let id = |n: u8| ObjectId::try_from([n; 20].as_slice()).unwrap();
        assert!(read.has(&id(3), 1) && read.has(&id(3), 2) && read.has(&id(9), 1));
        assert!(!read.has(&id(9), 2) && !read.has(&id(4), 1));
        Seen::default().save(&path, b"key", 7).unwrap();
        assert!(Seen::load(&path, b"key", 7).unwrap().is_empty());
    }

    #[test]
    fn a_list_that_is_damaged_outdated_or_of_another_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = Seen::path(folder.path(), "acme/shop");
        seen().save(&path, b"key", 7).unwrap();
        assert!(matches!(Seen::load(&path, b"key", 8), Err(SeenError::Outdated(_))));
        assert!(matches!(Seen::load(&path, b"other", 7), Err(SeenError::Damaged(_))));
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(matches!(Seen::load(&path, b"key", 7), Err(SeenError::Damaged(_))), "{at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(matches!(Seen::load(&path, b"key", 7), Err(SeenError::Damaged(_))), "{at}");
        }
    }
}
