//! The audit log of a Vault or OpenBao server, from files: plain, gzip or zstd, with their rotated
//! predecessors when a folder is named. Lines stream through; no file is held in memory.

use super::{Collecting, Context, Source, coverage, required_path};
use flate2::bufread::MultiGzDecoder;
use overstay_detectors::{
    evidence::{Record, Src},
    readers::vault_audit::AuditLog,
};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// The longest line that is read, in bytes: a list of all accessors of a large server is one line.
const MAX_LINE: u64 = 16 << 20;
/// How much of one file is read once unpacked, in bytes.
const MAX_BYTES: u64 = 256 << 30;
/// How much is read at once.
const BUFFER: usize = 256 << 10;

struct VaultAudit {
    path: PathBuf,
}

/// `vault-audit=PATH`: a file, a folder of rotated files, or `-` for standard input.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    Ok(Box::new(VaultAudit { path: required_path(arg)? }))
}

impl Source for VaultAudit {
    fn name(&self) -> &'static str {
        "vault-audit"
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        let (path, now) = (self.path.clone(), context.now);
        Box::pin(async move {
            let reading = tokio::task::spawn_blocking(move || {
                let mut log = AuditLog::default();
                let mut records = read(&path, &mut log, src(), now);
                records.extend(log.records(&src(), now));
                records
            });
            reading.await.unwrap_or_else(|_| {
                let why = ("reading stopped unexpectedly".into(), "report this as a bug".into());
                vec![coverage(&src(), now, "audit log", Some(why)).into()]
            })
        })
    }
}

fn src() -> Src {
    Src::new("vault")
}

/// Gives every file to the log; what is no log is said.
fn read(path: &Path, log: &mut AuditLog, src: Src, now: jiff::Timestamp) -> Vec<Record> {
    if path == Path::new("-") {
        log.file("stdin");
        lines(BufReader::with_capacity(BUFFER, io::stdin()), log);
        return Vec::new();
    }
    let files = match files(path) {
        Ok(files) => files,
        Err(why) => {
            let remedy = "name the file that the audit device writes, or its folder".to_owned();
            let why = Some((why.kind().to_string(), remedy));
            return vec![coverage(&src, now, &path.display().to_string(), why).into()];
        }
    };
    let alone = files.len() == 1;
    let mut left_out = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match unpacked(&file) {
            Ok(mut content) => {
                if alone || looks_like_log(&mut content) {
                    log.file(&name);
                    lines(content, log);
                    continue;
                }
                let why = ("it is no audit log".into(), "nothing to do if that is so".into());
                let mut record = coverage(&src, now, &name, Some(why));
                record.by_design = true;
                left_out.push(record.into());
            }
            Err(why) => {
                log.file(&name);
                log.unread(&why.kind().to_string());
            }
        }
    }
    left_out
}

/// The file, or the regular files of the folder, by name.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn unpacked(path: &Path) -> io::Result<BufReader<Box<dyn Read>>> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let head = file.fill_buf()?;
    let content: Box<dyn Read> = if head.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(file))
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::stream::Decoder::with_buffer(file)?)
    } else {
        Box::new(file)
    };
    Ok(BufReader::with_capacity(BUFFER, Box::new(content.take(MAX_BYTES))))
}

/// Looks at what is buffered first, and takes nothing.
fn looks_like_log(content: &mut impl BufRead) -> bool {
    let head = content.fill_buf().unwrap_or_default();
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    has(b"\"type\":\"re") && has(b"\"request\":{")
}

/// Gives every line to the log. A line over the limit is named and passed over.
fn lines(mut content: impl BufRead, log: &mut AuditLog) {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        match content.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.len() as u64 == MAX_LINE && !line.ends_with(b"\n") => {
                log.bad(number, format!("the line is longer than {MAX_LINE} bytes"));
                if let Err(why) = content.skip_until(b'\n') {
                    return log.unread(&format!("after line {number}: {}", why.kind()));
                }
            }
            Ok(_) => log.line(number, &line),
            Err(why) => return log.unread(&format!("after line {}: {}", number - 1, why.kind())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overstay_detectors::evidence::Coverage;
    use std::io::Write as _;

    fn entry(second: u32, path: &str) -> String {
        format!(
            r#"{{"time":"2026-11-22T00:00:{second:02}Z","type":"response","auth":{{"accessor":"hmac-sha256:aa","policy_results":{{"allowed":true}}}},"request":{{"id":"{second}","operation":"read","path":"{path}"}}}}"#
        )
    }

    fn collected(path: &Path) -> Vec<Record> {
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        let mut log = AuditLog::default();
        let mut records = read(path, &mut log, src(), now);
        records.extend(log.records(&src(), now));
        records
    }

    fn gaps(records: &[Record]) -> Vec<&Coverage> {
        let found = records.iter().filter_map(|record| match record {
            Record::Coverage(c) if !c.complete => Some(c),
            _ => None,
        });
        found.collect()
    }

    #[test]
    fn rotated_files_are_read_whatever_packs_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::write(path.join("audit.log"), entry(30, "secret/data/a") + "\n").unwrap();
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(entry(20, "secret/data/b").as_bytes()).unwrap();
        fs::write(path.join("audit.log.1.gz"), gz.finish().unwrap()).unwrap();
        let zst = zstd::encode_all(entry(10, "secret/data/c").as_bytes(), 0).unwrap();
        fs::write(path.join("audit.log.2.zst"), zst).unwrap();
        fs::write(path.join("notes.txt"), "rotated by hand\n").unwrap();

        let records = collected(path);
        let uses = records.iter().filter(|r| matches!(r, Record::Use(_))).count();
        assert_eq!(uses, 3, "{records:?}");
        let [notes] = gaps(&records)[..] else { panic!("{records:?}") };
        assert!(notes.by_design && notes.part.as_deref().unwrap().ends_with("notes.txt"));
        let whole = records.iter().find_map(|r| match r {
            Record::Coverage(c) if c.complete => Some((c.from.to_string(), c.to.to_string())),
            _ => None,
        });
        let expected = ("2026-11-22T00:00:10Z".to_owned(), "2026-11-22T00:00:30Z".to_owned());
        assert_eq!(whole, Some(expected));
    }

    #[test]
    fn a_cut_file_gives_what_it_holds_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log.gz");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        for second in 0..50 {
            writeln!(gz, "{}", entry(second, "secret/data/a")).unwrap();
        }
        let packed = gz.finish().unwrap();
        fs::write(&path, &packed[..packed.len() / 2]).unwrap();
        let records = collected(&path);
        assert!(records.iter().any(|r| matches!(r, Record::Use(_))), "{records:?}");
        let why = gaps(&records)[0].why.clone().unwrap();
        assert!(why.starts_with("after line 2"), "{why}");
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let long = "x".repeat(usize::try_from(MAX_LINE).unwrap() + 10);
        fs::write(&path, format!("{}\n{long}\n{}\n", entry(1, "a/b"), entry(2, "a/c"))).unwrap();
        let records = collected(&path);
        assert_eq!(records.iter().filter(|r| matches!(r, Record::Use(_))).count(), 2);
        assert_eq!(gaps(&records)[0].line, Some(2));
    }

    #[test]
    fn a_file_that_is_not_there_is_a_gap() {
        let records = collected(Path::new("no/such/audit.log"));
        assert_eq!(gaps(&records).len(), 1);
    }
}
