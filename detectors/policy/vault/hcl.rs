//! Tokens to a tree, for the HCL notation (version 1, which is not what Terraform reads).

use super::{
    PolicyError,
    ast::{Item, Key, Literal, LiteralKind, MAX_DEPTH, Value},
    scan::{Kind, Scanner, Token},
    unquote::{heredoc, unquote},
};

/// Parses a text as the server does: duplicate keys are fine, an assignment that the end of the
/// text cuts off is dropped.
pub(super) fn parse(text: &str) -> Result<Vec<Item>, PolicyError> {
    let mut parser = Parser { scanner: Scanner::new(text), text, ahead: None, depth: 0 };
    let result = parser.items(false);
    match parser.scanner.cursor.error.take() {
        Some(error) => Err(error),
        None => result.map_err(|stop| match stop {
            Stop::End => PolicyError::new("the text ends too early", text.len()),
            Stop::Wrong(error) => error,
        }),
    }
}

/// Why parsing went no further.
enum Stop {
    End,
    Wrong(PolicyError),
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    text: &'a str,
    ahead: Option<Token>,
    depth: usize,
}

fn wrong<T>(token: &Token, why: &str) -> Result<T, Stop> {
    Err(Stop::Wrong(PolicyError::new(why, token.span.start)))
}

impl Parser<'_> {
    fn scan(&mut self) -> Token {
        self.ahead.take().unwrap_or_else(|| self.scanner.scan())
    }

    fn peek(&mut self) -> Kind {
        let token = self.scan();
        let kind = token.kind;
        self.ahead = Some(token);
        kind
    }

    fn items(&mut self, inside: bool) -> Result<Vec<Item>, Stop> {
        let mut items = Vec::new();
        while !(inside && self.peek() == Kind::RightBrace) {
            match self.item() {
                Err(Stop::End) => break,
                item => items.push(item?),
            }
            if self.peek() == Kind::Comma {
                self.scan();
            }
        }
        Ok(items)
    }

    fn item(&mut self) -> Result<Item, Stop> {
        let (keys, token) = self.keys()?;
        let start = keys.first().map_or(token.span.start, |k| k.span.start);
        let value = match token.kind {
            Kind::Assign if keys.len() > 1 => {
                return wrong(&token, "several names need a block `{ … }`, not `=`");
            }
            Kind::Assign => self.value()?,
            Kind::LeftBrace => self.object(&token)?,
            _ => return wrong(&token, "a name needs `=` and a value, or a block `{ … }`"),
        };
        let span = start..value.span().end;
        Ok(Item { keys, value, span })
    }

    /// The names before `=` or `{`, and that token.
    fn keys(&mut self) -> Result<(Vec<Key>, Token), Stop> {
        let mut keys = Vec::new();
        loop {
            let token = self.scan();
            match token.kind {
                Kind::Ident | Kind::Text => keys.push(self.key(&token)?),
                Kind::Eof if keys.is_empty() => return Err(Stop::End),
                Kind::Assign | Kind::LeftBrace if keys.is_empty() => {
                    return wrong(&token, "a name is missing here");
                }
                Kind::Assign | Kind::LeftBrace | Kind::Eof => return Ok((keys, token)),
                _ => return wrong(&token, "a name, `=` or `{` is expected here"),
            }
        }
    }

    fn key(&self, token: &Token) -> Result<Key, Stop> {
        let raw = &self.text[token.span.clone()];
        let text = match token.kind {
            Kind::Text => unquote(raw, true),
            _ => Some(raw.to_owned()),
        };
        match text {
            Some(text) => Ok(Key { text, span: token.span.clone() }),
            None => wrong(token, "an escape in this name means nothing"),
        }
    }

    fn value(&mut self) -> Result<Value, Stop> {
        let token = self.scan();
        match token.kind {
            Kind::LeftBrace => self.object(&token),
            Kind::LeftBracket => self.list(&token),
            Kind::Eof => Err(Stop::End),
            _ => match self.literal(&token) {
                Some(literal) => Ok(Value::Literal(literal)),
                None => wrong(&token, "a value is expected here"),
            },
        }
    }

    fn literal(&self, token: &Token) -> Option<Literal> {
        let raw = &self.text[token.span.clone()];
        let kind = match token.kind {
            Kind::Number => LiteralKind::Number(raw.to_owned()),
            Kind::Float => LiteralKind::Float(raw.to_owned()),
            Kind::Bool => LiteralKind::Bool(raw == "true"),
            Kind::Text => LiteralKind::Text(unquote(raw, true)),
            Kind::Heredoc => LiteralKind::Text(heredoc(raw)),
            _ => return None,
        };
        Some(Literal { kind, span: token.span.clone() })
    }

    fn deeper(&mut self, token: &Token) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { wrong(token, "nested too deeply") } else { Ok(()) }
    }

    fn object(&mut self, open: &Token) -> Result<Value, Stop> {
        self.deeper(open)?;
        let items = self.items(true)?;
        let close = self.scan();
        if close.kind != Kind::RightBrace {
            return wrong(&close, "`}` is missing");
        }
        self.depth -= 1;
        Ok(Value::Object { items, span: open.span.start..close.span.end })
    }

    fn list(&mut self, open: &Token) -> Result<Value, Stop> {
        self.deeper(open)?;
        let mut values = Vec::new();
        let mut need_comma = false;
        loop {
            let token = self.scan();
            match token.kind {
                Kind::RightBracket => {
                    self.depth -= 1;
                    return Ok(Value::List { values, span: open.span.start..token.span.end });
                }
                Kind::Comma => need_comma = false,
                _ if need_comma => return wrong(&token, "`,` or `]` is expected here"),
                Kind::LeftBrace => {
                    values.push(self.object(&token)?);
                    need_comma = true;
                }
                // The server wants no comma after a list in a list.
                Kind::LeftBracket => values.push(self.list(&token)?),
                _ => match self.literal(&token) {
                    Some(literal) => {
                        values.push(Value::Literal(literal));
                        need_comma = true;
                    }
                    None => return wrong(&token, "a value or `]` is expected here"),
                },
            }
        }
    }
}
