//! A declared document as the policy that it will be, what nobody knows marked as unknown.
//!
//! An unknown part of a resource or of a condition's value becomes a policy variable that has no
//! known value, `${unknown:var.bucket}`: the evaluator then says "unknown". An unknown action of an
//! Allow is left out and said; an unknown action of a Deny may deny anything.

use super::super::hole::{Marked, Piece, any_hole, has_hole, marked, pieces, shown, whole};
use serde_json::{Map, Value, json};

/// A document, and what of it is not known.
pub(super) struct Written {
    pub(super) document: Value,
    pub(super) unknown: Vec<String>,
}

/// The policy that a filled value is; the error says what it depends on.
pub(super) fn written(value: &Value) -> Result<Written, String> {
    let mut unknown = Vec::new();
    let mut statements = Vec::new();
    for statement in statements_of(value, 0)? {
        statements.extend(settle(&statement, &mut unknown)?);
    }
    unknown.sort();
    unknown.dedup();
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Ok(Written { document, unknown })
}

fn statements_of(value: &Value, depth: u8) -> Result<Vec<Value>, String> {
    const DEEPEST: u8 = 16;
    if depth > DEEPEST {
        return Err("documents that include each other".to_owned());
    }
    match (value, marked(value)) {
        (_, Some(Marked::Encoded(inner))) => statements_of(inner, depth + 1),
        (_, Some(Marked::File(path, _))) => Err(format!("the file {}", shown(path))),
        (_, Some(Marked::Merged(documents))) => {
            let mut all: Vec<Value> = Vec::new();
            for document in documents {
                for statement in statements_of(document, depth + 1)? {
                    let sid = statement.get("Sid").filter(|sid| sid.as_str() != Some(""));
                    let same =
                        sid.and_then(|sid| all.iter().position(|s| s.get("Sid") == Some(sid)));
                    match same {
                        Some(at) => all[at] = statement,
                        None => all.push(statement),
                    }
                }
            }
            Ok(all)
        }
        (Value::String(text), _) => {
            if let Some(name) = whole(text) {
                return Err(name.trim_start_matches('=').to_owned());
            }
            let parsed: Value = serde_json::from_str(text).map_err(|_| match first_hole(text) {
                Some(name) => name.trim_start_matches('=').to_owned(),
                None => "a text that is not JSON".to_owned(),
            })?;
            if parsed.is_string() {
                return Err("a text in a text".to_owned());
            }
            statements_of(&parsed, depth + 1)
        }
        (Value::Object(map), _) => match map.get("Statement") {
            Some(Value::Array(list)) => Ok(flatten(list)),
            Some(Value::String(text)) if has_hole(text) => {
                Err(first_hole(text).unwrap_or_default().trim_start_matches('=').to_owned())
            }
            Some(one) => Ok(vec![one.clone()]),
            None => Err("a document without statements".to_owned()),
        },
        _ => Err("a value that is no document".to_owned()),
    }
}

fn flatten(list: &[Value]) -> Vec<Value> {
    list.iter()
        .flat_map(|item| match item {
            Value::Array(inner) => inner.clone(),
            other => vec![other.clone()],
        })
        .collect()
}

