//! What of an archive is not read is named, with its name where it has one; what stands beside it is read.

use super::*;

const ENCRYPTED: &str = "it is encrypted";
const DAMAGED: &str = "it cannot be unpacked";

/// Names and contents of the files, names and reasons of what was left out.
type Seen<'a> = (Vec<(&'a str, &'a [u8])>, Vec<(&'a str, &'a str)>);

impl List {
    fn of(bytes: &[u8]) -> List {
        list("dist/a.bin", bytes, Limits::default())
    }

    fn seen(&self) -> Seen<'_> {
        let files = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        let gaps = self.left_out.iter().map(|(part, why)| (part.as_str(), why.as_str()));
        (files.collect(), gaps.collect())
    }
}

/// A zip whose first header, the local one and that in the directory, was changed: where the bytes
/// stand in the local one is two less than in the other (APPNOTE 4.3.7 and 4.3.12).
fn with_first_header(mut zip: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    let directory = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for start in [at, directory + at + 2] {
        zip[start..start + bytes.len()].copy_from_slice(bytes);
    }
    zip
}

#[test]
fn an_encrypted_file_in_a_zip() {
    let zip = zipped(&[("a.txt", b"cannot be read"), ("b.txt", b"can")]);
    let list = List::of(&with_first_header(zip, 6, &[1]));
    let expected: Seen = (vec![("zip:b.txt", b"can")], vec![("zip:a.txt", ENCRYPTED)]);
    assert_eq!(list.seen(), expected);
}

#[test]
fn a_file_in_a_zip_by_a_method_that_is_not_built_in() {
    let zip = zipped(&[("a.txt", b"packed by LZMA"), ("b.txt", b"by Deflate")]);
    let list = List::of(&with_first_header(zip, 8, &[14]));
    let files: Vec<(&str, &[u8])> = vec![("zip:a.txt", b""), ("zip:b.txt", b"by Deflate")];
    assert_eq!(list.seen(), (files, vec![("zip:a.txt", DAMAGED)]));
}

#[test]
fn a_file_in_a_zip_whose_checksum_is_wrong_is_looked_at_nonetheless() {
    let zip = zipped(&[("a.txt", b"changed"), ("b.txt", b"as it was")]);
    let list = List::of(&with_first_header(zip, 14, &[1, 2, 3, 4]));
    let files: Vec<(&str, &[u8])> = vec![("zip:a.txt", b"changed"), ("zip:b.txt", b"as it was")];
    assert_eq!(list.seen(), (files, vec![("zip:a.txt", DAMAGED)]));
}

#[test]
fn a_file_in_a_zip_that_another_one_of_its_name_hides() {
    let zip = zipped(&[("a", b"hidden"), ("b", b"shown")]);
    // The name stands behind the 30 bytes of the local header, and the 46 of the other.
    let mut zip = with_first_header(zip, 30, b"b");
    let directory = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    zip[directory + 32] = 0;
    zip[directory + 46] = b'b';
    let list = List::of(&zip);
    let why = "it holds several files of one name, and only the last of each was read";
    let expected: Seen = (vec![("zip:b", b"shown")], vec![("", why)]);
    assert_eq!(list.seen(), expected);
}

