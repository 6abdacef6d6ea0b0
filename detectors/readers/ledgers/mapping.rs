//! A mapping: which rows of an export become which evidence. Data, in `rules/ledgers/` for the
//! formats that Overstay knows, in a file of the user for all others (`docs/ledgers.md`).

use super::{
    Export,
    fields::Field,
    rows::{self, BadRow, Rows},
    template::{Path, Template, text_of},
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many rows are looked at to recognise a format.
const SAMPLE_ROWS: usize = 20;

/// How the rows of an export become evidence.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Its name: the file's stem.
    #[serde(skip)]
    pub name: String,
    /// What is exported, from which product.
    pub title: String,
    /// Where the vendor describes the format.
    #[serde(default)]
    pub source: Option<String>,
    /// The system that the records come from: `sailpoint`, `entra-pim`, …
    pub system: String,
    /// What rows must have to be of this format; without it, the mapping is used only by name.
    #[serde(default)]
    pub(super) detect: Detect,
    /// Where the rows may stand in a JSON document; the document itself otherwise.
    #[serde(default)]
    pub(super) rows: Vec<String>,
    /// What a row becomes; several may apply to one row.
    #[serde(rename = "record")]
    pub(super) records: Vec<RecordMapping>,
    /// Exports and what becomes of them; they run as tests.
    #[serde(default, rename = "example")]
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests read it"))]
    pub(super) examples: Vec<Example>,
}

/// How a format is recognised.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Detect {
    /// These are columns or members of the row.
    pub has: Vec<Path>,
    /// These have one of the values (`*`: any).
    pub is: Conditions,
}

/// Paths, and for each the values that are accepted.
pub(super) type Conditions = BTreeMap<String, Vec<String>>;

/// What one row becomes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordMapping {
    /// The evidence kind.
    pub kind: String,
    /// Lists in the row, one inside the other, of which each innermost element becomes a record;
    /// absent: the row itself does. A value is looked for in the element first, then around it.
    #[serde(default)]
    pub each: Vec<Path>,
    /// The rows it is for: each path has one of the values; `*` is any value, an empty text none.
    #[serde(default)]
    pub when: Conditions,
    /// Its id: rows with one id become one record. Made of the content when absent.
    #[serde(default)]
    pub id: Option<Template>,
    /// Its fields, by dotted name.
    pub fields: BTreeMap<String, Field>,
}

impl RecordMapping {
    /// What becomes a record of its own, each with what is around it, the innermost first.
    pub(super) fn scopes<'v>(&self, row: &'v Value) -> Vec<Vec<&'v Value>> {
        self.each.iter().fold(vec![vec![row]], |outer, path| {
            let inside = |scopes: Vec<&'v Value>| {
                let found = scopes.first().and_then(|innermost| path.find(innermost));
                let elements = found.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                elements
                    .iter()
                    .map(move |element| {
                        std::iter::once(element).chain(scopes.iter().copied()).collect()
                    })
                    .collect::<Vec<Vec<&'v Value>>>()
            };
            outer.into_iter().flat_map(inside).collect()
        })
    }
}

/// A test of a mapping.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "the tests read it"))]
pub(super) struct Example {
    /// The export, word for word.
    pub export: String,
    /// The records, one JSON object a line, without envelope.
    pub evidence: String,
}

/// Why a mapping cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mapping `{name}`: {why}")]
pub struct MappingError {
    /// The mapping.
    pub name: String,
    /// Key, line and column, and why.
    pub why: String,
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// When the text is not TOML, has an unknown key, or a template that is not one.
    pub fn parse(name: &str, text: &str) -> Result<Mapping, MappingError> {
        let error = |why: String| MappingError { name: name.to_owned(), why };
        let mapping: Mapping = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        for record in &mapping.records {
            let conditions = record.when.keys().chain(mapping.detect.is.keys());
            for path in conditions {
                Path::parse(path).map_err(|why| error(format!("`{path}`: {why}")))?;
            }
        }
        Ok(Mapping { name: name.to_owned(), ..mapping })
    }

