//! Rows of one object become one record: a request, its approval and its end stand in three lines
//! of an audit log; the uses of one grant in many.

use super::build::Made;
use crate::evidence::{Coverage, Record, Src};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, btree_map::Entry};

/// The records so far, by kind and id.
#[derive(Debug, Default)]
pub(super) struct Pending(BTreeMap<(String, String), Made>);

impl Pending {
    /// Adds what a row says; the later row wins where two contradict each other.
    pub(super) fn add(&mut self, made: Made) {
        match self.0.entry(made.key.clone()) {
            Entry::Vacant(free) => {
                free.insert(made);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                let later = as_of(&made.value) >= as_of(&known.value);
                known.stamped = known.stamped.max(made.stamped);
                join(&mut known.value, made.value, later);
            }
        }
    }

    /// The records; what still lacks a field is a coverage record that names its row.
    pub(super) fn finish(self) -> (Vec<Record>, Vec<Coverage>) {
        let (mut records, mut errors) = (Vec::new(), Vec::new());
        for made in self.0.into_values() {
            match Record::parse(&Value::Object(made.value.clone()).to_string()) {
                Ok(record) => records.push(record),
                Err(error) => errors.push(incomplete(&made, &error.to_string())),
            }
        }
        (records, errors)
    }
}

fn as_of(value: &Map<String, Value>) -> Option<Timestamp> {
    value.get("as_of")?.as_str()?.parse().ok()
}

/// Joins two objects: the first use is the earliest, counts add up, lists unite.
fn join(known: &mut Map<String, Value>, more: Map<String, Value>, later: bool) {
    for (name, value) in more {
        match known.entry(name) {
            serde_json::map::Entry::Vacant(free) => {
                free.insert(value);
            }
            serde_json::map::Entry::Occupied(mut slot) => {
                let name = slot.key().clone();
                combine(&name, slot.get_mut(), value, later);
            }
        }
    }
}

fn combine(name: &str, known: &mut Value, value: Value, later: bool) {
    match (name, known, value) {
        ("src", ..) => {}
        (_, Value::Object(known), Value::Object(more)) => join(known, more, later),
        (_, Value::Array(known), Value::Array(more)) => {
            for element in more {
                if !known.contains(&element) {
                    known.push(element);
                }
            }
        }
        ("count", known, more) => {
            let sum = known.as_u64().unwrap_or(0).saturating_add(more.as_u64().unwrap_or(0));
            *known = sum.into();
        }
        ("first" | "created_at", known, more) => {
            if time(&more) < time(known) {
                *known = more;
            }
        }
        ("last" | "last_used", known, more) => {
            if time(&more) > time(known) {
                *known = more;
            }
        }
        (_, known, more) => {
            if later {
                *known = more;
            }
        }
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn incomplete(made: &Made, why: &str) -> Coverage {
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let src = made.value.get("src").cloned().unwrap_or_default();
    let system = text(&src, "system").unwrap_or_default();
    let at = as_of(&made.value).unwrap_or_default();
    // serde_json ends its messages with a place in our own text, which nobody can look up.
    let why = why.split(" at line ").next().unwrap_or(why);
    Coverage {
        id: format!("coverage:{system}:{}:{}", made.at, made.key.0),
        src: Src { tenant: text(&src, "tenant"), ..Src::new(&system) }.at(&made.at),
        as_of: at,
        system,
        kinds: vec![made.key.0.clone()],
        from: at,
        to: at,
        part: Some(made.at.clone()),
        why: Some(format!("the row does not make a whole {} record: {why}", made.key.0)),
        remedy: Some("fill the column, or correct the mapping".to_owned()),
        line: u64::try_from(made.line).ok(),
        ..Coverage::default()
    }
}
