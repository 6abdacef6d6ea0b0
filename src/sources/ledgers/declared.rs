//! `overstay-ledgers.toml`: what the owner of the exports says about them.

use globset::{Glob, GlobMatcher};
use jiff::Timestamp;
use overstay_detectors::readers::ledgers::{Declared, Mapping, Mappings};
use serde::Deserialize;
use std::{cell::RefCell, collections::BTreeSet, fs, io, path::Path};

/// The file's name.
pub(super) const FILE_NAME: &str = "overstay-ledgers.toml";

/// What is said about the exports of a folder.
#[derive(Default)]
pub(super) struct Register {
    entries: Vec<(GlobMatcher, Declared)>,
    nothing: Declared,
    used: RefCell<BTreeSet<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "export")]
    exports: Vec<Entry>,
}

/// One `[[export]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// A file name or a pattern, relative to the folder.
    files: String,
    /// The name of a known mapping, or a mapping file of one's own.
    #[serde(default)]
    mapping: Option<String>,
    #[serde(default)]
    tenant: Option<String>,
    #[serde(default)]
    exported_at: Option<Moment>,
    #[serde(default)]
    from: Option<Moment>,
    #[serde(default)]
    complete: bool,
}

/// A TOML date-time with an offset, or a date that means its first moment in UTC.
#[derive(Deserialize)]
#[serde(try_from = "toml::value::Datetime")]
struct Moment(Timestamp);

impl TryFrom<toml::value::Datetime> for Moment {
    type Error = String;

    fn try_from(written: toml::value::Datetime) -> Result<Moment, String> {
        let text = written.to_string();
        let text = if written.time.is_none() { format!("{text}T00:00:00Z") } else { text };
        text.parse()
            .map(Moment)
            .map_err(|_| format!("`{written}` needs an offset: 2026-11-20T08:00:00Z"))
    }
}

impl Register {
    /// Reads the file of a folder, if there is one, and the mappings that it names.
    pub(super) fn load(folder: &Path, mappings: &mut Mappings) -> Result<Register, String> {
        let text = match fs::read_to_string(folder.join(FILE_NAME)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Register::default()),
            Err(error) => return Err(error.to_string()),
        };
        let file: File = toml::from_str(&text).map_err(|error| error.to_string())?;
        let mut register = Register::default();
        for entry in file.exports {
            let files =
                Glob::new(&entry.files).map_err(|error| error.to_string())?.compile_matcher();
            if let Some(own) = entry.mapping.as_deref().filter(|name| name.ends_with(".toml")) {
                let text = fs::read_to_string(folder.join(own))
                    .map_err(|error| format!("{own}: {error}"))?;
                mappings.add(Mapping::parse(own, &text).map_err(|error| error.to_string())?);
            }
            let declared = Declared {
                mapping: entry.mapping,
                tenant: entry.tenant,
                exported_at: entry.exported_at.map(|moment| moment.0),
                from: entry.from.map(|moment| moment.0),
                complete: entry.complete,
            };
            register.entries.push((files, declared));
        }
        Ok(register)
    }

    /// What is said about a file: the first entry that matches its name.
    pub(super) fn about(&self, name: &str) -> &Declared {
        let found = self.entries.iter().position(|(files, _)| files.is_match(name));
        self.used.borrow_mut().extend(found);
        found.and_then(|i| self.entries.get(i)).map_or(&self.nothing, |(_, declared)| declared)
    }

    /// The patterns that no file has matched, with what they would have held.
    pub(super) fn unmatched(&self) -> impl Iterator<Item = (&str, &Declared)> {
        let unused =
            self.entries.iter().enumerate().filter(|(i, _)| !self.used.borrow().contains(i));
        unused.map(|(_, (files, declared))| (files.glob().glob(), declared))
    }
}
