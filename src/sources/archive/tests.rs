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
