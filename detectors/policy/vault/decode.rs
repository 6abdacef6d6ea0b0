//! Values of the tree to the types that a policy wants, refusing what the server refuses.

use super::{
    PolicyError,
    ast::{Item, Literal, LiteralKind, Value},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Parameter names, lower case, and the values that are named for each.
pub type Parameters = BTreeMap<String, Vec<Json>>;

fn wrong<T>(value: &Value, why: &str) -> Result<T, PolicyError> {
    Err(PolicyError::new(why, value.span().start))
}

/// The items of an object; the keys must be among `valid`.
pub(super) fn object<'a>(value: &'a Value, valid: &[&str]) -> Result<&'a [Item], PolicyError> {
    match value {
        Value::Object { items, .. } => {
            check_keys(items, valid)?;
            Ok(items)
        }
        _ => wrong(value, "a block `{ … }` is expected here"),
    }
}

pub(super) fn check_keys(items: &[Item], valid: &[&str]) -> Result<(), PolicyError> {
    for key in items.iter().filter_map(|item| item.keys.first()) {
        if !valid.contains(&key.text.as_str()) {
            let why = format!("unknown key `{}`", key.text.chars().take(60).collect::<String>());
            return Err(PolicyError::new(why, key.span.start));
        }
    }
    Ok(())
}

/// The items that assign a value, after refusing those that open a named block.
fn assigned(items: &[Item]) -> Result<impl Iterator<Item = &Value>, PolicyError> {
    match items.iter().find(|item| !item.keys.is_empty()) {
        Some(item) => wrong(&item.value, "a value is expected here, not a named block"),
        None => Ok(items.iter().map(|item| &item.value)),
    }
}

/// A text; the last assignment counts. A number counts as its digits.
pub(super) fn text(items: &[Item]) -> Result<Option<String>, PolicyError> {
    let mut last = None;
    for value in assigned(items)? {
        last = Some(one_text(value)?);
    }
    Ok(last)
}

fn one_text(value: &Value) -> Result<String, PolicyError> {
    match value {
        Value::Literal(Literal { kind: LiteralKind::Number(digits), .. }) => Ok(digits.clone()),
        Value::Literal(Literal { kind: LiteralKind::Text(text), .. }) => match text {
            Some(text) => Ok(text.clone()),
            None => wrong(value, "an escape in this text means nothing"),
        },
        _ => wrong(value, "a text in quotes is expected here"),
    }
}

/// A list of texts; several assignments add up.
pub(super) fn texts(items: &[Item]) -> Result<Vec<(String, usize)>, PolicyError> {
    let mut all = Vec::new();
    for value in assigned(items)? {
        match value {
            Value::List { values, .. } => {
                for value in values {
                    all.push((one_text(value)?, value.span().start));
                }
            }
            Value::Object { items, .. } if items.is_empty() => {}
            _ => return wrong(value, "a list `[ … ]` is expected here"),
        }
    }
    Ok(all)
}

/// A whole number, also in quotes; the last assignment counts.
pub(super) fn integer(items: &[Item]) -> Result<Option<i64>, PolicyError> {
    let mut last = None;
    for value in assigned(items)? {
        match parse_integer(&one_text(value)?) {
            Some(number) => last = Some(number),
            None => return wrong(value, "a whole number is expected here"),
        }
    }
    Ok(last)
}

/// Decimal, `0x…`, or octal after a leading zero.
fn parse_integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (digits, base) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    i64::from_str_radix(digits, base).ok().map(|n| sign * n)
}

/// True or false; the last assignment counts.
pub(super) fn boolean(items: &[Item]) -> Result<Option<bool>, PolicyError> {
    let mut last = None;
    for value in assigned(items)? {
        match value {
            Value::Literal(Literal { kind: LiteralKind::Bool(flag), .. }) => last = Some(*flag),
            _ => return wrong(value, "`true` or `false` is expected here"),
        }
    }
    Ok(last)
}

/// Seconds, or a length of time such as `90m`, `1h30m`, `2d`; the last assignment counts.
pub(super) fn duration(items: &[Item]) -> Result<Option<SignedDuration>, PolicyError> {
    let mut last = None;
    for value in assigned(items)? {
        let parsed = match value {
            Value::Literal(Literal { kind: LiteralKind::Float(text), .. }) =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the server cuts it the same way"
                )]
                text.parse().ok().map(|n: f64| SignedDuration::from_secs(n as i64))
            }
            Value::Literal(Literal { kind: LiteralKind::Number(digits), .. }) => {
                parse_integer(digits).map(SignedDuration::from_secs)
            }
            _ => parse_duration(&one_text(value)?),
        };
        match parsed {
            Some(duration) => last = Some(duration),
            None => return wrong(value, "a length of time such as `90m` is expected here"),
        }
    }
    Ok(last)
}

