//! Evidence that was stopped at the arrow: JSON Lines, plain or zstd.

use super::{Collecting, Context, Source, coverage, required_path};
use overstay_detectors::evidence::{Record, Src, parse_lines};
use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// How large a file may be once unpacked.
const MAX_BYTES: u64 = 16 << 30;

struct EvidenceFile {
    path: PathBuf,
}

/// `evidence=FILE`; `-` is standard input.
pub fn open(arg: Option<&str>) -> Result<Box<dyn Source>, String> {
    Ok(source(required_path(arg)?))
}

/// The source that reads one file.
pub fn source(path: PathBuf) -> Box<dyn Source> {
    Box::new(EvidenceFile { path })
}

impl Source for EvidenceFile {
    fn name(&self) -> &'static str {
        "evidence"
    }

    fn collect<'a>(&'a self, context: &'a Context) -> Collecting<'a> {
        Box::pin(async move { read(&self.path, context) })
    }
}

fn read(path: &Path, context: &Context) -> Vec<Record> {
    let src = Src::of("evidence", &path.display().to_string());
    let text = match read_text(path) {
        Ok(text) => text,
        Err(why) => {
            let why = (why.to_string(), "check that the file exists and can be read".to_owned());
            return vec![
                coverage(&src, context.now, &path.display().to_string(), Some(why)).into(),
            ];
        }
    };
    let (mut records, errors) = parse_lines(&text);
    for error in errors {
        let part = format!("{}:{}", path.display(), error.line);
        let why = (error.why.to_string(), "correct or remove the line".to_owned());
        let mut record = coverage(&src, context.now, &part, Some(why));
        record.line = u64::try_from(error.line).ok();
        records.push(record.into());
    }
    records
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().take(MAX_BYTES).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let mut unpacked = Vec::new();
        zstd::stream::Decoder::new(&*bytes)?.take(MAX_BYTES).read_to_end(&mut unpacked)?;
        bytes = unpacked;
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        io::Error::other(format!("line {}: not UTF-8", line + 1))
    })
}
