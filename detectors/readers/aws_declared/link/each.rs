//! Resources that a loop makes, one for each element of a list or a map (`for_each`).

use super::{
    super::hole::{Piece, any_hole, has_hole, hole_text, marked, pieces, whole},
    scope::{Scope, address, field},
};
use crate::evidence::Resource;
use serde_json::{Map, Value};

/// More elements than anybody writes by hand.
const MOST: usize = 200;

/// What a loop makes; `None` for a resource without a loop, or with one whose elements nobody says.
pub(super) fn expand(scope: &Scope, part: &Resource) -> Option<Vec<Resource>> {
    field(part, "each")?;
    let elements = elements(&scope.field(part, "each")?)?;
    Some(elements.iter().map(|(key, value)| one(part, key, value)).collect())
}

/// The keys and values of a loop.
fn elements(each: &Value) -> Option<Vec<(String, Value)>> {
    let elements: Vec<(String, Value)> = match each {
        Value::Array(items) => {
            let keys = items.iter().map(|item| item.as_str().filter(|key| !has_hole(key)));
            let keys: Option<Vec<&str>> = keys.collect();
            keys?.into_iter().map(|key| (key.to_owned(), key.into())).collect()
        }
        Value::Object(map) if marked(each).is_none() && !map.keys().any(|key| has_hole(key)) => {
            map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
        }
        _ => return None,
    };
    (elements.len() <= MOST).then_some(elements)
}

/// The resource of one element.
fn one(part: &Resource, key: &str, value: &Value) -> Resource {
    let mut made = part.clone();
    let element = Element { key, value };
    let fields = part.attrs.get("fields").and_then(Value::as_object);
    let fields: Map<String, Value> = fields
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "each")
        .map(|(name, value)| (name.clone(), element.put(value)))
        .collect();
    let whole = address(part);
    made.id = format!("{}.{key}", part.id);
    made.subject = format!("{}.{key}", part.subject);
    made.attrs.insert("fields".into(), Value::Object(fields));
    made.attrs.insert("address".into(), format!("{whole}.{key}").into());
    made
}

/// One element of a loop.
struct Element<'e> {
    key: &'e str,
    value: &'e Value,
}

impl Element<'_> {
    /// A value with the element put into its holes.
    fn put(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if has_hole(text) => self.put_text(text),
            Value::Array(items) => items.iter().map(|item| self.put(item)).collect(),
            Value::Object(map) => {
                map.iter().map(|(name, value)| (name.clone(), self.put(value))).collect()
            }
            other => other.clone(),
        }
    }

    fn put_text(&self, text: &str) -> Value {
        if let Some(value) = whole(text).and_then(|name| self.named(name)) {
            return value;
        }
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Hole(name) => match self.named(name) {
                    Some(Value::String(text)) => out.push_str(&text),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                        out.push_str(&value.to_string());
                    }
                    _ => out.push_str(&hole_text(&self.indexed(name))),
                },
            }
        }
        Value::String(out)
    }

    /// What a name of the loop stands for.
    fn named(&self, name: &str) -> Option<Value> {
        match name {
            "each.key" => Some(self.key.into()),
            "each.value" => Some(self.value.clone()),
            _ => {
                let mut parts = name.strip_prefix("each.value.")?.split('.');
                parts.try_fold(self.value, |value, part| value.get(part)).cloned()
            }
        }
    }

    /// A name of another resource of the same loop.
    fn indexed(&self, name: &str) -> String {
        let named = name.replace("{each.key}", self.key);
        match self.value.as_str() {
            Some(value) if !any_hole(self.value) => named.replace("{each.value}", value),
            _ => named,
        }
    }
}