    /// The evidence kinds that it makes, each once.
    pub fn kinds(&self) -> Vec<String> {
        let kinds: BTreeSet<&String> = self.records.iter().map(|record| &record.kind).collect();
        kinds.into_iter().cloned().collect()
    }

    /// True when one of the first rows has what this format has.
    fn fits(&self, rows: &Rows) -> bool {
        let says_nothing = self.detect.has.is_empty() && self.detect.is.is_empty();
        !says_nothing
            && rows.rows.iter().take(SAMPLE_ROWS).any(|row| {
                self.detect.has.iter().all(|path| path.find(&row.value).is_some())
                    && holds(&self.detect.is, &[&row.value])
            })
    }

    /// How much a row must have to be of this format.
    fn strictness(&self) -> usize {
        self.detect.has.len() + 2 * self.detect.is.len()
    }
}

/// True when a row, or what is around it, meets all conditions.
pub(super) fn holds(conditions: &Conditions, scopes: &[&Value]) -> bool {
    conditions.iter().all(|(path, accepted)| {
        let path = Path::parse(path).ok();
        let found = path.and_then(|path| scopes.iter().find_map(|scope| path.find(scope)));
        let found = found.filter(|value| !value.is_null());
        let text = found.and_then(text_of).unwrap_or_default();
        accepted.iter().any(|wanted| match (wanted.as_str(), found) {
            ("*", Some(Value::Array(_) | Value::Object(_))) => true,
            ("*", _) => !text.is_empty(),
            (wanted, _) => glob(wanted, &text),
        })
    })
}

/// Compares without case; `*` at the start or the end stands for anything.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(end), Some(_)) => text.contains(end.strip_suffix('*').unwrap_or(end)),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

/// The mappings that a scan knows.
#[derive(Clone, Debug, Default)]
pub struct Mappings(Vec<Mapping>);

impl Mappings {
    /// The formats of `rules/ledgers/`.
    pub fn built_in() -> Mappings {
        let all = overstay_rules::ledger_mappings().iter();
        // A mapping of ours that does not parse fails the tests.
        Mappings(all.filter_map(|(name, text)| Mapping::parse(name, text).ok()).collect())
    }

    /// Adds a mapping of the user; it wins over one of the same name.
    pub fn add(&mut self, mapping: Mapping) {
        self.0.retain(|known| known.name != mapping.name);
        self.0.push(mapping);
    }

    /// The mapping of a name.
    pub fn get(&self, name: &str) -> Option<&Mapping> {
        self.0.iter().find(|mapping| mapping.name == name)
    }

    /// Every mapping, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.0.iter()
    }

    /// The mapping for an export, the one that its owner names or the strictest that fits, and the
    /// export's rows.
    pub(super) fn choose(&self, export: &Export) -> Result<(&Mapping, Rows), Unread> {
        if let Some(name) = &export.declared.mapping {
            let mapping = self
                .get(name)
                .ok_or_else(|| Unread::Mapping(format!("there is no mapping `{name}`")))?;
            return Ok((mapping, rows::read(export.bytes, &mapping.rows).map_err(Unread::Rows)?));
        }
        // A file is parsed once for each place where its rows may stand.
        let mut parsed: BTreeMap<&[String], Rows> = BTreeMap::new();
        let mut best: Option<&Mapping> = None;
        for mapping in &self.0 {
            if !parsed.contains_key(&mapping.rows[..]) {
                let rows = rows::read(export.bytes, &mapping.rows).map_err(Unread::Rows)?;
                parsed.insert(&mapping.rows, rows);
            }
            let fits = parsed.get(&mapping.rows[..]).is_some_and(|rows| mapping.fits(rows));
            if fits && best.is_none_or(|best| best.strictness() <= mapping.strictness()) {
                best = Some(mapping);
            }
        }
        best.and_then(|best| Some((best, parsed.remove(&best.rows[..])?)))
            .ok_or_else(|| Unread::Mapping("no mapping knows these columns".to_owned()))
    }
}

/// Why an export gives no rows.
#[derive(Debug)]
pub(super) enum Unread {
    /// No mapping is for it.
    Mapping(String),
    /// It is not what any mapping could read.
    Rows(BadRow),
}
