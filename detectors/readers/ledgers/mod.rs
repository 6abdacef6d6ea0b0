//! Ledgers: exports of systems that approve (IGA), issue (PAM), know people (HR, directories) or tell
//! what happened (audit logs). Every export format is data, a [`Mapping`]: which rows become which
//! evidence. A row that cannot be read is named with file, line and column, and the others are read.

mod build;
mod fields;
mod mapping;
mod merge;
mod propose;
mod rows;
mod template;

pub use mapping::{Mapping, MappingError, Mappings};
pub use propose::{SampleError, propose};

use crate::evidence::{Coverage, Record, Src};
use build::{Made, make};
use jiff::Timestamp;
use mapping::Unread;
use merge::Pending;
use rows::{BadRow, Rows};

/// How many malformed rows of one export are named one by one; the rest is counted.
const NAMED_ROWS: usize = 20;

/// What the owner of an export says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The mapping to use, instead of the one whose columns fit.
    pub mapping: Option<String>,
    /// The tenant, account or organisation.
    pub tenant: Option<String>,
    /// When it was exported: the end of its window.
    pub exported_at: Option<Timestamp>,
    /// The start of its window.
    pub from: Option<Timestamp>,
    /// True when the export holds everything of its window: only then does a missing row prove
    /// anything.
    pub complete: bool,
}

/// One exported file.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// Its path, for messages and records.
    pub path: &'a str,
    /// Its content, unpacked.
    pub bytes: &'a [u8],
    /// When it is read.
    pub now: Timestamp,
    /// What its owner says about it.
    pub declared: &'a Declared,
}

/// The evidence of several exports. Rows of one object, in one file or in several, become one
/// record.
#[derive(Debug)]
pub struct Ledger<'m> {
    mappings: &'m Mappings,
    pending: Pending,
    coverage: Vec<Coverage>,
}

impl<'m> Ledger<'m> {
    /// A ledger that knows these formats.
    pub fn new(mappings: &'m Mappings) -> Ledger<'m> {
        Ledger { mappings, pending: Pending::default(), coverage: Vec::new() }
    }

    /// Reads one export.
    pub fn read(&mut self, export: &Export) {
        match self.mappings.choose(export) {
            Ok((mapping, rows)) => self.take(export, mapping, rows),
            Err(Unread::Mapping(why)) => {
                let remedy = "name its mapping in overstay-ledgers.toml; `overstay ledger map \
                              --sample FILE` proposes one";
                self.coverage.push(unread(export, None, None, &why, remedy));
            }
            Err(Unread::Rows(bad)) => {
                let remedy = "export it again, as UTF-8 CSV, JSON or JSON Lines";
                self.coverage.push(unread(export, None, Some(bad.line), &bad.to_string(), remedy));
            }
        }
    }

    fn take(&mut self, export: &Export, mapping: &Mapping, rows: Rows) {
        let mut bad = rows.bad;
        let (mut other, mut window) = (0, Window::default());
        for row in &rows.rows {
            match make(export, mapping, row) {
                Ok(made) if made.is_empty() => other += 1,
                Ok(made) => {
                    for one in made {
                        window.widen(&one);
                        self.pending.add(one);
                    }
                }
                Err(errors) => bad.extend(errors),
            }
        }
        self.tell(export, mapping, &window, rows.more, other, bad);
    }

    /// What was read of an export, and what was not.
    fn tell(
        &mut self,
        export: &Export,
        mapping: &Mapping,
        window: &Window,
        more: bool,
        other: usize,
        bad: Vec<BadRow>,
    ) {
        let declared = export.declared;
        let why = match (bad.len(), more, declared.complete) {
            (0, false, true) => None,
            (0, true, _) => Some("the export is one page of several".to_owned()),
            (0, false, false) => Some("nobody says that the export is complete".to_owned()),
            (n, ..) => Some(format!("{n} rows could not be read")),
        };
        let remedy = if bad.is_empty() {
            "when it holds everything of its window, say `complete = true`, `from` and \
             `exported_at` for it in overstay-ledgers.toml"
        } else {
            "correct the rows or the mapping"
        };
        let to = declared.exported_at.or(window.last).unwrap_or(export.now).min(export.now);
        self.coverage.push(Coverage {
            kinds: mapping.kinds(),
            from: declared.from.or(window.first).unwrap_or(to).min(to),
            to,
            complete: why.is_none(),
            remedy: why.as_ref().map(|_| remedy.to_owned()),
            why,
            ..about(export, Some(mapping), None)
        });
        if other > 0 {
            let why = format!("{other} rows are of kinds that say nothing about access");
            let note = unread(export, Some(mapping), None, &why, "nothing to do");
            self.coverage.push(Coverage {
                id: format!("{}:other", note.id),
                by_design: true,
                ..note
            });
        }
        for row in bad.iter().take(NAMED_ROWS) {
            let remedy = "correct the row or the mapping";
            let record = unread(export, Some(mapping), Some(row.line), &row.to_string(), remedy);
            self.coverage.push(record);
        }
    }

    /// The evidence; what could not become a record is a coverage record.
    pub fn finish(self) -> Vec<Record> {
        let (mut records, errors) = self.pending.finish();
        records.extend(self.coverage.into_iter().map(Record::from));
        records.extend(errors.into_iter().map(Record::from));
        records
    }
}

/// The times that the rows of an export speak of.
#[derive(Default)]
struct Window {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Window {
    fn widen(&mut self, made: &Made) {
        let Some(at) = made.stamped else { return };
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }
}

/// The envelope of a coverage record about an export, or about one line of it.
fn about(export: &Export, mapping: Option<&Mapping>, line: Option<usize>) -> Coverage {
    let system = mapping.map_or("ledger", |m| &m.system);
    let part =
        line.map_or_else(|| export.path.to_owned(), |line| format!("{}:{line}", export.path));
    let tenant = export.declared.tenant.clone();
    let src = Src { tenant, ..Src::new(system) };
    Coverage {
        id: format!("coverage:{system}:{part}"),
        src: src.at(&part),
        as_of: export.now,
        system: system.to_owned(),
        from: export.now,
        to: export.now,
        line: line.and_then(|line| u64::try_from(line).ok()),
        part: Some(part),
        ..Coverage::default()
    }
}

fn unread(
    export: &Export,
    mapping: Option<&Mapping>,
    line: Option<usize>,
    why: &str,
    remedy: &str,
) -> Coverage {
    Coverage {
        why: Some(why.to_owned()),
        remedy: Some(remedy.to_owned()),
        ..about(export, mapping, line)
    }
}

#[cfg(test)]
mod tests;
