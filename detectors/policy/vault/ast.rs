//! The syntax tree that both notations of a policy (HCL version 1 and JSON) turn into.

use std::ops::Range;

/// How deep objects and lists may nest. The server has no bound; no real policy comes near this one.
pub(super) const MAX_DEPTH: usize = 64;

/// A word that names something, with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// `key key … = value` or `key key … { … }`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) keys: Vec<Key>,
    pub(super) value: Value,
    pub(super) span: Range<usize>,
}

/// What stands on the right.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Literal(Literal),
    Object { items: Vec<Item>, span: Range<usize> },
    List { values: Vec<Value>, span: Range<usize> },
}

/// A scalar, with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub(super) kind: LiteralKind,
    pub(super) span: Range<usize>,
}

/// The kind of a scalar. Numbers keep their digits, because a number may stand where a text is meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LiteralKind {
    Number(String),
    Float(String),
    Bool(bool),
    /// `None` when an escape in it has no meaning.
    Text(Option<String>),
}

impl Value {
    pub(super) fn span(&self) -> Range<usize> {
        match self {
            Value::Literal(literal) => literal.span.clone(),
            Value::Object { span, .. } | Value::List { span, .. } => span.clone(),
        }
    }
}

/// The items whose first key is `name`, each without that key.
pub(super) fn named(items: &[Item], name: &str) -> Vec<Item> {
    let rest = |item: &Item| Item { keys: item.keys[1..].to_vec(), ..item.clone() };
    items.iter().filter(|i| i.keys.first().is_some_and(|k| k.text == name)).map(rest).collect()
}
