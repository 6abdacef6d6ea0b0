//! Looks into archives: zip (jar, whl, docx, …), tar, gzip, xz, zstd, bzip2 and 7z, also one inside
//! the other. Every size comes from an attacker: depth, entries and bytes have limits, and what a
//! limit leaves out is said.

mod format;

pub use format::{Format, sniff};

use libdeflater::Decompressor;
use std::io::{self, Cursor, Read};
use zip::read::ZipFile;

/// How far an archive is unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Archives inside archives.
    pub depth: usize,
    /// Entries of one outermost archive, over all levels.
    pub entries: usize,
    /// Bytes of one entry.
    pub entry_bytes: u64,
    /// Bytes of all entries of one outermost archive, over all levels.
    pub total_bytes: u64,
    /// Bytes that one byte of the outermost archive may become.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 4,
            entries: 20_000,
            entry_bytes: 10 << 20,
            total_bytes: 512 << 20,
            ratio: 200,
        }
    }
}

/// Archives smaller than this may exceed the ratio: a log of one line compresses well.
const RATIO_APPLIES_FROM: u64 = 16 << 20;
/// No byte of a deflate stream makes more than this many bytes (RFC 1951: 258 bytes from 2 bits).
const MAX_EXPANSION: usize = 1032;
/// What one decoder may use for its dictionary, in KiB.
const DECODER_MEMORY: u32 = 128 << 10;

/// Why a part of an archive was not read.
#[derive(Debug, thiserror::Error)]
pub enum LeftOut {
    /// A limit of [`Limits`].
    #[error("it goes over the limit of {0}")]
    Limit(&'static str),
    /// It needs a password.
    #[error("it is encrypted")]
    Encrypted,
    /// It is a zip with several entries of one name.
    #[error("it holds several files of one name, and only the last of each was read")]
    SameName,
    /// It is an archive of a [`Format::Foreign`] kind.
    #[error("it is a {0} archive, which is not opened")]
    Foreign(&'static str),
    /// It is damaged, or packed by a method that is not built in.
    #[error("it cannot be unpacked")]
    Damaged,
    /// It is a git bundle, where those are not read.
    #[error("it is a git bundle, whose objects were not read")]
    Bundle,
    /// It is a git bundle that is damaged, or not whole.
    #[error("it is a git bundle that cannot be read, or builds on commits that it does not hold")]
    BrokenBundle,
}

/// Receives what an archive holds. The steps lead to the entry, outermost first: `zip:lib/a.jar`,
/// `zip:config.xml`.
pub trait Visitor {
    /// One file, with its own name.
    fn file(&mut self, steps: &[String], name: &str, bytes: &[u8]);
    /// One part that was not read; no steps: the archive itself.
    fn left_out(&mut self, steps: &[String], reason: LeftOut);
}

/// Unpacks an archive that is in memory.
pub fn unpack(format: Format, name: &str, bytes: &[u8], limits: Limits, visitor: &mut dyn Visitor) {
    let allowed = (bytes.len() as u64).saturating_mul(limits.ratio).max(RATIO_APPLIES_FROM);
    let mut unpacking = Unpacking {
        limits,
        entries: limits.entries,
        bytes: limits.total_bytes.min(allowed),
        steps: Vec::new(),
        visitor,
        stopped: false,
    };
    unpacking.archive(format, name, bytes);
}

/// One outermost archive while it is unpacked.
struct Unpacking<'a> {
    limits: Limits,
    /// Entries that may still come.
    entries: usize,
    /// Bytes that may still come.
    bytes: u64,
    steps: Vec<String>,
    visitor: &'a mut dyn Visitor,
    stopped: bool,
}

impl Unpacking<'_> {
    fn archive(&mut self, format: Format, name: &str, bytes: &[u8]) {
        let input = Cursor::new(bytes);
        match format {
            Format::Zip => self.zip(bytes),
            Format::Tar => self.tar(bytes),
            Format::SevenZip => self.seven_zip(input),
            Format::Gzip => self.single("gzip", name, flate2::read::MultiGzDecoder::new(input)),
            Format::Bzip2 => self.single("bzip2", name, bzip2::read::MultiBzDecoder::new(input)),
            Format::Xz => {
                let reader = lzma_rust2::XzReader::new_mem_limit(input, true, DECODER_MEMORY);
                self.single("xz", name, reader);
            }
            Format::Zstd => match zstd::stream::Decoder::with_buffer(input) {
                Ok(mut reader) => {
                    let _ = reader.window_log_max(27);
                    self.single("zstd", name, reader);
                }
                Err(_) => self.left_out(LeftOut::Damaged),
            },
            Format::Foreign(kind) => {
                // Names, and files that are kept as they are, stand in its bytes.
                self.visitor.file(&self.steps, name, bytes);
                self.left_out(LeftOut::Foreign(kind));
            }
        }
    }

