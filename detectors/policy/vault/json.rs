//! The JSON notation, as forgiving as the server's own parser: a trailing comma, a missing closing
//! brace and whatever follows the first object do not matter.

use super::{
    PolicyError,
    ast::{Item, Key, Literal, LiteralKind, MAX_DEPTH, Value},
    scan::{Cursor, EOF, Kind, Token},
    unquote::unquote,
};

/// Parses a text whose first character is `{`.
pub(super) fn parse(text: &str) -> Result<Vec<Item>, PolicyError> {
    let mut parser = Parser { cursor: Cursor::new(text), last: Kind::Illegal, depth: 0 };
    parser.scan();
    let result = parser.object(0);
    match (parser.cursor.error.take(), result) {
        (Some(error), _) | (None, Err(Stop::Wrong(error))) => Err(error),
        (None, Err(Stop::End)) => Err(PolicyError::new("the text ends too early", text.len())),
        (None, Ok(Value::Object { mut items, .. })) => {
            flatten(&mut items);
            Ok(items)
        }
        (None, Ok(_)) => Ok(Vec::new()),
    }
}

enum Stop {
    End,
    Wrong(PolicyError),
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    last: Kind,
    depth: usize,
}

fn wrong<T>(token: &Token, why: &str) -> Result<T, Stop> {
    Err(Stop::Wrong(PolicyError::new(why, token.span.start)))
}

impl Parser<'_> {
    fn scan(&mut self) -> Token {
        self.cursor.eat_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        let start = self.cursor.at;
        let kind = self.token(start);
        self.last = kind;
        Token { kind, span: start..self.cursor.at }
    }

    fn token(&mut self, start: usize) -> Kind {
        match self.cursor.next() {
            EOF => Kind::Eof,
            '{' => Kind::LeftBrace,
            '}' => Kind::RightBrace,
            '[' => Kind::LeftBracket,
            ']' => Kind::RightBracket,
            ',' => Kind::Comma,
            ':' => Kind::Colon,
            '"' => {
                self.cursor.quoted(start, false);
                Kind::Text
            }
            '-' if self.cursor.peek().is_ascii_digit() => {
                let first = self.cursor.next();
                self.number(start, first)
            }
            c if c.is_ascii_digit() => self.number(start, c),
            '.' if self.cursor.eat_while(|c| c.is_ascii_digit()) => Kind::Float,
            '.' => Kind::Period,
            c if c.is_alphabetic() || c == '_' => self.word(start),
            _ => {
                self.cursor.fail(start, "a character that means nothing here");
                Kind::Illegal
            }
        }
    }

    fn word(&mut self, start: usize) -> Kind {
        self.cursor.eat_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        match &self.cursor.text[start..self.cursor.at] {
            "true" | "false" => Kind::Bool,
            "null" => Kind::Null,
            _ => {
                self.cursor.fail(start, "a word that is neither `true`, `false` nor `null`");
                Kind::Illegal
            }
        }
    }

    fn number(&mut self, start: usize, first: char) -> Kind {
        let after_first = self.cursor.at;
        let kind = self.cursor.decimal();
        if first == '0' && kind == Kind::Number && self.cursor.at > after_first {
            self.cursor.fail(start, "a number that begins with 0");
        }
        kind
    }

    /// The opening brace is already taken.
    fn object(&mut self, start: usize) -> Result<Value, Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Stop::Wrong(PolicyError::new("nested too deeply", start)));
        }
        let mut items = Vec::new();
        loop {
            match self.item() {
                Ok(item) => items.push(item),
                Err(Stop::End) => break,
                // `{}`, or a comma before the closing brace.
                Err(Stop::Wrong(_)) if self.last == Kind::RightBrace => break,
                Err(stop) => return Err(stop),
            }
            if self.scan().kind != Kind::Comma {
                break;
            }
        }
        self.depth -= 1;
        Ok(Value::Object { items, span: start..self.cursor.at })
    }

    fn item(&mut self) -> Result<Item, Stop> {
        let mut keys = Vec::new();
        loop {
            let token = self.scan();
            match token.kind {
                Kind::Eof => return Err(Stop::End),
                Kind::Text => match unquote(&self.cursor.text[token.span.clone()], false) {
                    Some(text) => keys.push(Key { text, span: token.span }),
                    None => return wrong(&token, "an escape in this name means nothing"),
                },
                Kind::Colon if !keys.is_empty() => break,
                _ => return wrong(&token, "a name in quotes is expected here"),
            }
        }
        let value = self.value()?;
        let span = keys.first().map_or(0, |k| k.span.start)..value.span().end;
        Ok(Item { keys, value, span })
    }

    fn value(&mut self) -> Result<Value, Stop> {
        let token = self.scan();
        match token.kind {
            Kind::LeftBrace => self.object(token.span.start),
            Kind::LeftBracket => self.list(&token),
            Kind::Eof => Err(Stop::End),
            _ => match self.literal(&token) {
                Some(literal) => Ok(Value::Literal(literal)),
                None => wrong(&token, "a value is expected here"),
            },
        }
    }

    fn literal(&self, token: &Token) -> Option<Literal> {
        let raw = self.cursor.text.get(token.span.clone())?;
        let kind = match token.kind {
            Kind::Number => LiteralKind::Number(raw.to_owned()),
            Kind::Float => LiteralKind::Float(raw.to_owned()),
            Kind::Bool => LiteralKind::Bool(raw == "true"),
            Kind::Null => LiteralKind::Text(Some(String::new())),
            Kind::Text => LiteralKind::Text(unquote(raw, false)),
            _ => return None,
        };
        Some(Literal { kind, span: token.span.clone() })
    }

    /// Booleans and the brackets of inner lists are skipped, as the server does.
    fn list(&mut self, open: &Token) -> Result<Value, Stop> {
        let mut values = Vec::new();
        loop {
            let token = self.scan();
            match token.kind {
                Kind::RightBracket => {
                    return Ok(Value::List { values, span: open.span.start..token.span.end });
                }
                Kind::Comma | Kind::Bool | Kind::LeftBracket => {}
                Kind::LeftBrace => values.push(self.object(token.span.start)?),
                Kind::Number | Kind::Float | Kind::Text => {
                    values.extend(self.literal(&token).map(Value::Literal));
                }
                _ => return wrong(&token, "a value or `]` is expected here"),
            }
        }
    }
}

