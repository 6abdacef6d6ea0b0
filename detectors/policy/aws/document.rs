//! A policy document, parsed. Lenient where IAM is (single values for lists, percent-encoding),
//! strict where a mistake would change the meaning.

use super::{
    condition::Condition,
    interest::{self, Actions},
    pattern::Pattern,
};
use serde_json::Value;
use std::borrow::Cow;

/// A parsed policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// Whether a statement gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Gives.
    Allow,
    /// Takes.
    Deny,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its `Sid`, unless empty.
    pub sid: Option<String>,
    /// Whether it gives or takes.
    pub effect: Effect,
    /// Whom it concerns: resource and trust policies only.
    pub principals: Option<Principals>,
    /// Which actions.
    pub actions: Selector,
    /// Which resources; `None` in trust policies, where the role itself is meant.
    pub resources: Option<Selector>,
    /// All of these must hold.
    pub conditions: Vec<Condition>,
    /// The numbered actions that it selects, once its document is indexed.
    pub(super) asked: Option<Actions>,
}

impl Statement {
    /// Whether it selects an action; `number` is the action's, if it has one.
    pub(super) fn selects(&self, action: &str, number: Option<usize>) -> bool {
        match (&self.asked, number) {
            (Some(asked), Some(number)) => asked.has(number),
            _ => self.actions.selects(action),
        }
    }

    /// True when what it says of an action does not depend on the resource.
    pub(super) fn is_of_every_resource(&self) -> bool {
        self.resources.as_ref().is_none_or(|r| !r.negated && r.is_everything())
    }
}

/// `Action`/`NotAction`, `Resource`/`NotResource`.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// True for the `Not…` form.
    pub negated: bool,
    /// The patterns.
    pub patterns: Vec<Pattern>,
}

impl Selector {
    /// Whether a string is selected; variables count as wildcards.
    pub fn selects(&self, text: &str) -> bool {
        self.patterns.iter().any(|p| p.matches(text)) != self.negated
    }

    /// True when nothing is left out.
    pub fn is_everything(&self) -> bool {
        if self.negated {
            self.patterns.is_empty()
        } else {
            self.patterns.iter().any(Pattern::is_everything)
        }
    }
}

/// `Principal`/`NotPrincipal`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Principals {
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// ARNs, account ids, unique ids or `*`.
    pub aws: Vec<String>,
    /// `lambda.amazonaws.com`, …
    pub services: Vec<String>,
    /// Identity providers: an ARN or a well-known host.
    pub federated: Vec<String>,
    /// CloudFront and S3 canonical users.
    pub canonical: Vec<String>,
}

/// Why a text is not a policy. Never quotes the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON.
    #[error("is not JSON (line {line}, column {column})")]
    Json {
        /// Line of the error.
        line: usize,
        /// Column of the error.
        column: usize,
    },
    /// A part is missing or has the wrong type.
    #[error("statement {statement}: {what}")]
    Statement {
        /// The statement, from 1.
        statement: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// There is no `Statement`.
    #[error("has no Statement")]
    Empty,
}

/// Undoes percent-encoding: the IAM API returns documents encoded (RFC 3986), command-line tools
/// return them decoded.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.trim_start().starts_with('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        if byte == b'%' {
            let (high, low) = (hex(rest.next()), hex(rest.next()));
            let code = high.zip(low).map_or(u32::from(b'?'), |(h, l)| h * 16 + l);
            bytes.push(u8::try_from(code).unwrap_or(b'?'));
        } else {
            bytes.push(byte);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

impl Document {
    /// Parses a policy text.
    ///
    /// # Errors
    /// When it is not JSON, or a statement lacks what gives it a meaning.
    pub fn parse(text: &str) -> Result<Document, DocumentError> {
        let value: Value = serde_json::from_str(&decode(text))
            .map_err(|e| DocumentError::Json { line: e.line(), column: e.column() })?;
        Document::from_value(&value)
    }

    /// Reads a policy that is already JSON.
    ///
    /// # Errors
    /// When a statement lacks what gives it a meaning.
    pub fn from_value(value: &Value) -> Result<Document, DocumentError> {
        let variables = value.get("Version").and_then(Value::as_str) == Some("2012-10-17");
        let statements = match value.get("Statement") {
            Some(Value::Array(list)) => list.as_slice(),
            Some(one @ Value::Object(_)) => std::slice::from_ref(one),
            _ => return Err(DocumentError::Empty),
        };
        let parse = |(i, value): (usize, &Value)| {
            statement(value, variables)
                .map_err(|what| DocumentError::Statement { statement: i + 1, what })
        };
        let statements = statements.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
        Ok(Document { statements })
    }

    /// Matches every statement against the actions that rules ask about.
    pub(super) fn index(&mut self) {
        for statement in &mut self.statements {
            statement.asked = Some(Actions::of(&statement.actions));
        }
    }

    /// True when an Allow statement selects the action, whatever the resource.
    pub(super) fn mentions(&self, action: &str) -> bool {
        let number = interest::number(action);
        self.statements.iter().any(|s| s.effect == Effect::Allow && s.selects(action, number))
    }

    /// True when its meaning depends on which principal of an account holds it, beyond the ARN of
    /// the resource: it names the caller's ARN, name, id or tags.
    pub(super) fn is_personal(&self) -> bool {
        const OWN: [&str; 4] =
            ["aws:principalarn", "aws:username", "aws:userid", "aws:principaltag"];
        let names_own = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.contains("${") && OWN.iter().any(|key| text.contains(key))
        };
        self.statements.iter().any(|s| {
            let patterns = s.resources.iter().flat_map(|r| &r.patterns);
            patterns.filter(|p| p.has_variable()).any(|p| names_own(p.text()))
                || s.conditions.iter().any(|c| {
                    let scope = c.lower_key().split('/').next().unwrap_or_default();
                    OWN.contains(&scope) || c.values.iter().any(|v| names_own(v))
                })
        })
    }

    /// True when a statement allows every action on every resource without condition.
    pub fn gives_everything(&self) -> bool {
        self.statements.iter().any(|s| {
            s.effect == Effect::Allow
                && s.actions.is_everything()
                && s.resources.as_ref().is_some_and(Selector::is_everything)
                && s.conditions.is_empty()
        })
    }
}

