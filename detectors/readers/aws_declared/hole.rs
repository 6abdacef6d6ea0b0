//! Values with holes: JSON in which a text may hold references that only the other files of a
//! deployment, or nobody, can fill.
//!
//! A reference stands between two private-use characters, `⟦var.name⟧`. Some objects have one key
//! that begins with `__` and mean something that is worked out once the holes are filled.

use serde_json::{Map, Value, json};

const OPEN: char = '\u{e010}';
const CLOSE: char = '\u{e011}';

/// A reference, as a value.
pub(super) fn hole(name: &str) -> Value {
    Value::String(hole_text(name))
}

/// A reference, as text.
pub(super) fn hole_text(name: &str) -> String {
    format!("{OPEN}{}{CLOSE}", name.replace([OPEN, CLOSE], ""))
}

/// The name of a reference that is the whole text.
pub(super) fn whole(text: &str) -> Option<&str> {
    let inside = text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?;
    (!inside.contains(OPEN)).then_some(inside)
}

/// A piece of a text.
pub(super) enum Piece<'a> {
    Text(&'a str),
    Hole(&'a str),
}

/// The pieces of a text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inside) = rest.strip_prefix(OPEN) {
            let (name, tail) = inside.split_once(CLOSE).unwrap_or((inside, ""));
            rest = tail;
            return Some(Piece::Hole(name));
        }
        let end = rest.find(OPEN).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(end);
        rest = tail;
        Some(Piece::Text(text))
    })
}

/// Whether a text has a hole.
pub(super) fn has_hole(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether any text in a value has a hole.
pub(super) fn any_hole(value: &Value) -> bool {
    match value {
        Value::String(text) => has_hole(text),
        Value::Array(items) => items.iter().any(any_hole),
        Value::Object(map) => map.iter().any(|(key, value)| has_hole(key) || any_hole(value)),
        _ => false,
    }
}

/// A text of pieces that are each a text, a number or a truth value; `None` when one is not.
pub(super) fn glue<'v>(pieces: impl IntoIterator<Item = &'v Value>) -> Option<String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Value::String(text) => out.push_str(text),
            Value::Number(_) | Value::Bool(_) => out.push_str(&piece.to_string()),
            _ => return None,
        }
    }
    Some(out)
}

/// A text for people, its holes in angle brackets.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            // No character that means something in an ARN, a pattern or JSON.
            Piece::Hole(name) => {
                let plain: String = name
                    .chars()
                    .map(|c| if c.is_alphanumeric() || "._-[]".contains(c) { c } else { '_' })
                    .take(60)
                    .collect();
                out.push_str(&format!("<{plain}>"));
            }
        }
    }
    out
}

/// What a marked object means.
pub(super) enum Marked<'v> {
    /// The JSON text of a value.
    Encoded(&'v Value),
    /// The content of a file, by path from the deployment, with what fills its template.
    File(&'v str, Option<&'v Map<String, Value>>),
    /// Policy documents merged, the later over the earlier.
    Merged(&'v [Value]),
}

/// `jsonencode(value)`.
pub(super) fn encoded(value: Value) -> Value {
    json!({ "__json": value })
}

/// `file(path)`, `templatefile(path, values)`.
pub(super) fn file(path: &str, values: Option<Value>) -> Value {
    json!({ "__file": path, "values": values })
}

/// The statements of several documents.
pub(super) fn merged(documents: Vec<Value>) -> Value {
    json!({ "__merged": documents })
}

/// What an object means, when it is marked.
pub(super) fn marked(value: &Value) -> Option<Marked<'_>> {
    let map = value.as_object()?;
    if let Some(value) = map.get("__json") {
        return Some(Marked::Encoded(value));
    }
    if let Some(path) = map.get("__file").and_then(Value::as_str) {
        return Some(Marked::File(path, map.get("values").and_then(Value::as_object)));
    }
    map.get("__merged").and_then(Value::as_array).map(|list| Marked::Merged(list))
}