/// Reads a duration as Go and Vault write it: `30`, `2d`, `1h30m`, `1.5h`.
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    if text.is_empty() {
        return Some(SignedDuration::ZERO);
    }
    if let Ok(seconds) = text.parse() {
        return Some(SignedDuration::from_secs(seconds));
    }
    if let Some(days) = text.strip_suffix('d') {
        return days.parse::<i64>().ok()?.checked_mul(86_400).map(SignedDuration::from_secs);
    }
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total = SignedDuration::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units = [
            ("ns", 1e-9),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("μs", 1e-6),
            ("ms", 1e-3),
            ("s", 1.0),
            ("m", 60.0),
            ("h", 3600.0),
        ];
        let (unit, seconds) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        total = total.checked_add(SignedDuration::try_from_secs_f64(number * seconds).ok()?)?;
    }
    Some(if negative { -total } else { total })
}

/// A moment: RFC 3339, or seconds since 1970; the last assignment counts.
pub(super) fn moment(items: &[Item]) -> Result<Option<Timestamp>, PolicyError> {
    let Some(text) = text(items)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let seconds = || text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    match rfc3339(&text).or_else(seconds) {
        Some(moment) => Ok(Some(moment)),
        None => Err(PolicyError::new(
            "a time such as `2026-11-22T00:00:00Z` is expected here",
            items.first().map_or(0, |item| item.value.span().start),
        )),
    }
}

/// Strictly `2026-11-22T00:00:00Z`, with a fraction or an offset if need be; the hour may have one
/// digit, as Go reads it.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let one_digit_hour = text.as_bytes().get(12) == Some(&b':') && text.is_char_boundary(11);
    let padded =
        if one_digit_hour { format!("{}0{}", &text[..11], &text[11..]) } else { text.to_owned() };
    let text = padded.as_str();
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00")?;
    let fraction = rest.strip_prefix(['.', ',']).map(|rest| rest.trim_start_matches('0'));
    matches!(fraction.unwrap_or(rest), "Z" | "+00:00" | "-00:00").then_some(())?;
    text.replace(',', ".").parse().ok()
}

/// Parameter names and the lists of their values; several assignments add up.
pub(super) fn parameters(items: &[Item]) -> Result<Option<Parameters>, PolicyError> {
    if items.is_empty() {
        return Ok(None);
    }
    let mut all = Parameters::new();
    let (blocks, assigned): (Vec<&Item>, Vec<&Item>) =
        items.iter().partition(|item| !item.keys.is_empty());
    for item in blocks {
        add_parameter(item, &mut all)?;
    }
    for item in assigned {
        match &item.value {
            Value::Object { items, .. } => {
                for item in items {
                    add_parameter(item, &mut all)?;
                }
            }
            value => return wrong(value, "a block of parameters is expected here"),
        }
    }
    Ok(Some(all))
}

fn add_parameter(item: &Item, all: &mut Parameters) -> Result<(), PolicyError> {
    let [key] = item.keys.as_slice() else {
        return wrong(&item.value, "a parameter has one name");
    };
    let list = all.entry(key.text.to_lowercase()).or_default();
    match &item.value {
        Value::List { values, .. } => {
            for value in values {
                list.push(json(value)?);
            }
        }
        Value::Object { .. } => list.push(json(&item.value)?),
        value => return wrong(value, "a parameter's values stand in a list `[ … ]`"),
    }
    Ok(())
}

fn json(value: &Value) -> Result<Json, PolicyError> {
    Ok(match value {
        Value::List { values, .. } => {
            Json::Array(values.iter().map(json).collect::<Result<_, _>>()?)
        }
        Value::Object { items, .. } => Json::Object(
            items
                .iter()
                .filter_map(|item| Some((item.keys.first()?.text.clone(), &item.value)))
                .map(|(key, value)| Ok((key, json(value)?)))
                .collect::<Result<_, _>>()?,
        ),
        Value::Literal(literal) => match &literal.kind {
            LiteralKind::Bool(flag) => Json::Bool(*flag),
            LiteralKind::Text(Some(text)) => Json::String(text.clone()),
            LiteralKind::Number(digits) => match parse_integer(digits) {
                Some(number) => Json::from(number),
                None => return wrong(value, "a whole number is expected here"),
            },
            LiteralKind::Float(text) => match text.parse::<f64>() {
                Ok(number) => Json::from(number),
                Err(_) => return wrong(value, "a number is expected here"),
            },
            LiteralKind::Text(None) => return wrong(value, "an escape in this text means nothing"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_the_server_reads_them() {
        let seconds = |text| parse_duration(text).map(|d| d.as_secs());
        assert_eq!(seconds("30"), Some(30));
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("1h30m"), Some(5_400));
        assert_eq!(seconds("1.5h"), Some(5_400));
        assert_eq!(seconds(""), Some(0));
        assert_eq!(seconds("h"), None);
        assert_eq!(seconds("1x"), None);
        assert_eq!(seconds("1d12h"), None);
    }
}