    fn zip(&mut self, bytes: &[u8]) {
        let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
            return self.left_out(LeftOut::Damaged);
        };
        if archive.has_duplicate_names() {
            self.left_out(LeftOut::SameName);
        }
        for at in 0..archive.len() {
            if self.stopped {
                return;
            }
            let raw = archive.by_index_raw(at).map(|file| {
                let name = file.name().map(|name| name.into_owned());
                (name.unwrap_or_else(|_| format!("entry {at}")), file.is_dir())
            });
            let Ok((name, is_folder)) = raw else { return self.left_out(LeftOut::Damaged) };
            if is_folder {
                continue;
            }
            match archive.by_index(at) {
                Ok(file) => self.part("zip", &name, |limit| {
                    inflated(bytes, &file, limit).map_or_else(|| unpacked(file, limit), Ok)
                }),
                Err(error) => {
                    let encrypted = matches!(
                        error,
                        zip::result::ZipError::UnsupportedArchive(
                            zip::result::ZipError::PASSWORD_REQUIRED
                        )
                    );
                    let reason = if encrypted { LeftOut::Encrypted } else { LeftOut::Damaged };
                    self.entry_left_out("zip", &name, reason);
                }
            }
        }
    }

    fn tar(&mut self, bytes: &[u8]) {
        let mut archive = tar::Archive::new(bytes);
        // Zeros end a tar, and another one may follow them: what is appended is read too.
        archive.set_ignore_zeros(true);
        let Ok(entries) = archive.entries() else { return self.left_out(LeftOut::Damaged) };
        for entry in entries {
            if self.stopped {
                return;
            }
            let Ok(entry) = entry else { return self.left_out(LeftOut::Damaged) };
            if holds_a_file(entry.header().entry_type()) {
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                self.entry("tar", &name, entry);
            }
        }
    }

    fn seven_zip(&mut self, input: Cursor<&[u8]>) {
        let password = sevenz_rust2::Password::empty();
        let mut archive = match sevenz_rust2::ArchiveReader::new(input, password) {
            Ok(archive) => archive,
            Err(why) => return self.left_out(seven_zip_reason(&why)),
        };
        archive.set_thread_count(1);
        let done = archive.for_each_entries(|entry, reader| {
            // The library goes on with the next stream after one that was stopped.
            let mut reader = UntilError { reader, failed: false };
            if !self.stopped && entry.has_stream() && !entry.is_directory() {
                self.entry("7z", entry.name(), &mut reader);
                self.skip(&mut reader);
            }
            if reader.failed {
                // Where the next entry begins in this stream, nobody can say.
                self.left_out(LeftOut::Damaged);
            }
            Ok(!self.stopped && !reader.failed)
        });
        if let Err(why) = done {
            self.left_out(seven_zip_reason(&why));
        }
    }

    /// Unpacks what an entry has left: the way to the next one leads through it.
    fn skip(&mut self, reader: &mut dyn Read) {
        let allowed = self.bytes;
        let skipped = io::copy(&mut reader.take(allowed.saturating_add(1)), &mut io::sink());
        self.bytes = allowed.saturating_sub(skipped.unwrap_or_default());
        if self.bytes == 0 && !self.stopped {
            self.stopped = true;
            self.left_out(LeftOut::Limit("bytes of one archive"));
        }
    }

    /// A format that packs one file: its name is that of the archive without the last extension.
    fn single(&mut self, step: &str, name: &str, reader: impl Read) {
        let name = name.rsplit('/').next().unwrap_or(name);
        let inner = match name.rsplit_once('.') {
            Some((stem, "tgz" | "tbz2" | "txz" | "tzst")) => format!("{stem}.tar"),
            Some((stem, _)) => stem.to_owned(),
            None => name.to_owned(),
        };
        self.entry(step, &inner, reader);
    }

    fn entry(&mut self, step: &str, name: &str, reader: impl Read) {
        self.part(step, name, |limit| unpacked(reader, limit));
    }

    /// A file in an archive. `unpack` is told how many bytes are wanted at most.
    fn part(&mut self, step: &str, name: &str, unpack: impl FnOnce(u64) -> Unpacked) {
        let Some(entries) = self.entries.checked_sub(1) else {
            self.stopped = true;
            return self.left_out(LeftOut::Limit("entries of one archive"));
        };
        self.entries = entries;
        let limit = self.limits.entry_bytes.min(self.bytes);
        let (bytes, damaged) = match unpack(limit) {
            Ok(bytes) => (bytes, false),
            Err(Cut(bytes)) => (bytes, true),
        };
        self.bytes = self.bytes.saturating_sub(bytes.len() as u64);
        self.steps.push(format!("{step}:{name}"));
        if bytes.len() as u64 > limit {
            self.stopped = self.bytes == 0;
            let what = if self.stopped { "bytes of one archive" } else { "bytes of one entry" };
            self.left_out(LeftOut::Limit(what));
        } else {
            // What could be unpacked before the damage is still worth a look.
            self.content(name, &bytes);
            if damaged {
                self.left_out(LeftOut::Damaged);
            }
        }
        self.steps.pop();
    }

    fn content(&mut self, name: &str, bytes: &[u8]) {
        match sniff(bytes) {
            Some(_) if self.steps.len() >= self.limits.depth => {
                self.left_out(LeftOut::Limit("archives inside archives"));
            }
            Some(format) => self.archive(format, name, bytes),
            None => self.visitor.file(&self.steps, name, bytes),
        }
    }

    fn entry_left_out(&mut self, step: &str, name: &str, reason: LeftOut) {
        self.steps.push(format!("{step}:{name}"));
        self.left_out(reason);
        self.steps.pop();
    }

    fn left_out(&mut self, reason: LeftOut) {
        self.visitor.left_out(&self.steps, reason);
    }
}

