//! A git bundle: names, and a pack of what they lead to (gitformat-bundle(5)). It is laid out as a
//! bare repository in a temporary folder and read like any other.

use crate::sources::content::is_bundle;
use gix::{
    ObjectId,
    hash::Kind,
    objs::find::Never,
    odb::pack::{Bundle, bundle::write::Options},
    progress::Discard,
};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::atomic::AtomicBool,
};
use tempfile::TempDir;

/// No line of a header is longer.
const LONGEST_LINE: u64 = 64 << 10;
/// No object of a bundle is rebuilt beyond this many bytes.
const MAX_OBJECT: usize = 256 << 20;

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BundleError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("its header is damaged")]
    Header,
    #[error("its pack cannot be read, or builds on commits that it does not hold")]
    Pack,
}

/// What makes a bundle readable that is not.
pub(super) const REMEDY: &str = "git clone --mirror it, and scan the clone with --history";

/// True for the path of a git bundle.
pub(super) fn is_bundle_file(path: &Path) -> bool {
    let mut head = Vec::new();
    let mut read = || File::open(path)?.take(16).read_to_end(&mut head);
    path.is_file() && read().is_ok() && is_bundle(&head)
}

/// What stands before the pack.
struct Header {
    hash: Kind,
    /// Where each name leads: hex and name.
    refs: Vec<(ObjectId, String)>,
    /// Whether it builds on commits that it does not hold.
    builds_on: bool,
}

/// A bundle that was laid out as a repository.
pub(super) struct LaidOut {
    pub(super) folder: TempDir,
    builds_on: bool,
}

impl LaidOut {
    /// What of its history it does not hold: the part, why, and what would mend it.
    pub(super) fn unread(&self) -> Option<(String, String, String)> {
        let why = "the bundle builds on commits that it does not hold";
        let unread = || ("history".to_owned(), why.to_owned(), REMEDY.to_owned());
        self.builds_on.then(unread)
    }
}

/// The pack of a bundle, and how many bytes an id has in it.
pub(super) fn pack(mut bundle: &[u8]) -> Result<(&[u8], usize), BundleError> {
    let header = Header::read(&mut bundle)?;
    Ok((bundle, header.hash.len_in_bytes()))
}

/// Lays out the bundle at a path.
pub(super) fn unbundle_file(path: &Path) -> Result<LaidOut, BundleError> {
    unbundle(&mut BufReader::new(File::open(path)?))
}

/// Lays a bundle out as a repository.
pub(super) fn unbundle(mut input: &mut dyn BufRead) -> Result<LaidOut, BundleError> {
    let header = Header::read(&mut input)?;
    let folder = TempDir::new()?;
    let packs = folder.path().join("objects/pack");
    fs::create_dir_all(&packs)?;
    fs::create_dir_all(folder.path().join("refs"))?;
    fs::write(folder.path().join("config"), header.config())?;
    fs::write(folder.path().join("packed-refs"), header.packed_refs())?;
    fs::write(folder.path().join("HEAD"), header.head())?;
    let options = Options { alloc_limit_bytes: Some(MAX_OBJECT), ..Options::default() };
    let never = AtomicBool::new(false);
    let (packs, no_bases) = (Some(packs.as_path()), None::<Never>);
    Bundle::write_to_directory(
        &mut input,
        packs,
        &mut Discard,
        &never,
        no_bases,
        header.hash,
        options,
    )
    .map_err(|_| BundleError::Pack)?;
    Ok(LaidOut { folder, builds_on: header.builds_on })
}

impl Header {
    fn read(input: &mut impl BufRead) -> Result<Header, BundleError> {
        let mut header = Header { hash: Kind::Sha1, refs: Vec::new(), builds_on: false };
        let mut line = Vec::new();
        loop {
            line.clear();
            input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            let Some(text) = line.strip_suffix(b"\n") else { return Err(BundleError::Header) };
            match text {
                b"" => return Ok(header),
                b"@object-format=sha256" => header.hash = Kind::Sha256,
                [b'-', ..] => header.builds_on = true,
                // The version, and capabilities that change nothing here.
                [b'#' | b'@', ..] => {}
                _ => header.refs.push(reference(text).ok_or(BundleError::Header)?),
            }
        }
    }

    fn config(&self) -> &'static str {
        match self.hash {
            Kind::Sha256 => {
                "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
            }
            _ => "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        }
    }

    fn packed_refs(&self) -> String {
        let mut lines: Vec<(&str, &ObjectId)> =
            self.refs.iter().map(|(id, name)| (name.as_str(), id)).collect();
        lines.retain(|(name, _)| name.starts_with("refs/"));
        lines.sort();
        lines.iter().map(|(name, id)| format!("{id} {name}\n")).collect()
    }

    /// What the bundle calls `HEAD`, or its first branch.
    fn head(&self) -> String {
        if let Some((id, _)) = self.refs.iter().find(|(_, name)| name == "HEAD") {
            return format!("{id}\n");
        }
        let names = self.refs.iter().map(|(_, name)| name.as_str());
        let branch = names.filter(|name| name.starts_with("refs/heads/")).min();
        format!("ref: {}\n", branch.unwrap_or("refs/heads/main"))
    }
}

/// An id and a name, with a space between.
fn reference(line: &[u8]) -> Option<(ObjectId, String)> {
    let (id, name) = line.split_at_checked(memchr::memchr(b' ', line)?)?;
    let name = String::from_utf8(name.get(1..)?.to_owned()).ok()?;
    let plain = name.chars().all(|c| !c.is_control() && c != ' ');
    plain.then_some((ObjectId::from_hex(id).ok()?, name))
}
