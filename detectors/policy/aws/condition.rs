//! Conditions, three-valued: a key that nobody knows gives neither yes nor no.
//!
//! Semantics: AWS IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set
//! operators for multivalued context keys".

use super::operator::{Operator, Quantifier};
use std::borrow::Cow;

/// Yes, no, or cannot be told. Ordered, so that "and" is the least and "or" the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// No.
    No,
    /// Cannot be told from the evidence.
    Unknown,
    /// Yes.
    Yes,
}

impl Truth {
    /// Both.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::Yes } else { Truth::No }
    }
}

/// What is known of a condition key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// The request carries these.
    Known(Vec<Cow<'a, str>>),
    /// The request does not carry it.
    Absent,
    /// Nobody said.
    Unknown,
    /// The caller chooses it: an Allow can be met, a Deny can be avoided.
    Chosen,
}

impl<'a> Value<'a> {
    /// One known value.
    pub fn one(text: impl Into<Cow<'a, str>>) -> Value<'a> {
        Value::Known(vec![text.into()])
    }
}

/// The condition keys of a request. Keys arrive in lower case.
pub trait Context {
    /// What is known of a key.
    fn value(&self, key: &str) -> Value<'_>;
}

/// One operator on one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The operator as written, for people.
    pub written: String,
    /// The key, as written.
    pub key: String,
    /// The values, as written.
    pub values: Vec<String>,
    lower_key: String,
    operator: Option<Operator>,
    quantifier: Quantifier,
    if_exists: bool,
    variables: bool,
}

impl Condition {
    /// Reads an operator with its prefix and suffix. An operator that IAM does not have makes the
    /// condition undecidable, never absent.
    pub fn new(written: &str, key: &str, values: Vec<String>, variables: bool) -> Condition {
        let lower = written.to_ascii_lowercase();
        let (quantifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Quantifier::All, rest),
            Some(("foranyvalue", rest)) => (Quantifier::Any, rest),
            _ => (Quantifier::Single, lower.as_str()),
        };
        let (name, if_exists) =
            rest.strip_suffix("ifexists").map_or((rest, false), |name| (name, true));
        Condition {
            written: written.to_owned(),
            key: key.to_owned(),
            values,
            lower_key: key.to_ascii_lowercase(),
            operator: Operator::named(name),
            quantifier,
            if_exists,
            variables,
        }
    }

    /// The key, in lower case.
    pub fn lower_key(&self) -> &str {
        &self.lower_key
    }

    /// The operator, if IAM has it.
    pub fn operator(&self) -> Option<Operator> {
        self.operator
    }

    /// True when a request without the key passes.
    pub fn passes_without_key(&self) -> bool {
        self.if_exists
            || self.quantifier == Quantifier::All
            || self.operator.is_some_and(Operator::is_negated) && self.quantifier != Quantifier::Any
    }

    /// Whether the condition holds. `allow` is the effect of its statement: it decides what a key
    /// that the caller chooses is worth.
    pub fn holds(&self, context: &dyn Context, allow: bool) -> Truth {
        let value = context.value(&self.lower_key);
        let Some(operator) = self.operator else { return Truth::Unknown };
        match value {
            Value::Unknown => self.holds_for_unknown(operator),
            Value::Chosen => Truth::from(allow),
            Value::Absent if operator == Operator::Null => self.wants_null(true),
            Value::Known(_) if operator == Operator::Null => self.wants_null(false),
            Value::Absent => Truth::from(self.passes_without_key()),
            Value::Known(values) => self.compare(operator, &values, context),
        }
    }

    /// `StringLike "*"` holds for every value there may be.
    fn holds_for_unknown(&self, operator: Operator) -> Truth {
        let everything = operator.takes_wildcards()
            && !operator.is_negated()
            && self.if_exists
            && self.values.iter().any(|v| v == "*");
        if everything { Truth::Yes } else { Truth::Unknown }
    }

    fn wants_null(&self, absent: bool) -> Truth {
        Truth::from(self.values.iter().any(|v| v.eq_ignore_ascii_case("true") == absent))
    }

    fn compare(&self, operator: Operator, values: &[Cow<str>], context: &dyn Context) -> Truth {
        let wanted: Vec<Option<Cow<str>>> =
            self.values.iter().map(|v| self.resolve(v, context)).collect();
        let any_of = |value: &str| {
            wanted.iter().fold(Truth::No, |sum, wanted| {
                sum.or(match wanted {
                    Some(wanted) => Truth::from(operator.matches(wanted, value)),
                    None => Truth::Unknown,
                })
            })
        };
        let one = |value: &str| {
            if operator.is_negated() { any_of(value).negate() } else { any_of(value) }
        };
        match self.quantifier {
            Quantifier::All => values.iter().fold(Truth::Yes, |all, v| all.and(one(v))),
            Quantifier::Any | Quantifier::Single if operator.is_negated() => {
                match self.quantifier {
                    Quantifier::Any => values.iter().fold(Truth::No, |any, v| any.or(one(v))),
                    _ => values.iter().fold(Truth::Yes, |all, v| all.and(one(v))),
                }
            }
            _ => values.iter().fold(Truth::No, |any, v| any.or(one(v))),
        }
    }

    fn resolve<'v>(&'v self, value: &'v str, context: &dyn Context) -> Option<Cow<'v, str>> {
        if !self.variables || !value.contains("${") {
            return Some(Cow::Borrowed(value));
        }
        match resolve(value, context) {
            Resolved::Text(text) => Some(Cow::Owned(text)),
            // A variable without value makes the comparison fail: no text equals this one.
            Resolved::Absent => Some(Cow::Borrowed("\u{e001}")),
            Resolved::Unknown => None,
        }
    }
}