fn first_hole(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Hole(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// One statement without holes; `None` when nothing known is left of an Allow.
fn settle(statement: &Value, unknown: &mut Vec<String>) -> Result<Option<Value>, String> {
    let Some(map) = statement.as_object() else {
        return match statement.as_str().and_then(first_hole) {
            // Whole statements that come from elsewhere.
            Some(name) => {
                unknown.push(name.trim_start_matches('=').to_owned());
                Ok(None)
            }
            None => Err("a statement that is no object".to_owned()),
        };
    };
    let effect = map.get("Effect").and_then(Value::as_str).unwrap_or_default();
    if has_hole(effect) {
        return Err(shown(effect));
    }
    let mut out = Map::new();
    let mut perhaps = map.contains_key("__perhaps");
    for (element, value) in map {
        match element.as_str() {
            "__perhaps" => {}
            "Action" | "NotAction" => {
                let (known, holes) = split(value);
                unknown.extend(holes.iter().map(|hole| shown(hole)));
                let whole_list = effect == "Allow" && element == "Action";
                if whole_list && known.is_empty() && !holes.is_empty() {
                    return Ok(None);
                }
                if !whole_list && !holes.is_empty() {
                    // It may take anything.
                    perhaps = true;
                    if effect == "Deny" {
                        out.insert("Action".into(), json!("*"));
                        continue;
                    }
                }
                out.insert(element.clone(), known.into());
            }
            "Resource" | "NotResource" => {
                for text in texts(value).filter(|text| whole(text).is_some()) {
                    unknown.push(shown(text));
                }
                out.insert(element.clone(), map_texts(value, &variable));
            }
            "Condition" => {
                unknown.extend(open_subjects(value));
                out.insert(element.clone(), conditions(value));
            }
            _ => {
                out.insert(element.clone(), map_texts(value, &shown));
            }
        }
    }
    if perhaps {
        let conditions = out.entry("Condition").or_insert_with(|| json!({}));
        if let Some(operators) = conditions.as_object_mut() {
            let key = json!({"unknown:exists": "true"});
            operators.insert(
                "StringEquals".into(),
                match operators.get("StringEquals") {
                    Some(Value::Object(keys)) => {
                        let mut keys = keys.clone();
                        keys.insert("unknown:exists".into(), "true".into());
                        Value::Object(keys)
                    }
                    _ => key,
                },
            );
        }
    }
    Ok(Some(Value::Object(out)))
}

/// The texts of a value without holes, and those with.
fn split(value: &Value) -> (Vec<Value>, Vec<&str>) {
    let (mut known, mut holes) = (Vec::new(), Vec::new());
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for item in items {
        match item.as_str() {
            Some(text) if has_hole(text) => holes.push(text),
            _ if any_hole(item) => holes.push("…"),
            _ => known.push(item.clone()),
        }
    }
    (known, holes)
}

fn texts(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter().filter_map(Value::as_str)),
        one => Box::new(one.as_str().into_iter()),
    }
}

fn map_texts(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(items) => items.iter().map(|item| map_texts(item, change)).collect(),
        Value::Object(map) => {
            let changed = map.iter().map(|(key, value)| (change(key), map_texts(value, change)));
            Value::Object(changed.collect())
        }
        other => other.clone(),
    }
}

fn conditions(value: &Value) -> Value {
    let Some(operators) = value.as_object() else {
        return json!({"unknown": {"unknown:condition": "true"}});
    };
    let changed = operators.iter().map(|(operator, keys)| {
        let keys = match keys {
            Value::Object(keys) => {
                let keys =
                    keys.iter().map(|(key, values)| (shown(key), map_texts(values, &variable)));
                Value::Object(keys.collect())
            }
            _ => json!({"unknown:condition": "true"}),
        };
        (shown(operator), keys)
    });
    Value::Object(changed.collect())
}

/// Subjects of tokens that nobody names.
fn open_subjects(value: &Value) -> Vec<String> {
    let keys = value.as_object().into_iter().flatten().filter_map(|(_, keys)| keys.as_object());
    let subjects = keys.flatten().filter(|(key, _)| key.ends_with(":sub"));
    subjects
        .flat_map(|(_, values)| texts(values))
        .filter(|text| whole(text).is_some())
        .map(shown)
        .collect()
}

/// A text whose holes are policy variables without a known value.
fn variable(text: &str) -> String {
    if !has_hole(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Hole(name) => {
                let name: String = name
                    .chars()
                    .map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' })
                    .take(60)
                    .collect();
                out.push_str(&format!("${{unknown:{name}}}"));
            }
        }
    }
    out
}