/// A tar of one file of each type, named after it.
fn tar_of_types(types: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for kind in types {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(4);
        let content: &[u8] = b"text";
        builder.append_data(&mut header, char::from(*kind).to_string(), content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn what_a_tar_holds_is_a_file_unless_its_type_says_otherwise() {
    // Regular, contiguous, of a type that nobody knows; links, devices, a folder, a pipe.
    let list = List::of(&tar_of_types(b"07Z123456"));
    let expected: Vec<(&str, &[u8])> =
        vec![("tar:0", b"text"), ("tar:7", b"text"), ("tar:Z", b"text")];
    assert_eq!(list.seen(), (expected, Vec::new()));
}

#[test]
fn a_sparse_file_in_a_tar_is_read_with_its_holes() {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_path("core").unwrap();
    header.set_size(4);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.set_real_size(516);
    gnu.sparse[0].set_offset(512);
    gnu.sparse[0].set_length(4);
    header.set_cksum();
    let mut builder = tar::Builder::new(Vec::new());
    builder.append(&header, &b"text"[..]).unwrap();
    let content = [&[0; 512][..], b"text"].concat();
    let list = List::of(&builder.into_inner().unwrap());
    assert_eq!(list.seen(), (vec![("tar:core", &*content)], Vec::new()));
}

#[test]
fn what_is_appended_to_a_tar() {
    let (first, second) = (tarred(&[("a.txt", b"first")]), tarred(&[("b.txt", b"second")]));
    let files: Vec<(&str, &[u8])> = vec![("tar:a.txt", b"first"), ("tar:b.txt", b"second")];
    assert_eq!(List::of(&[&*first, &second].concat()).seen(), (files.clone(), Vec::new()));
    let junk = [b'x'; 512];
    assert_eq!(List::of(&[&*first, &second, &junk].concat()).seen(), (files, vec![("", DAMAGED)]));
}

#[test]
fn a_tar_that_is_cut_short() {
    let tar = tarred(&[("a.txt", b"some text in a file"), ("b.txt", b"lost")]);
    for end in [512 + 10, 1024 + 100] {
        let list = List::of(&tar[..end]);
        assert_eq!(list.files.len(), 1, "{end}");
        assert_eq!(list.seen().1, [("", DAMAGED)], "{end}");
    }
}

/// The coder of 7zAES, of one byte of properties.
const AES: &[u8] = &[0x24, 6, 0xf1, 7, 1, 1, 0];

#[test]
fn an_encrypted_7z() {
    let list = List::of(&seven_zip_of(AES, &[0; 16], &[("a.txt", b"cannot be read")]));
    assert_eq!(list.seen(), (Vec::new(), vec![("", ENCRYPTED)]));
}

#[test]
fn a_7z_whose_names_are_encrypted() {
    let size = 16;
    let header = [&[0x17, 6, 0, 1, 9, size, 0, 7, 11, 1, 0, 1], AES, &[12, size, 0, 0]].concat();
    let list = List::of(&seven_zip_with(&header, &[0; 16]));
    assert_eq!(list.seen(), (Vec::new(), vec![("", ENCRYPTED)]));
}

#[test]
fn a_7z_that_is_damaged_before_its_first_file() {
    let mut seven = seven_zipped(&[("a.txt", b"text")]);
    seven[12] ^= 1;
    assert_eq!(List::of(&seven).seen(), (Vec::new(), vec![("", DAMAGED)]));
}

#[test]
fn one_packed_file_that_is_cut_short_or_followed_by_something_else() {
    let text = b"some text in a file";
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text).unwrap();
    let packed = [
        ("gzip:a", gzipped(text)),
        ("bzip2:a", bzip2.finish().unwrap()),
        ("xz:a", xz_of(text, 0)),
        ("zstd:a", zstd::encode_all(&text[..], 1).unwrap()),
    ];
    for (name, bytes) in packed {
        let cut = List::of(&bytes[..bytes.len() - 3]);
        assert_eq!(cut.seen().1, [(name, DAMAGED)]);
        let followed = List::of(&[&*bytes, b"something else"].concat());
        let expected: Seen = (vec![(name, text)], vec![(name, DAMAGED)]);
        assert_eq!(followed.seen(), expected);
    }
}

#[test]
fn a_packed_file_that_asks_for_more_memory_than_one_decoder_may_have() {
    let xz = List::of(&xz_of(b"text", 40));
    assert_eq!(xz.seen().1, [("xz:a", DAMAGED)], "a dictionary of 4 GiB");
    // A frame of one block as it is, with a window of 2 GiB (RFC 8878, 3.1.1).
    let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 4 << 3 | 1, 0, 0][..], b"text"].concat();
    let zstd = List::of(&frame);
    assert_eq!(zstd.seen(), (vec![("zstd:a", &b""[..])], vec![("zstd:a", DAMAGED)]));
}

#[test]
fn an_archive_that_is_not_opened_is_read_as_it_is() {
    let rar = b"Rar!\x1a\x07\x01\0 and what it holds";
    let why = "it is a RAR archive, which is not opened";
    let expected: Seen = (vec![("", rar)], vec![("", why)]);
    assert_eq!(List::of(rar).seen(), expected);
    let inside = zipped(&[("backup.rar", rar), ("b.txt", b"text")]);
    let expected: Seen =
        (vec![("zip:backup.rar", rar), ("zip:b.txt", b"text")], vec![("zip:backup.rar", why)]);
    assert_eq!(List::of(&inside).seen(), expected);
}
