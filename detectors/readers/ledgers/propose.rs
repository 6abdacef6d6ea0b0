//! A first mapping for an export that no mapping knows, from the names of its columns and the looks
//! of their values. A person completes it.

mod words;

use super::fields::TIMES;
use super::rows::{self, BadRow, Row};
use super::template::{Template, text_of};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write as _};
use words::{APPROVER, ENTITLEMENT, GRANT, IDENTITY, ISSUANCE, REVIEW, SUBJECT, Synonyms};

/// How many rows are looked at.
const SAMPLE_ROWS: usize = 200;

/// How many different values a column may have to be spelled out as a table of values.
const MAX_CHOICES: usize = 12;

/// Columns whose values decide what a record says: their values are spelled out.
const CHOICES: &[&str] = &["state", "decision", "status"];

/// Why nothing can be proposed: the sample cannot be read there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleError(BadRow);

impl SampleError {
    /// `requests.csv:3:5: why`: as compilers write it.
    pub fn at(&self, path: &str) -> String {
        let BadRow { line, column, why } = &self.0;
        let column = column.as_deref().filter(|c| c.bytes().all(|b| b.is_ascii_digit()));
        format!("{path}:{line}:{}: {why}", column.unwrap_or("1"))
    }
}

/// A mapping in TOML with what the columns suggest, and a comment for each that suggests nothing.
///
/// # Errors
/// When the sample cannot be read or holds no row.
pub fn propose(name: &str, bytes: &[u8]) -> Result<String, SampleError> {
    let place = rows_in(bytes);
    let at: Vec<String> = place.iter().cloned().collect();
    let read = rows::read(bytes, &at).map_err(SampleError)?;
    if let (true, Some(bad)) = (read.rows.is_empty(), read.bad.first()) {
        return Err(SampleError(bad.clone()));
    }
    let rows = read.rows;
    let rows: Vec<&Row> = rows.iter().take(SAMPLE_ROWS).collect();
    let columns = columns(&rows);
    if columns.is_empty() {
        let why = "the sample holds no row that a mapping could name".to_owned();
        return Err(SampleError(BadRow { line: 1, column: None, why }));
    }
    let mut used = Vec::new();
    let kind = kind_of(&columns);
    let mut fields = String::new();
    if kind == "identity" {
        if let Some(column) = take(&columns, &mut used, &SUBJECT) {
            field(
                &mut fields,
                "aliases",
                &format!("[{}]", quoted(&format!("{name}:{{{column}}}"))),
            );
            field(&mut fields, "type", "\"unknown\"");
        }
    } else if let Some(column) = take(&columns, &mut used, &SUBJECT) {
        field(&mut fields, "subject", &quoted(&format!("{name}:{{{column}}}")));
    }
    let own = match kind {
        "review" => REVIEW,
        "issuance" => ISSUANCE,
        "identity" => IDENTITY,
        _ => ENTITLEMENT,
    };
    if kind != "identity" {
        field(&mut fields, "\"grant.system\"", &quoted(name));
        simple(&mut fields, GRANT, &columns, &mut used, &rows, name);
    }
    simple(&mut fields, own, &columns, &mut used, &rows, name);
    if kind == "entitlement" {
        approvals(&mut fields, &columns, &mut used, &rows, name);
    }
    let mut text = format!(
        "# A proposal made from the column names: check every line.\n\
         title = {}\nsystem = {}\n{}\n[[record]]\nkind = {}\n\n[record.fields]\n{fields}",
        quoted(&format!("Export of {name}")),
        quoted(name),
        place.map_or(String::new(), |place| format!("rows = [{}]\n", quoted(&place))),
        quoted(kind),
    );
    let unused = columns.iter().filter(|column| !used.contains(*column));
    let unused: Vec<&str> = unused.map(String::as_str).collect();
    if !unused.is_empty() {
        let _ = writeln!(text, "\n# Columns that are not used: {}", unused.join(", "));
    }
    Ok(text)
}

/// How deep in a JSON document rows are looked for.
const MAX_DEPTH: usize = 4;

/// Where the rows stand in a JSON document that is not a list itself: at the longest list of objects.
fn rows_in(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let whole: Value = serde_json::from_slice(text).ok()?;
    longest(&whole, MAX_DEPTH).map(|(_, place)| place).filter(|place| !place.is_empty())
}

fn longest(value: &Value, depth: usize) -> Option<(usize, String)> {
    match value {
        Value::Array(rows) if rows.iter().any(Value::is_object) => {
            Some((rows.len(), String::new()))
        }
        Value::Object(members) if depth > 0 => members
            .iter()
            .filter(|(name, _)| !name.contains('.'))
            .filter_map(|(name, inner)| {
                let (rows, place) = longest(inner, depth - 1)?;
                let place = if place.is_empty() { name.clone() } else { format!("{name}.{place}") };
                Some((rows, place))
            })
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1))),
        _ => None,
    }
}

/// The names of the columns, in the order of the first row.
fn columns(rows: &[&Row]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        flatten("", &row.value, &mut names);
    }
    names.retain(|name| Template::parse(&format!("{{{name}}}")).is_ok());
    names
}

fn flatten(prefix: &str, value: &Value, names: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    for (name, value) in members {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Object(_) => flatten(&path, value, names),
            Value::Array(_) => {}
            _ if !names.contains(&path) => names.push(path),
            _ => {}
        }
    }
}

/// The evidence kind that the columns look like.
fn kind_of(columns: &[String]) -> &'static str {
    let any = |words: &[&str]| {
        columns.iter().any(|column| words.iter().any(|word| spoken(column).contains(word)))
    };
    if any(&["certif", "reviewer", "reviewed", "campaign"]) {
        "review"
    } else if any(&["checkout", "check out", "session", "lease", "issued", "elevation"]) {
        "issuance"
    } else if any(&["approv", "request", "entitlement", "privilege", "role", "access"]) {
        "entitlement"
    } else {
        "identity"
    }
}