fn statement(value: &Value, variables: bool) -> Result<Statement, &'static str> {
    let effect = match value.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("Effect is neither Allow nor Deny"),
    };
    let actions = selector(value, "Action", "NotAction", Pattern::action)?
        .ok_or("has neither Action nor NotAction")?;
    let resources =
        selector(value, "Resource", "NotResource", |text| Pattern::resource(text, variables))?;
    Ok(Statement {
        sid: value.get("Sid").and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned),
        effect,
        principals: principals(value)?,
        actions,
        resources,
        conditions: conditions(value, variables)?,
        asked: None,
    })
}

fn selector(
    value: &Value,
    plain: &str,
    negated: &str,
    pattern: impl Fn(&str) -> Pattern,
) -> Result<Option<Selector>, &'static str> {
    let (list, negated) = match (value.get(plain), value.get(negated)) {
        (Some(list), None) => (list, false),
        (None, Some(list)) => (list, true),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("has both the plain and the Not form of an element"),
    };
    let patterns = strings(list).ok_or("an element is neither text nor a list of texts")?;
    Ok(Some(Selector { negated, patterns: patterns.into_iter().map(pattern).collect() }))
}

fn principals(value: &Value) -> Result<Option<Principals>, &'static str> {
    let (value, negated) = match (value.get("Principal"), value.get("NotPrincipal")) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err("has both Principal and NotPrincipal"),
    };
    let mut principals = Principals { negated, ..Principals::default() };
    match value {
        Value::String(text) if text == "*" => principals.aws.push(text.clone()),
        Value::Object(kinds) => {
            for (kind, names) in kinds {
                let list = match kind.as_str() {
                    "AWS" => &mut principals.aws,
                    "Service" => &mut principals.services,
                    "Federated" => &mut principals.federated,
                    "CanonicalUser" => &mut principals.canonical,
                    _ => return Err("a principal is of no known kind"),
                };
                let names = strings(names).ok_or("a principal is not text")?;
                list.extend(names.into_iter().map(str::to_owned));
            }
        }
        _ => return Err("Principal is neither `*` nor an object"),
    }
    Ok(Some(principals))
}

fn conditions(value: &Value, variables: bool) -> Result<Vec<Condition>, &'static str> {
    let Some(block) = value.get("Condition") else { return Ok(Vec::new()) };
    let operators = block.as_object().ok_or("Condition is not an object")?;
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        for (key, values) in keys.as_object().ok_or("a condition operator is not an object")? {
            let values = scalars(values).ok_or("a condition value is not a scalar")?;
            conditions.push(Condition::new(operator, key, values, variables));
        }
    }
    Ok(conditions)
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn scalars(value: &Value) -> Option<Vec<String>> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().map(scalar).collect(),
        one => scalar(one).map(|text| vec![text]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_values_lists_and_percent_encoding_are_one_policy() {
        let list = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":["*"]}]}"#;
        let single = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"S3:get*","Resource":"*"}}"#;
        let encoded: String = single.bytes().map(|b| format!("%{b:02X}")).collect();
        let expected = Document::parse(list).unwrap();
        assert_eq!(Document::parse(single).unwrap(), expected);
        assert_eq!(Document::parse(&encoded).unwrap(), expected);
    }

    #[test]
    fn what_has_no_meaning_is_an_error() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":{"a":1},"Resource":"*"}]}"#,
        ] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
    }
}
