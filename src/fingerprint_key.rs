//! The key of the fingerprints of credential values.
//!
//! A fingerprint must be the same in every scan that is compared with another, and must not let
//! somebody who sees only a report test guesses of a weak password. So the key is, in this order:
//! the one given (`--fingerprint-key`, `OVERSTAY_FINGERPRINT_KEY`); this installation's, kept in the
//! user's state folder; on a throw-away CI machine (`CI` set), where an installation's key would
//! change every time, one derived from the name of the repository.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Why no key could be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the fingerprint key {path}: {why}; give one with --fingerprint-key FILE")]
pub struct KeyError {
    path: PathBuf,
    why: io::Error,
}

/// The bytes of the key. `scope` names what is scanned, for the CI case.
pub fn load(file: Option<&Path>, scope: &str) -> Result<Vec<u8>, KeyError> {
    if let Some(path) = file {
        return fs::read(path).map_err(|why| KeyError { path: path.to_owned(), why });
    }
    if let Some(text) = env::var_os("OVERSTAY_FINGERPRINT_KEY").filter(|text| !text.is_empty()) {
        return Ok(text.into_encoded_bytes());
    }
    let path = state_folder().map(|folder| folder.join("fingerprint.key"));
    if let Some(key) = path.as_deref().and_then(|path| fs::read(path).ok()) {
        return Ok(key);
    }
    match path {
        Some(path) if env::var_os("CI").is_none() => {
            create(&path).map_err(|why| KeyError { path, why })
        }
        _ => Ok(format!("overstay/{scope}").into_bytes()),
    }
}

fn state_folder() -> Option<PathBuf> {
    let from = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    from("XDG_STATE_HOME")
        .or_else(|| from("HOME").map(|home| home.join(".local/state")))
        .or_else(|| from("LOCALAPPDATA"))
        .map(|folder| folder.join("overstay"))
}

fn create(path: &Path) -> io::Result<Vec<u8>> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(&key).map(|()| key.to_vec()),
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => fs::read(path),
        Err(why) => Err(why),
    }
}
