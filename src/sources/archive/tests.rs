mod unread;

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
    assert_eq!(list("a.xz", &xz_of(b"xz text", 0), Limits::default()).files[0].1, b"xz text");
}

/// An xz of one block without a check, its only chunk unpacked; `dictionary` as the format writes its
/// size. Written down byte by byte after the .xz File Format 1.2.
fn xz_of(bytes: &[u8], dictionary: u8) -> Vec<u8> {
    let summed = |part: &[u8]| [part, &crc32(part).to_le_bytes()].concat();
    let padded = |mut part: Vec<u8>| {
        part.resize(part.len().next_multiple_of(4), 0);
        part
    };
    let size = u8::try_from(bytes.len()).unwrap();
    let flags = [0, 0];
    let block = summed(&[2, 0, 0x21, 1, dictionary, 0, 0, 0]);
    let chunk = [&[1, 0, size - 1][..], bytes, &[0]].concat();
    let unpadded = u8::try_from(block.len() + chunk.len()).unwrap();
    let index = summed(&padded(vec![0, 1, unpadded, size]));
    let back = u32::try_from(index.len() / 4 - 1).unwrap().to_le_bytes();
    let footer = [&back[..], &flags].concat();
    let sum = crc32(&footer).to_le_bytes();
    [b"\xfd7zXZ\0", &*summed(&flags), &block, &padded(chunk), &index, &sum, &footer, b"YZ"].concat()
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

/// A 7z archive of files that were packed one after the other into one stream of bzip2.
fn seven_zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut stream = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    files.iter().for_each(|(_, bytes)| stream.write_all(bytes).unwrap());
    seven_zip_of(&[3, 4, 2, 2], &stream.finish().unwrap(), files)
}

/// A 7z archive of one packed stream, with the coder that is said to have packed it; written down byte by
/// byte after 7zFormat.txt of the LZMA SDK.
fn seven_zip_of(coder: &[u8], packed: &[u8], files: &[(&str, &[u8])]) -> Vec<u8> {
    let number = |n: usize| [&[0xff][..], &(n as u64).to_le_bytes()].concat();
    let whole: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let sizes = files.iter().rev().skip(1).rev().map(|(_, bytes)| number(bytes.len()));
    let names: Vec<u8> = files
        .iter()
        .flat_map(|(name, _)| name.encode_utf16().chain([0]))
        .flat_map(u16::to_le_bytes)
        .collect();
    let header = [
        &[1, 4, 6, 0, 1, 9][..],
        &number(packed.len()),
        &[0, 7, 11, 1, 0, 1],
        coder,
        &[12],
        &number(whole),
        &[0, 8, 13],
        &number(files.len()),
        &[9],
        &sizes.collect::<Vec<_>>().concat(),
        &[0, 0, 5],
        &number(files.len()),
        &[17],
        &number(names.len() + 1),
        &[0],
        &names,
        &[0, 0],
    ]
    .concat();
    seven_zip_with(&header, packed)
}

/// A 7z archive of a header and what stands before it.
fn seven_zip_with(header: &[u8], packed: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| crc32(bytes).to_le_bytes();
    let place = [
        (packed.len() as u64).to_le_bytes().as_slice(),
        &(header.len() as u64).to_le_bytes(),
        &crc(header),
    ]
    .concat();
    let magic = b"7z\xbc\xaf\x27\x1c\x00\x04";
    [magic.as_slice(), &crc(&place), &place, packed, header].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn a_7z_is_opened_and_what_stands_behind_a_giant_is_not_lost() {
    let zeros = vec![0_u8; 3 << 20];
    let packed = seven_zipped(&[("a.txt", b"first"), ("big", &zeros), ("b.txt", b"last")]);
    let limits = Limits { entry_bytes: 1 << 20, ..Limits::default() };
    let list = list("a.7z", &packed, limits);
    let files: Vec<_> = list.files.iter().map(|(name, bytes)| (name.as_str(), &**bytes)).collect();
    assert_eq!(files, [("7z:a.txt", &b"first"[..]), ("7z:b.txt", b"last")], "{list:?}");
    assert_eq!(list.left_out.len(), 1);
    assert_eq!(list.left_out[0].0, "7z:big");
}

/// A decoder of LZMA2 that met an error once, and was asked again, never ended.
#[test]
fn a_7z_whose_stream_is_damaged_ends() {
    let files: [(&str, &[u8]); 2] = [("a.txt", &[0; 40]), ("b.txt", &[0; 25])];
    // A chunk of 65 bytes, made from 17, whose properties are none.
    let chunk = [&[0xe0, 0, 64, 0, 16, 0xff, 0][..], &[0; 16]].concat();
    let list = list("a.7z", &seven_zip_of(&[0x21, 0x21, 1, 8], &chunk, &files), Limits::default());
    let parts: Vec<&str> = list.left_out.iter().map(|(part, _)| part.as_str()).collect();
    assert_eq!(parts, ["7z:a.txt", ""], "{list:?}");
}

#[test]
fn bombs_of_every_kind_are_stopped_and_named() {
    let limits = Limits { entry_bytes: 1 << 20, total_bytes: 4 << 20, ..Limits::default() };
    let zeros = vec![0_u8; 16 << 20];
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bz.write_all(&zeros).unwrap();
    let seven = seven_zipped(&[("bomb", &zeros), ("behind", b"text")]);
    let bombs = [
        ("a.zst", zstd::encode_all(&*zeros, 1).unwrap()),
        ("a.bz2", bz.finish().unwrap()),
        ("a.7z", seven),
        ("a.zip", zipped(&[("bomb", &zeros)])),
    ];
    for (name, bomb) in bombs {
        // As it is, and wrapped: the limits hold for everything that comes out of one file.
        for bytes in [bomb.clone(), zipped(&[(name, &bomb), ("again", &bomb)])] {
            let list = list(name, &bytes, limits);
            assert!(list.files.is_empty(), "{name}");
            assert!(list.left_out[0].1.contains("bytes of one"), "{name}: {:?}", list.left_out);
        }
    }
}

#[test]
fn the_ratio_holds_over_all_levels() {
    // Each level alone is harmless; together they are 40 MiB out of a few kilobytes.
    let part = vec![0_u8; 1 << 20];
    let names: Vec<String> = (0..10).map(|i| format!("f{i}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &*part)).collect();
    let inner = zipped(&files);
    let outer = zipped(&[("a", &inner), ("b", &inner), ("c", &inner), ("d", &inner)]);
    let list = list("a.zip", &outer, Limits::default());
    let bytes: usize = list.files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes as u64 <= RATIO_APPLIES_FROM, "{bytes}");
    assert!(list.left_out.iter().any(|(_, why)| why.contains("bytes of one archive")));
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
        seven_zipped(&[("a.txt", b"some text"), ("b.txt", b"in a file")]),
        xz_of(b"some text in a file", 0),
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
