//! One field of a record: where its value comes from and what it is turned into.

use super::{
    mapping::glob,
    template::{Path, Template, text_of},
};
use jiff::{Span, Timestamp, ToSpan, civil, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How a field is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Field {
    /// Text with values in it.
    One(Template),
    /// The first of several that has all its values; all of them for a list.
    Several(Vec<Template>),
    /// Text that needs treatment.
    Treated(Box<Treated>),
    /// A list of objects.
    Each(Box<Each>),
}

/// Text that is looked up, split, or read as a time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Treated {
    /// The text; the first that has all its values.
    from: OneOrMore,
    /// Pairs of pattern and value, the first that matches counts; `""` leaves the field out.
    #[serde(default)]
    map: Vec<(String, String)>,
    /// Values that mean "never".
    #[serde(default)]
    never: Vec<String>,
    /// What stands between the elements of a list.
    #[serde(default)]
    split: Option<String>,
    /// How a time is written (`strftime`), UTC unless it names an offset.
    #[serde(default)]
    time: Option<String>,
    /// A length of time to add: `8 hours`, `PT8H`, or a number of `unit`s.
    #[serde(default)]
    plus: Option<Template>,
    /// What a bare number in `plus` counts.
    #[serde(default)]
    unit: Unit,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Template),
    More(Vec<Template>),
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[default]
    Seconds,
    Minutes,
    Hours,
    Days,
}

/// A list of objects: one for each element of a list in the row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Each {
    /// The list; absent: the row itself is the only element.
    #[serde(default)]
    each: Option<Path>,
    /// What separates the elements when the list is one text; `{.}` is then the element.
    #[serde(default)]
    split: Option<String>,
    /// The members.
    fields: BTreeMap<String, Field>,
}

/// Why a field has no right value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FieldError {
    /// The columns that the value comes from.
    pub column: String,
    /// Why.
    pub why: String,
}

/// Fields that hold a time.
pub(super) const TIMES: &[&str] = &[
    "as_of",
    "at",
    "contract_end",
    "created_at",
    "decided_at",
    "dept_changed_at",
    "ended_at",
    "expires_at",
    "first",
    "from",
    "issued_at",
    "last",
    "last_used",
    "next_due",
    "not_after",
    "not_before",
    "ordered_at",
    "reviewed_at",
    "rotated_at",
    "status_at",
    "to",
];

/// Times at which something ends: a bare date means the end of that day.
const ENDS: &[&str] = &["contract_end", "ended_at", "expires_at", "next_due", "not_after"];

const NUMBERS: &[&str] = &["count", "members_active", "required_approvals"];

const FLAGS: &[&str] = &["externally_modified", "interactive", "recorded", "renewable", "standing"];

const LISTS: &[&str] = &["aliases", "apps", "audiences", "patterns", "principals", "rules"];

impl Field {
    /// The value of field `name` for a row, the innermost scope first; `None` leaves it out.
    pub(super) fn value(&self, name: &str, scopes: &[&Value]) -> Result<Option<Value>, FieldError> {
        let leaf = name.rsplit('.').next().unwrap_or(name);
        match self {
            Field::One(template) if LISTS.contains(&leaf) => {
                let list = template.whole(scopes).filter(|value| value.is_array()).cloned();
                Ok(list.or_else(|| template.fill(scopes).map(|text| json!([text]))))
            }
            // A fact of one plane may be a list or an object.
            Field::One(template) if name.starts_with("attrs.") => {
                let whole = template.whole(scopes).filter(|v| v.is_array() || v.is_object());
                match whole {
                    Some(whole) => Ok(Some(whole.clone())),
                    None => self.typed(name, leaf, template.fill(scopes)),
                }
            }
            Field::Several(templates) if LISTS.contains(&leaf) => {
                let all: Vec<String> = templates.iter().filter_map(|t| t.fill(scopes)).collect();
                Ok((!all.is_empty()).then(|| json!(all)))
            }
            Field::One(template) => self.typed(name, leaf, template.fill(scopes)),
            Field::Several(templates) => {
                self.typed(name, leaf, templates.iter().find_map(|t| t.fill(scopes)))
            }
            Field::Treated(treated) => {
                treated.value(name, leaf, scopes).map_err(|why| self.error(why))
            }
            Field::Each(each) => each.value(scopes),
        }
    }

