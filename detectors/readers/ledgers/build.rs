//! One row and a mapping: the records of that row, as JSON still, for rows of one object to be joined.

use super::{
    Export,
    mapping::{Mapping, RecordMapping, holds},
    rows::{BadRow, Row},
};
use crate::evidence::Version;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// A record in the making.
#[derive(Debug)]
pub(super) struct Made {
    /// Kind and id: what belongs together.
    pub key: (String, String),
    /// The record so far.
    pub value: Map<String, Value>,
    /// When the row says that it happened, if it does.
    pub stamped: Option<Timestamp>,
    /// Where the row stands.
    pub at: String,
    /// The columns that each field comes from, for messages.
    pub line: usize,
}

/// The records of a row; none when no mapping is for such rows.
pub(super) fn make(
    export: &Export,
    mapping: &Mapping,
    row: &Row,
) -> Result<Vec<Made>, Vec<BadRow>> {
    let (mut made, mut errors) = (Vec::new(), Vec::new());
    for record in &mapping.records {
        for scopes in record.scopes(&row.value) {
            if !holds(&record.when, &scopes) {
                continue;
            }
            match one(export, mapping, record, (row, &scopes)) {
                Ok(one) => made.push(one),
                Err(bad) => errors.push(bad),
            }
        }
    }
    if errors.is_empty() { Ok(made) } else { Err(errors) }
}

fn one(
    export: &Export,
    mapping: &Mapping,
    record: &RecordMapping,
    (row, scopes): (&Row, &[&Value]),
) -> Result<Made, BadRow> {
    let mut value = Map::new();
    for (name, field) in &record.fields {
        let found = field.value(name, scopes).map_err(|error| BadRow {
            line: row.line,
            column: (!error.column.is_empty()).then_some(error.column),
            why: error.why,
        })?;
        if let Some(found) = found {
            put(&mut value, name, found);
        }
    }
    let stamped = value.get("as_of").and_then(Value::as_str).and_then(|at| at.parse().ok());
    let local = record.id.as_ref().and_then(|id| id.fill(scopes));
    let local = local.unwrap_or_else(|| digest(&value));
    let at = format!("{}#{}", export.path, row.line);
    let tenant = export.declared.tenant.as_deref();
    let home = tenant.map_or_else(|| mapping.system.clone(), |t| format!("{}:{t}", mapping.system));
    let id = format!("{}:{home}:{local}", record.kind);
    let as_of = export.declared.exported_at.unwrap_or(export.now);
    value.insert("v".to_owned(), json!(Version::NAME));
    value.insert("kind".to_owned(), json!(record.kind));
    value.insert("id".to_owned(), json!(id));
    value.insert("src".to_owned(), source(&mapping.system, tenant, &at));
    value.entry("as_of").or_insert_with(|| json!(as_of));
    Ok(Made { key: (record.kind.clone(), id), value, stamped, at, line: row.line })
}

fn source(system: &str, tenant: Option<&str>, at: &str) -> Value {
    match tenant {
        Some(tenant) => json!({ "system": system, "tenant": tenant, "ref": at }),
        None => json!({ "system": system, "ref": at }),
    }
}

/// Puts a value at a dotted name.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            object.insert(name.to_owned(), value);
        }
        Some((head, tail)) => {
            let inner = object.entry(head).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, tail, value);
            }
        }
    }
}

/// An id for a row that has none: the same content has the same id.
fn digest(value: &Map<String, Value>) -> String {
    let text = Value::Object(value.clone()).to_string();
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