/// Turns `"a": {"b": {…}}` and `"a": [{…}, {…}]` into the items that the HCL notation gives.
fn flatten(items: &mut Vec<Item>) {
    let mut todo: Vec<Item> = std::mem::take(items).into_iter().rev().collect();
    while let Some(item) = todo.pop() {
        match unfold(&item) {
            Some(parts) => todo.extend(parts.into_iter().rev()),
            None => items.push(item),
        }
    }
    for item in items {
        flatten_value(&mut item.value);
    }
}

fn flatten_value(value: &mut Value) {
    match value {
        Value::Object { items, .. } => flatten(items),
        Value::List { values, .. } => values.iter_mut().for_each(flatten_value),
        Value::Literal(_) => {}
    }
}

fn unfold(item: &Item) -> Option<Vec<Item>> {
    let is_object = |value: &Value| matches!(value, Value::Object { .. });
    match &item.value {
        Value::Object { items, .. } if !items.is_empty() => {
            let inner = |sub: &Item| Item {
                keys: item.keys.iter().chain(&sub.keys).cloned().collect(),
                value: sub.value.clone(),
                span: sub.span.clone(),
            };
            items.iter().all(|sub| is_object(&sub.value)).then(|| items.iter().map(inner).collect())
        }
        Value::List { values, .. } if !values.is_empty() => {
            let inner = |value: &Value| Item { value: value.clone(), ..item.clone() };
            values.iter().all(is_object).then(|| values.iter().map(inner).collect())
        }
        _ => None,
    }
}
