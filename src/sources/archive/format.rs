//! What kind of archive a file is, by its first bytes; the name does not matter.

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
    /// Packed in a way that is known by name only: its bytes are read as they are, and that is said.
    Foreign(&'static str),
}

/// As the specification of each format gives them.
const MAGIC: &[(&[u8], Format)] = &[
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"BZh", Format::Bzip2),
    (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
    (b"Rar!\x1a\x07", Format::Foreign("RAR")),
    (b"\x04\x22\x4d\x18", Format::Foreign("LZ4")),
    (b"LZIP\x01", Format::Foreign("lzip")),
    (b"\x89LZO\0\r\n\x1a\n", Format::Foreign("lzop")),
    (b"\x1f\x9d\x90", Format::Foreign("compress")),
    (b"MSCF\0\0\0\0", Format::Foreign("cabinet")),
    (b"!<arch>\ndebian-binary", Format::Foreign("Debian")),
    (b"\xed\xab\xee\xdb", Format::Foreign("RPM")),
    (b"hsqs", Format::Foreign("SquashFS")),
    (b"xar!\0\x1c", Format::Foreign("xar")),
];

/// Tells an archive by its first bytes.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let magic = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| *format);
    magic.or_else(|| (bytes.get(257..262) == Some(b"ustar")).then_some(Format::Tar))
}
