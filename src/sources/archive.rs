//! Looks into archives: zip (jar, whl, docx, …), tar, gzip, xz, zstd, bzip2 and 7z, also one inside
//! the other. Every size comes from an attacker: depth, entries and bytes have limits, and what a
//! limit leaves out is said.

use std::io::{Cursor, Read};

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
/// What one decoder may use for its dictionary, in KiB.
const DECODER_MEMORY: u32 = 128 << 10;

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// zip and everything that is one.
    Zip,
    /// tar.
    Tar,
    /// One file, by gzip.
    Gzip,
    /// One file, by xz.
    Xz,
    /// One file, by zstd.
    Zstd,
    /// One file, by bzip2.
    Bzip2,
    /// 7z.
    SevenZip,
}

/// Why a part of an archive was not read.
#[derive(Debug, thiserror::Error)]
pub enum LeftOut {
    /// A limit of [`Limits`].
    #[error("it goes over the limit of {0}")]
    Limit(&'static str),
    /// It needs a password.
    #[error("it is encrypted")]
    Encrypted,
    /// It is damaged, or of a kind that cannot be read.
    #[error("it cannot be unpacked")]
    Damaged,
}

/// Receives what an archive holds. The steps lead to the entry, outermost first: `zip:lib/a.jar`,
/// `zip:config.xml`.
pub trait Visitor {
    /// One file, with its own name.
    fn file(&mut self, steps: &[String], name: &str, bytes: &[u8]);
    /// One part that was not read; no steps: the archive itself.
    fn left_out(&mut self, steps: &[String], reason: LeftOut);
}

/// Tells an archive by its first bytes; the name does not matter.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    const MAGIC: &[(&[u8], Format)] = &[
        (b"PK\x03\x04", Format::Zip),
        (b"PK\x05\x06", Format::Zip),
        (b"\x1f\x8b\x08", Format::Gzip),
        (b"\xfd7zXZ\0", Format::Xz),
        (b"\x28\xb5\x2f\xfd", Format::Zstd),
        (b"BZh", Format::Bzip2),
        (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
    ];
    let magic = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| *format);
    magic.or_else(|| (bytes.get(257..262) == Some(b"ustar")).then_some(Format::Tar))
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
            Format::Zip => self.zip(input),
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
        }
    }

    fn zip(&mut self, input: Cursor<&[u8]>) {
        let Ok(mut archive) = zip::ZipArchive::new(input) else {
            return self.left_out(LeftOut::Damaged);
        };
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
                Ok(file) => self.entry("zip", &name, file),
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
        let Ok(entries) = archive.entries() else { return self.left_out(LeftOut::Damaged) };
        for entry in entries {
            if self.stopped {
                return;
            }
            let Ok(entry) = entry else { return self.left_out(LeftOut::Damaged) };
            if entry.header().entry_type().is_file() {
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                self.entry("tar", &name, entry);
            }
        }
    }

    fn seven_zip(&mut self, input: Cursor<&[u8]>) {
        let password = sevenz_rust2::Password::empty();
        let Ok(mut archive) = sevenz_rust2::ArchiveReader::new(input, password) else {
            return self.left_out(LeftOut::Damaged);
        };
        archive.set_thread_count(1);
        let done = archive.for_each_entries(|entry, reader| {
            if entry.has_stream() && !entry.is_directory() {
                self.entry("7z", entry.name(), reader);
            }
            Ok(!self.stopped)
        });
        if done.is_err() {
            self.left_out(LeftOut::Damaged);
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
        let Some(entries) = self.entries.checked_sub(1) else {
            self.stopped = true;
            return self.left_out(LeftOut::Limit("entries of one archive"));
        };
        self.entries = entries;
        let limit = self.limits.entry_bytes.min(self.bytes);
        let mut bytes = Vec::new();
        let read = reader.take(limit + 1).read_to_end(&mut bytes);
        self.bytes = self.bytes.saturating_sub(bytes.len() as u64);
        self.steps.push(format!("{step}:{name}"));
        if bytes.len() as u64 > limit {
            self.stopped = self.bytes == 0;
            let what = if self.stopped { "bytes of one archive" } else { "bytes of one entry" };
            self.left_out(LeftOut::Limit(what));
        } else {
            // What could be unpacked before the damage is still worth a look.
            self.content(name, &bytes);
            if read.is_err() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[derive(Default, Debug)]
    struct List {
        files: Vec<(String, Vec<u8>)>,
        left_out: Vec<(String, String)>,
    }

    impl Visitor for List {
        fn file(&mut self, steps: &[String], _: &str, bytes: &[u8]) {
            self.files.push((steps.join(" > "), bytes.to_owned()));
        }
        fn left_out(&mut self, steps: &[String], reason: LeftOut) {
            self.left_out.push((steps.join(" > "), reason.to_string()));
        }
    }

    fn list(name: &str, bytes: &[u8], limits: Limits) -> List {
        let mut list = List::default();
        unpack(sniff(bytes).unwrap(), name, bytes, limits, &mut list);
        list
    }

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn archives_inside_archives_are_opened() {
        let war = zipped(&[("WEB-INF/lib/a.jar", &zipped(&[("conf.xml", b"inside")]))]);
        let tgz = gzipped(&tarred(&[("app/app.war", &war), ("readme", b"text")]));
        let list = list("dist/app.tgz", &tgz, Limits { depth: 5, ..Limits::default() });
        assert!(list.left_out.is_empty(), "{list:?}");
        let names: Vec<&str> = list.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "gzip:app.tar > tar:app/app.war > zip:WEB-INF/lib/a.jar > zip:conf.xml",
                "gzip:app.tar > tar:readme"
            ]
        );
        assert_eq!(list.files[0].1, b"inside");
    }

    #[test]
    fn the_other_formats_are_opened() {
        let zstd = zstd::encode_all(&b"zstd text"[..], 1).unwrap();
        assert_eq!(list("a.txt.zst", &zstd, Limits::default()).files[0].1, b"zstd text");
        let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz.write_all(b"bzip2 text").unwrap();
        let bz = bz.finish().unwrap();
        assert_eq!(list("a.bz2", &bz, Limits::default()).files[0].1, b"bzip2 text");
        // `xz` and `7z` of the text "xz text\n", made with xz-utils.
        let Some(xz) = by_tool(&["xz", "-c"], b"xz text") else { return };
        assert_eq!(list("a.xz", &xz, Limits::default()).files[0].1, b"xz text");
    }

    /// What a command-line tool makes of some bytes, where the tool is installed.
    fn by_tool(command: &[&str], input: &[u8]) -> Option<Vec<u8>> {
        let mut child = std::process::Command::new(command[0])
            .args(&command[1..])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input).ok()?;
        Some(child.wait_with_output().ok()?.stdout)
    }

    #[test]
    fn bombs_are_stopped_and_named() {
        let limits = Limits { entry_bytes: 1 << 20, total_bytes: 4 << 20, ..Limits::default() };
        let zeros = vec![0_u8; 8 << 20];
        let one = list("bomb.gz", &gzipped(&zeros), limits);
        assert!(one.files.is_empty());
        assert_eq!(one.left_out[0].1, "it goes over the limit of bytes of one entry");
        let part = &zeros[..900 << 10];
        let names: Vec<String> = (0..50).map(|i| format!("f{i}")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), part)).collect();
        let many = list("bomb.zip", &zipped(&files), limits);
        assert_eq!(many.files.len(), 4);
        assert_eq!(many.left_out.len(), 1);
        assert_eq!(many.left_out[0].1, "it goes over the limit of bytes of one archive");
        let few = Limits { entries: 3, ..Limits::default() };
        let counted = list("many.zip", &zipped(&files), few);
        assert_eq!(counted.files.len(), 3);
        assert_eq!(counted.left_out[0].1, "it goes over the limit of entries of one archive");
    }

    #[test]
    fn depth_is_limited() {
        let mut bytes = b"core".to_vec();
        for _ in 0..20 {
            bytes = gzipped(&bytes);
        }
        let list = list("a.gz", &bytes, Limits::default());
        assert!(list.files.is_empty());
        assert_eq!(list.left_out.len(), 1);
        assert_eq!(list.left_out[0].1, "it goes over the limit of archives inside archives");
    }

    #[test]
    fn every_truncation_and_many_flips_are_survived() {
        let good = [
            zipped(&[("a.txt", b"some text in a file"), ("b.txt", b"more")]),
            tarred(&[("a.txt", b"some text in a file")]),
            gzipped(b"some text in a file"),
            zstd::encode_all(&b"some text in a file"[..], 1).unwrap(),
        ];
        let small = Limits { entry_bytes: 1 << 16, total_bytes: 1 << 18, ..Limits::default() };
        let mut quiet = List::default();
        for bytes in &good {
            for end in 0..bytes.len() {
                if let Some(format) = sniff(&bytes[..end]) {
                    unpack(format, "x", &bytes[..end], small, &mut quiet);
                }
            }
            for at in 0..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[at] ^= 0xff;
                if let Some(format) = sniff(&flipped) {
                    unpack(format, "x", &flipped, small, &mut quiet);
                }
            }
        }
        assert!(!quiet.left_out.is_empty());
    }
}