    fn typed(
        &self,
        name: &str,
        leaf: &str,
        text: Option<String>,
    ) -> Result<Option<Value>, FieldError> {
        text.map_or(Ok(None), |text| typed(name, leaf, &text, None)).map_err(|why| self.error(why))
    }

    fn error(&self, why: String) -> FieldError {
        FieldError { column: self.columns().join(", "), why }
    }

    /// The columns that the field reads.
    pub(super) fn columns(&self) -> Vec<&str> {
        match self {
            Field::One(template) => template.paths().collect(),
            Field::Several(templates) => templates.iter().flat_map(Template::paths).collect(),
            Field::Treated(treated) => {
                treated.templates().iter().flat_map(Template::paths).collect()
            }
            Field::Each(each) => match &each.each {
                Some(path) => vec![path.text()],
                None => each.fields.values().flat_map(Field::columns).collect(),
            },
        }
    }
}

impl Treated {
    fn templates(&self) -> &[Template] {
        match &self.from {
            OneOrMore::One(template) => std::slice::from_ref(template),
            OneOrMore::More(templates) => templates,
        }
    }

    fn value(&self, name: &str, leaf: &str, scopes: &[&Value]) -> Result<Option<Value>, String> {
        let text = self.templates().iter().find_map(|template| template.fill(scopes));
        let text = text.unwrap_or_default();
        if self.never.iter().any(|never| glob(never, &text)) {
            return Ok(Some(Value::Null));
        }
        if let Some(separator) = &self.split {
            let elements = text.split(separator.as_str()).map(str::trim).filter(|e| !e.is_empty());
            let elements: Vec<String> =
                elements.map(|e| self.looked_up(e)).collect::<Result<_, _>>()?;
            return Ok((!elements.is_empty()).then(|| json!(elements)));
        }
        let text = self.looked_up(&text)?;
        if text.is_empty() {
            return Ok(None);
        }
        let value = typed(name, leaf, &text, self.time.as_deref())?;
        match (&self.plus, value) {
            (None, value) => Ok(value),
            (Some(plus), Some(Value::String(start))) => {
                let Some(length) = plus.fill(scopes) else { return Ok(None) };
                let start: Timestamp = start.parse().map_err(|_| "not a time".to_owned())?;
                let end = start.to_zoned(TimeZone::UTC).checked_add(self.span(&length)?);
                let end = end.map_err(|_| "the length of time is out of range".to_owned())?;
                Ok(Some(json!(end.timestamp())))
            }
            (Some(_), value) => Ok(value),
        }
    }

    fn looked_up(&self, text: &str) -> Result<String, String> {
        if self.map.is_empty() {
            return Ok(text.to_owned());
        }
        let pair = self.map.iter().find(|(pattern, _)| glob(pattern, text));
        match pair {
            Some((_, value)) => Ok(value.clone()),
            None if text.is_empty() => Ok(String::new()),
            None => {
                let shown: String = text.chars().take(40).collect();
                Err(format!("the mapping has no value for `{shown}`"))
            }
        }
    }

    fn span(&self, length: &str) -> Result<Span, String> {
        if let Ok(number) = length.parse::<f64>() {
            let seconds = match self.unit {
                Unit::Seconds => number,
                Unit::Minutes => number * 60.0,
                Unit::Hours => number * 3600.0,
                Unit::Days => number * 86_400.0,
            };
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
            return 0.seconds().try_seconds(seconds as i64).map_err(|e| e.to_string());
        }
        length.parse().map_err(|_| "not a length of time".to_owned())
    }
}