/// A text after its policy variables were replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// All had a value.
    Text(String),
    /// One is not in the request and has no default.
    Absent,
    /// One is not known.
    Unknown,
}

/// Replaces `${key}` and `${key, 'default'}`; `${*}`, `${?}` and `${$}` stand for themselves.
pub(super) fn resolve(text: &str, context: &dyn Context) -> Resolved {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        rest = tail;
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (inside.trim(), None),
        };
        if matches!(key, "*" | "?" | "$") {
            out.push_str(key);
            continue;
        }
        match (context.value(&key.to_ascii_lowercase()), default) {
            (Value::Known(values), _) if values.len() == 1 => out.push_str(&values[0]),
            (Value::Absent, Some(default)) => out.push_str(default),
            (Value::Absent | Value::Known(_), _) => return Resolved::Absent,
            (Value::Unknown | Value::Chosen, _) => return Resolved::Unknown,
        }
    }
    out.push_str(rest);
    Resolved::Text(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    struct Keys(BTreeMap<&'static str, Value<'static>>);

    impl Context for Keys {
        fn value(&self, key: &str) -> Value<'_> {
            self.0.get(key).cloned().unwrap_or(Value::Absent)
        }
    }

    fn holds(operator: &str, values: &[&str], key: Value<'static>) -> Truth {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        Condition::new(operator, "aws:X", values, true)
            .holds(&Keys(BTreeMap::from([("aws:x", key), ("aws:user", Value::one("ann"))])), true)
    }

    #[test]
    fn a_missing_key_passes_where_iam_lets_it() {
        for (operator, expected) in [
            ("StringEquals", Truth::No),
            ("StringNotEquals", Truth::Yes),
            ("StringEqualsIfExists", Truth::Yes),
            ("ForAllValues:StringEquals", Truth::Yes),
            ("ForAnyValue:StringEquals", Truth::No),
            ("ForAnyValue:StringNotEquals", Truth::No),
            ("Bool", Truth::No),
            ("BoolIfExists", Truth::Yes),
            ("NotIpAddress", Truth::Yes),
            ("Null", Truth::Yes),
            ("SomethingNew", Truth::Unknown),
        ] {
            assert_eq!(holds(operator, &["true"], Value::Absent), expected, "{operator}");
        }
    }

    #[test]
    fn known_values_decide_and_unknown_ones_do_not() {
        let known = || Value::one("ann");
        assert_eq!(holds("StringEquals", &["bob", "${aws:user}"], known()), Truth::Yes);
        assert_eq!(holds("StringNotEquals", &["bob", "ann"], known()), Truth::No);
        assert_eq!(holds("StringEquals", &["${aws:nobody}"], known()), Truth::No);
        assert_eq!(holds("StringEquals", &["${aws:nobody, 'ann'}"], known()), Truth::Yes);
        assert_eq!(holds("StringEquals", &["bob"], Value::Unknown), Truth::Unknown);
        assert_eq!(holds("StringLikeIfExists", &["*"], Value::Unknown), Truth::Yes);
    }
}