/// `requestedFor.displayName` → `requested for display name`.
fn spoken(column: &str) -> String {
    let mut words = String::new();
    let mut lower = false;
    for c in column.chars() {
        if matches!(c, '_' | '-' | '.' | '/' | ' ') {
            words.push(' ');
        } else if c.is_uppercase() && lower {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else {
            words.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words
}

/// The unused column that a field's words name best: the whole name, else a part of it.
fn take(columns: &[String], used: &mut Vec<String>, wanted: &Synonyms) -> Option<String> {
    let free = |column: &&String| !used.contains(*column);
    let whole = |word: &&str| columns.iter().filter(free).find(|c| spoken(c) == **word);
    let part = |word: &&str| {
        columns.iter().filter(free).find(|c| {
            let name = format!(" {} ", spoken(c));
            name.contains(&format!(" {word} "))
        })
    };
    let found = wanted.1.iter().find_map(whole).or_else(|| wanted.1.iter().find_map(part))?;
    used.push(found.clone());
    Some(found.clone())
}

fn simple(
    out: &mut String,
    fields: &[Synonyms],
    columns: &[String],
    used: &mut Vec<String>,
    rows: &[&Row],
    name: &str,
) {
    for wanted in fields {
        if let Some(column) = take(columns, used, wanted) {
            let value = source_of(wanted.0, &column, rows, name);
            let key = if wanted.0.contains('.') { quoted(wanted.0) } else { wanted.0.to_owned() };
            field(out, &key, &value);
        }
    }
}

fn approvals(
    out: &mut String,
    columns: &[String],
    used: &mut Vec<String>,
    rows: &[&Row],
    name: &str,
) {
    let mut members = Vec::new();
    for wanted in APPROVER {
        // The decision and the state may be one column.
        let mut free = if wanted.0 == "decision" { Vec::new() } else { used.clone() };
        if let Some(column) = take(columns, &mut free, wanted) {
            members.push(format!("{} = {}", wanted.0, source_of(wanted.0, &column, rows, name)));
            if !used.contains(&column) {
                used.push(column);
            }
        }
    }
    if members.len() == APPROVER.len() {
        field(out, "approvals", &format!("{{ fields = {{ {} }} }}", members.join(", ")));
    }
}

/// The right side of a field.
fn source_of(target: &str, column: &str, rows: &[&Row], name: &str) -> String {
    let from = quoted(&format!("{{{column}}}"));
    if CHOICES.contains(&target) {
        let pairs: Vec<String> = choices(column, rows)
            .into_keys()
            .map(|value| format!("[{}, {}]", quoted(&value), quoted(guess(target, &value))))
            .collect();
        return format!("{{ from = {from}, map = [{}] }}", pairs.join(", "));
    }
    let format = if TIMES.contains(&target) { time_format(column, rows) } else { None };
    match format {
        None => match target {
            "by" | "requested_by" | "reviewer" | "owner" | "sponsor" | "actor" => {
                quoted(&format!("{name}:{{{column}}}"))
            }
            _ => from,
        },
        Some(format) => format!("{{ from = {from}, time = {} }}", quoted(format)),
    }
}

fn choices(column: &str, rows: &[&Row]) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for row in rows {
        let path = super::template::Path::parse(column).ok();
        if let Some(value) = path.and_then(|path| path.find(&row.value).and_then(text_of)) {
            *seen.entry(value).or_insert(0) += 1;
        }
    }
    if seen.len() <= MAX_CHOICES { seen } else { BTreeMap::new() }
}

/// What a word of another product means in ours.
fn guess(target: &str, value: &str) -> &'static str {
    let word = value.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
    match target {
        "status" if says(&["inactive", "disab", "suspend", "false", "lock"]) => "disabled",
        "status" if says(&["terminat", "delet", "remov", "left", "deprovision"]) => "removed",
        "status" => "active",
        "decision" if says(&["den", "reject", "revok", "remov"]) => "deny",
        "decision" if says(&["approv", "certif", "keep", "maintain", "accept"]) => "approve",
        "decision" => "not_reviewed",
        _ if says(&["den", "reject"]) => "denied",
        _ if says(&["expir"]) => "expired",
        _ if says(&["revok", "remov"]) => "revoked",
        _ if says(&["cancel", "withdraw"]) => "cancelled",
        _ if says(&["approv", "provision", "complete", "fulfil", "grant", "closed"]) => "approved",
        _ => "pending",
    }
}

/// How the times of a column are written, unless as every reader expects.
fn time_format(column: &str, rows: &[&Row]) -> Option<&'static str> {
    const FORMATS: &[&str] = &[
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M",
        "%m/%d/%Y",
        "%d.%m.%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
        "%d.%m.%Y",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d-%m-%Y",
        "%d-%b-%Y %H:%M:%S",
        "%b %d, %Y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%b %d, %Y, %I:%M:%S %p",
        "%m/%d/%Y %I:%M:%S %p",
    ];
    let path = super::template::Path::parse(column).ok()?;
    let values: Vec<String> =
        rows.iter().filter_map(|r| path.find(&r.value).and_then(text_of)).collect();
    let all = |format: &str| {
        !values.is_empty() && values.iter().all(|v| jiff::fmt::strtime::parse(format, v).is_ok())
    };
    FORMATS.iter().copied().find(|format| all(format))
}

fn field(out: &mut String, name: &str, value: &str) {
    let _ = writeln!(out, "{name} = {value}");
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
