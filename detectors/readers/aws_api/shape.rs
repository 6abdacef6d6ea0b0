//! Reading values out of answers.

use crate::{
    evidence::{Attrs, When},
    readers::aws_gaad::moment,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The text of a field.
pub(super) fn text<'a>(item: &'a Value, key: &str) -> Option<&'a str> {
    item.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The moment of a field, in any notation of the AWS tools.
pub(super) fn at(item: &Value, key: &str) -> Option<Timestamp> {
    match item.get(key)? {
        Value::String(text) => moment(text),
        Value::Number(number) => moment(&number.to_string()),
        _ => None,
    }
}

/// A moment whose absence means that it never came.
pub(super) fn at_or_never(item: &Value, key: &str) -> When {
    at(item, key).map_or(When::Never, When::At)
}

/// A moment whose absence means that it never came, as a fact: a date or null.
pub(super) fn date_or_null(item: &Value, key: &str) -> Value {
    json!(at(item, key))
}

/// A list of `{Key, Value}` as an object.
pub(super) fn tags(item: &Value) -> Value {
    let list = item.get("Tags").and_then(Value::as_array);
    let pair = |tag: &Value| Some((text(tag, "Key")?.to_owned(), tag.get("Value")?.clone()));
    let tags: Map<String, Value> = list.into_iter().flatten().filter_map(pair).collect();
    if tags.is_empty() { Value::Null } else { Value::Object(tags) }
}

/// Facts by name; those that nobody knows are left out.
pub(super) fn known<const N: usize>(facts: [(&str, Value); N]) -> Attrs {
    let known = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    facts.into_iter().filter(|(_, v)| known(v)).map(|(k, v)| (k.to_owned(), v)).collect()
}