/// What a file in an archive holds, or what it holds before damage.
type Unpacked = Result<Vec<u8>, Cut>;

/// What could be unpacked before damage.
struct Cut(Vec<u8>);

/// Unpacks a file in parts, to one byte more than the limit.
fn unpacked(reader: impl Read, limit: u64) -> Unpacked {
    let mut bytes = Vec::new();
    match reader.take(limit + 1).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(Cut(bytes)),
    }
}

/// Unpacks a file of a zip at once, which takes half as long as in parts. `None` where its header
/// does not say how, or is wrong.
fn inflated<R: Read>(archive: &[u8], file: &ZipFile<R>, limit: u64) -> Option<Vec<u8>> {
    let plain = file.compression() == zip::CompressionMethod::Deflated && !file.encrypted();
    let start = usize::try_from(file.data_start().filter(|_| plain)?).ok()?;
    let packed = archive.get(start..)?.get(..usize::try_from(file.compressed_size()).ok()?)?;
    let size = usize::try_from(Some(file.size()).filter(|size| *size <= limit)?).ok()?;
    if size > packed.len().saturating_mul(MAX_EXPANSION) {
        return None;
    }
    let mut bytes = vec![0; size];
    let length = Decompressor::new().deflate_decompress(packed, &mut bytes).ok()?;
    (length == size && libdeflater::crc32(&bytes) == file.crc32()).then_some(bytes)
}

/// True for an entry of a tar that has content of its own. A type that nobody knows is a file (POSIX pax).
fn holds_a_file(kind: tar::EntryType) -> bool {
    let metadata = kind.is_pax_global_extensions() || kind.is_pax_local_extensions();
    let special = kind.is_character_special() || kind.is_block_special() || kind.is_fifo();
    !(metadata || special || kind.is_dir() || kind.is_symlink() || kind.is_hard_link())
}

/// Why a 7z, or a stream in it, was not read.
fn seven_zip_reason(why: &sevenz_rust2::Error) -> LeftOut {
    let cipher = sevenz_rust2::EncoderMethod::AES256_SHA256.name();
    match why {
        sevenz_rust2::Error::UnsupportedCompressionMethod(method) if method == cipher => {
            LeftOut::Encrypted
        }
        _ => LeftOut::Damaged,
    }
}

/// A reader that ends with its first error: a decoder that is asked again may never end.
struct UntilError<R> {
    reader: R,
    failed: bool,
}

impl<R: Read> Read for UntilError<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Ok(0);
        }
        let read = self.reader.read(buffer);
        self.failed = read.is_err();
        read
    }
}

#[cfg(test)]
mod tests;
