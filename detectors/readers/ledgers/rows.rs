//! The rows of an export: CSV of any usual dialect, JSON (an array, or an object that holds one),
//! JSON Lines. A signed event token (RFC 8417) stands for its payload; its signature is not checked.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, value::RawValue};
use std::{borrow::Cow, fmt};

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its columns or members.
    pub value: Value,
}

/// A row, or a whole export, that cannot be read. Never quotes what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadRow {
    /// The line, from 1.
    pub line: usize,
    /// The column: its name, or its number.
    pub column: Option<String>,
    /// Why.
    pub why: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(out, ", column {column}")?;
        }
        write!(out, ": {}", self.why)
    }
}

/// What an export holds.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The readable rows, in order.
    pub rows: Vec<Row>,
    /// The others.
    pub bad: Vec<BadRow>,
    /// True when the export itself says that there is more of it elsewhere.
    pub more: bool,
}

/// Members that say that another page follows.
const NEXT_PAGE: &[&str] =
    &["@odata.nextLink", "has_more", "nextLink", "nextPageToken", "NextToken", "nextToken"];

/// Reads all rows. `at` says where they may stand in a JSON document.
pub(super) fn read(bytes: &[u8], at: &[String]) -> Result<Rows, BadRow> {
    let text = decode(bytes)?;
    match text.trim_start().as_bytes().first() {
        None => Ok(Rows::default()),
        Some(b'{' | b'[') if is_lines(&text) => Ok(json_lines(&text)),
        Some(b'{' | b'[') => json(&text, at),
        Some(_) => csv(&text),
    }
}

/// UTF-8, or UTF-16 with its mark as spreadsheets write it.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, BadRow> {
    let bad = |line, why: &str| BadRow { line, column: None, why: why.to_owned() };
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|c| unit([c[0], c[1]])).collect();
        String::from_utf16(&units)
            .map(Cow::Owned)
            .map_err(|_| bad(1, "the file is not valid UTF-16"))
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
                let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
                bad(line, "the file is not UTF-8")
            })
        }
    }
}

/// True when the first line is a JSON value by itself and another line follows.
fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let alone = |line: &str| serde_json::from_str::<&RawValue>(line).is_ok();
    lines.next().is_some_and(alone) && lines.next().is_some()
}

fn json_lines(text: &str) -> Rows {
    let mut rows = Rows::default();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Value>(line) {
            Ok(value) => rows.push(index + 1, value),
            Err(error) => rows.bad.push(syntax(&error, index)),
        }
    }
    rows
}

fn syntax(error: &serde_json::Error, lines_before: usize) -> BadRow {
    BadRow {
        line: lines_before + error.line().max(1),
        column: Some(error.column().to_string()),
        why: "not valid JSON".to_owned(),
    }
}

/// One document: the rows are the document, or the first array among the places `at`.
fn json(text: &str, at: &[String]) -> Result<Rows, BadRow> {
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| syntax(&error, 0))?;
    let mut rows = Rows { more: has_next_page(whole), ..Rows::default() };
    let found = at.iter().find_map(|place| dig(whole, place)).unwrap_or(whole);
    let mut lines = LineCounter::new(text);
    let elements: Vec<&RawValue> = match serde_json::from_str(found.get()) {
        Ok(elements) => elements,
        Err(_) => match serde_json::from_str::<Map<String, Value>>(found.get()) {
            // `{"sets": {"<id>": "<token>"}}`: a map of rows.
            Ok(map) if !map.is_empty() && map.values().all(Value::is_string) && !at.is_empty() => {
                let line = lines.of(found);
                map.into_iter().for_each(|(_, value)| rows.push(line, value));
                return Ok(rows);
            }
            _ => vec![found],
        },
    };
    for element in elements {
        let value = serde_json::from_str(element.get()).map_err(|error| syntax(&error, 0))?;
        rows.push(lines.of(element), value);
    }
    Ok(rows)
}

fn has_next_page(whole: &RawValue) -> bool {
    NEXT_PAGE.iter().any(|name| {
        dig_key(whole, name).is_some_and(|value| !matches!(value.get(), "null" | "\"\"" | "false"))
    })
}

/// The value at a dotted place.
fn dig<'a>(value: &'a RawValue, place: &str) -> Option<&'a RawValue> {
    place.split('.').filter(|key| !key.is_empty()).try_fold(value, dig_key)
}

fn dig_key<'a>(value: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    let members: std::collections::HashMap<Cow<str>, &RawValue> =
        serde_json::from_str(value.get()).ok()?;
    members.get(key).copied()
}

/// Lines of slices of one text, asked for in order.
struct LineCounter<'a> {
    text: &'a str,
    seen: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> LineCounter<'a> {
        LineCounter { text, seen: 0, line: 1 }
    }

    fn of(&mut self, slice: &RawValue) -> usize {
        let start = slice.get().as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        if let Some(passed) = self.text.as_bytes().get(self.seen..start) {
            self.line += memchr::memchr_iter(b'\n', passed).count();
            self.seen = start;
        }
        self.line
    }
}

fn csv(text: &str) -> Result<Rows, BadRow> {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let often = |delimiter: &&u8| memchr::memchr_iter(**delimiter, header.as_bytes()).count();
    let delimiter = b",;\t|".iter().rev().max_by_key(often).copied().unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let bad = |line, why: String| BadRow { line, column: None, why };
    let names = reader.headers().map_err(|error| bad(1, error.to_string()))?.clone();
    let mut rows = Rows::default();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(usize::MAX);
                if record.len() == names.len() {
                    let cells = names.iter().zip(&record).map(|(n, v)| (n.to_owned(), v.into()));
                    rows.rows.push(Row { line, value: Value::Object(cells.collect()) });
                } else {
                    let why = format!("{} columns, the header has {}", record.len(), names.len());
                    rows.bad.push(bad(line, why));
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let line = usize::try_from(line).unwrap_or(usize::MAX);
                rows.bad.push(bad(line, "not valid CSV".to_owned()));
            }
        }
    }
    Ok(rows)
}

impl Rows {
    /// Adds a JSON row; only an object, or a token that holds one, is a row.
    fn push(&mut self, line: usize, value: Value) {
        let row = match value {
            Value::Object(_) => Some(value),
            Value::String(token) => payload(&token),
            _ => None,
        };
        match row {
            Some(value) => self.rows.push(Row { line, value }),
            None => {
                let why = "the row is not an object".to_owned();
                self.bad.push(BadRow { line, column: None, why });
            }
        }
    }
}

/// The claims of a signed token.
fn payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    serde_json::from_slice(&claims).ok().filter(Value::is_object)
}
