//! The syntax tree that both notations of a policy (HCL version 1 and JSON) turn into.

use std::ops::Range;

/// How deep objects and lists may nest. The server has no bound; no real policy comes near this one.
pub(crate) const MAX_DEPTH: usize = 64;

/// A word that names something, with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

/// `key key … = value` or `key key … { … }`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) keys: Vec<Key>,
    pub(crate) value: Value,
    pub(crate) span: Range<usize>,
}

/// What stands on the right.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Literal(Literal),
    Object { items: Vec<Item>, span: Range<usize> },
    List { values: Vec<Value>, span: Range<usize> },
}

/// A scalar, with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Literal {
    pub(crate) kind: LiteralKind,
    pub(crate) span: Range<usize>,
}

/// The kind of a scalar. Numbers keep their digits, because a number may stand where a text is meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum LiteralKind {
    Number(String),
    Float(String),
    Bool(bool),
    /// `None` when an escape in it has no meaning.
    Text(Option<String>),
}

impl Value {
    /// A scalar as text: `true`, `8200`, what stands in quotes.
    pub(crate) fn as_text(&self) -> Option<String> {
        match self {
            Value::Literal(literal) => match &literal.kind {
                LiteralKind::Number(text) | LiteralKind::Float(text) => Some(text.clone()),
                LiteralKind::Bool(flag) => Some(flag.to_string()),
                LiteralKind::Text(text) => text.clone(),
            },
            Value::Object { .. } | Value::List { .. } => None,
        }
    }

    pub(crate) fn span(&self) -> Range<usize> {
        match self {
            Value::Literal(literal) => literal.span.clone(),
            Value::Object { span, .. } | Value::List { span, .. } => span.clone(),
        }
    }
}

/// The items whose first key is `name`, each without that key.
pub(crate) fn named(items: &[Item], name: &str) -> Vec<Item> {
    let rest = |item: &Item| Item { keys: item.keys[1..].to_vec(), ..item.clone() };
    items.iter().filter(|i| i.keys.first().is_some_and(|k| k.text == name)).map(rest).collect()
}