impl Each {
    fn value(&self, scopes: &[&Value]) -> Result<Option<Value>, FieldError> {
        let row = scopes.first().copied().unwrap_or(&Value::Null);
        let split: Vec<Value>;
        let elements: Vec<&Value> = match (&self.each, &self.split) {
            (None, _) => vec![row],
            (Some(path), None) => match path.find(row) {
                Some(Value::Array(elements)) => elements.iter().collect(),
                Some(Value::Object(_)) => path.find(row).into_iter().collect(),
                _ => return Ok(None),
            },
            (Some(path), Some(separator)) => {
                let text = path.find(row).and_then(text_of).unwrap_or_default();
                let parts = text.split(separator.as_str()).map(str::trim);
                split = parts.filter(|part| !part.is_empty()).map(|part| json!(part)).collect();
                split.iter().collect()
            }
        };
        let mut made = Vec::new();
        for element in elements {
            let inner: Vec<&Value> =
                std::iter::once(element).chain(scopes.iter().copied()).collect();
            let mut object = Map::new();
            for (name, field) in &self.fields {
                if let Some(value) = field.value(name, &inner)? {
                    object.insert(name.clone(), value);
                }
            }
            // An element that lacks a member (no approver yet) is no element.
            if object.len() == self.fields.len() {
                made.push(Value::Object(object));
            }
        }
        Ok((!made.is_empty()).then_some(Value::Array(made)))
    }
}

/// Text as what the field holds.
fn typed(
    name: &str,
    leaf: &str,
    text: &str,
    format: Option<&str>,
) -> Result<Option<Value>, String> {
    if name.starts_with("attrs.") && matches!(text, "true" | "false") {
        return Ok(Some(json!(text == "true")));
    }
    if TIMES.contains(&leaf) {
        return moment(text, format, ENDS.contains(&leaf));
    }
    if NUMBERS.contains(&leaf) {
        return text.parse().map(|n: u64| Some(json!(n))).map_err(|_| "not a number".to_owned());
    }
    if FLAGS.contains(&leaf) {
        return match text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Ok(Some(json!(true))),
            "false" | "no" | "n" | "0" => Ok(Some(json!(false))),
            _ => Err("neither yes nor no".to_owned()),
        };
    }
    Ok(Some(json!(text)))
}

/// A time in the ways that exports write it. The year 9999 is how many systems write "never"; the
/// years 1 and 1601 are how they write "not set".
fn moment(text: &str, format: Option<&str>, is_end: bool) -> Result<Option<Value>, String> {
    // The last day of the calendar, at a time that no zone can be applied to.
    if text.starts_with("9999-12-31") {
        return Ok(Some(Value::Null));
    }
    let at = parse_time(text, format, is_end)?;
    let year = at.to_zoned(TimeZone::UTC).year();
    Ok(match year {
        ..1902 => None,
        9000.. => Some(Value::Null),
        _ => Some(json!(at)),
    })
}

fn parse_time(text: &str, format: Option<&str>, is_end: bool) -> Result<Timestamp, String> {
    let utc = |at: civil::DateTime| at.to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let whole_day =
        |day: civil::Date| if is_end { day.at(23, 59, 59, 0) } else { day.at(0, 0, 0, 0) };
    if let Some(format) = format {
        let broken = jiff::fmt::strtime::parse(format, text);
        let broken = broken.map_err(|_| format!("not a time written as `{format}`"))?;
        let at = broken.to_timestamp().or_else(|_| match broken.hour() {
            Some(_) => utc(broken.to_datetime()?),
            None => utc(whole_day(broken.to_date()?)),
        });
        return at.map_err(|_| format!("`{format}` does not say the whole time"));
    }
    if let Ok(number) = text.parse::<i64>() {
        // Seconds have ten digits until the year 2286, milliseconds thirteen.
        let at = if text.len() >= 12 {
            Timestamp::from_millisecond(number)
        } else {
            Timestamp::from_second(number)
        };
        return at.map_err(|_| "the number is no time".to_owned());
    }
    let day = || text.parse::<civil::Date>().map(whole_day).and_then(utc);
    let civil = || text.parse::<civil::DateTime>().and_then(utc);
    let dated =
        if text.len() == 10 { day() } else { text.parse::<Timestamp>().or_else(|_| civil()) };
    dated.map_err(|_| "not an RFC 3339 time; say how it is written with `time`".to_owned())
}
