//! `--import`: what other tools reported goes into the same report.

use super::UsageError;
use jiff::Timestamp;
use overstay_detectors::{
    evidence::{Record, Src},
    readers::imported::{Origin, bind, read},
};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// How large a report of another tool may be.
const MAX_BYTES: u64 = 1 << 30;

/// The evidence in SARIF files of other tools, joined to the records of the same scan. `folders` are the
/// checkouts that are scanned.
pub(super) fn load(
    files: &[PathBuf],
    records: &[Record],
    folders: &[(Src, PathBuf)],
    now: Timestamp,
) -> anyhow::Result<Vec<Record>> {
    let roots: Vec<String> = folders
        .iter()
        .filter_map(|(_, root)| Some(root.canonicalize().ok()?.to_str()?.replace('\\', "/")))
        .collect();
    let mut imported = Vec::new();
    for path in files {
        let wrong = |why: String| UsageError(format!("--import {}: {why}", path.display()));
        let log = read(&text(path).map_err(wrong)?).map_err(|why| wrong(why.to_string()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let src = folders.first().map_or_else(|| Src::of("sarif", &name), |(src, _)| src.clone());
        let origin = Origin { name: &name, src, roots: roots.clone(), as_of: now };
        let bound = bind(&log, records, &origin);
        bound.iter().for_each(say_left_out);
        imported.extend(bound);
    }
    Ok(imported)
}

/// What is left out by design stands in no report that is read every day: it is said here.
fn say_left_out(record: &Record) {
    if let Record::Coverage(part) = record
        && part.by_design
    {
        let [name, why] = [&part.part, &part.why].map(|text| text.as_deref().unwrap_or_default());
        tracing::warn!("{name}: not imported: {why}");
    }
}

fn text(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|why| why.to_string())?;
    let size = file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|why| why.to_string())?;
    if size as u64 > MAX_BYTES {
        return Err("larger than 1 GiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let lines = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count();
        format!("line {}: not UTF-8", lines + 1)
    })
}
