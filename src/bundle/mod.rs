//! One archive with everything that a scan knows: evidence, findings, what could not be read, and a
//! statement, signed if there is a key, of what the archive holds and what it was made of.
//!
//! The statement is an in-toto Statement v1 in a DSSE envelope, so that other tools can verify it.

mod dsse;
mod statement;
mod verify;

pub use dsse::{Key, KeyError};
pub use verify::{Flaw, Verified, verify};

use crate::report::{self, Format, Options, Report, sarif::Profile};
use overstay_detectors::evidence::{Record, write_line};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use statement::{Source, Sources, Statement};
use std::{
    fs::File,
    io::{self, BufWriter, Read, Seek as _, Write},
};

/// The signed statement.
const ENVELOPE: &str = "statement.dsse.json";
/// The statement of a bundle that nobody signed.
const UNSIGNED: &str = "statement.json";

/// A member of the archive, written and hashed.
struct Member {
    name: &'static str,
    file: File,
    size: u64,
    sha256: String,
}

/// The evidence of a scan, written down before it is judged.
pub struct Evidence {
    lines: Member,
    sources: Vec<Source>,
}

impl Evidence {
    /// Writes the records, in their order, to a temporary file.
    ///
    /// # Errors
    /// Those of the file.
    pub fn keep(records: &[Record]) -> io::Result<Evidence> {
        let mut sources = Sources::default();
        let lines = member("evidence.jsonl", |out| {
            let mut line = Vec::new();
            for record in records {
                line.clear();
                write_line(record, &mut line)?;
                sources.add(record.recorded().src(), &line);
                out.write_all(&line)?;
            }
            Ok(())
        })?;
        Ok(Evidence { lines, sources: sources.finish() })
    }
}

/// Writes the archive (tar in zstd). The same scan gives the same bytes, but for signatures that
/// are not deterministic (ECDSA).
///
/// # Errors
/// Those of the sink and of temporary files; a key that cannot sign.
pub fn write(
    evidence: Evidence,
    report: &Report,
    key: Option<&Key>,
    sink: impl Write,
) -> anyhow::Result<()> {
    let members = [
        evidence.lines,
        member("findings.jsonl", |out| tell(report, Format::Jsonl, out))?,
        member("coverage.jsonl", |out| json_lines(&report.coverage, out))?,
        member("gaps.jsonl", |out| json_lines(&report.gaps, out))?,
        member("report.sarif", |out| tell(report, Format::Sarif, out))?,
        member("assessment-results.oscal.json", |out| tell(report, Format::Oscal, out))?,
    ];
    let statement = serde_json::to_vec(&Statement::of(&members, evidence.sources, report))?;
    let (name, statement) = match key {
        Some(key) => (ENVELOPE, serde_json::to_vec(&key.seal(&statement)?)?),
        None => (UNSIGNED, statement),
    };
    let mut archive = tar::Builder::new(zstd::stream::Encoder::new(sink, 0)?);
    append(&mut archive, name, statement.len() as u64, statement.as_slice())?;
    for member in members {
        append(&mut archive, member.name, member.size, member.file)?;
    }
    archive.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// Adds a member without a time and without an owner: neither is a fact about the scan.
fn append(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, content)
}

/// Writes a member to a temporary file: a tar header needs the size, a statement the hash.
fn member(
    name: &'static str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Member> {
    let mut out =
        Hashing { file: BufWriter::new(tempfile::tempfile()?), hash: Sha256::new(), size: 0 };
    write(&mut out)?;
    let mut file = out.file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(Member { name, file, size: out.size, sha256: hex(&out.hash.finalize()) })
}

/// A file whose content is hashed while it is written.
struct Hashing {
    file: BufWriter<File>,
    hash: Sha256,
    size: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or(bytes));
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn json_lines(rows: &[impl Serialize], out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut *out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A report that leaves nothing out.
fn tell(report: &Report, format: Format, out: &mut dyn Write) -> io::Result<()> {
    let options = Options { sarif_profile: Profile::Archive, ..Options::default() };
    report::write(report, format, &options, out).map(drop)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
