//! Characters to tokens, for the HCL notation.

use super::PolicyError;
use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Illegal,
    Eof,
    Ident,
    Number,
    Float,
    Bool,
    Text,
    Heredoc,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Colon,
    Period,
    Assign,
    Plus,
    Minus,
    Null,
}

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// The end of the text.
pub(super) const EOF: char = '\0';

/// A position in a text, with the first thing that was wrong with it.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) error: Option<PolicyError>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0, error: None }
    }

    pub(super) fn peek(&self) -> char {
        self.text[self.at..].chars().next().unwrap_or(EOF)
    }

    pub(super) fn next(&mut self) -> char {
        let next = self.peek();
        if self.at < self.text.len() {
            self.at += next.len_utf8();
        }
        next
    }

    pub(super) fn eat(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let hit = self.at < self.text.len() && wanted(self.peek());
        if hit {
            self.next();
        }
        hit
    }

    pub(super) fn eat_while(&mut self, wanted: impl Fn(char) -> bool + Copy) -> bool {
        let start = self.at;
        while self.eat(wanted) {}
        self.at > start
    }

    pub(super) fn fail(&mut self, at: usize, why: &str) {
        self.error.get_or_insert_with(|| PolicyError::new(why, at));
    }

    /// Digits, a fraction and an exponent; the first digit is already taken.
    pub(super) fn decimal(&mut self) -> Kind {
        let digit = |c: char| c.is_ascii_digit();
        self.eat_while(digit);
        let mut kind = Kind::Number;
        if self.eat(|c| c == '.') {
            kind = Kind::Float;
            self.eat_while(digit);
        }
        if self.eat(|c| matches!(c, 'e' | 'E')) {
            kind = Kind::Float;
            self.eat(|c| matches!(c, '+' | '-'));
            self.eat_while(digit);
        }
        kind
    }

    /// A quoted text; the opening quote is already taken. Inside `${…}` quotes do not count (and
    /// neither do line breaks, where `interpolated` says so).
    pub(super) fn quoted(&mut self, start: usize, interpolated: bool) {
        let mut braces = 0_usize;
        loop {
            let c = self.next();
            let inside = interpolated && braces > 0;
            match c {
                '\n' if !inside => return self.fail(start, "text in quotes is not closed"),
                EOF => return self.fail(start, "text in quotes is not closed"),
                '"' if !inside => return,
                '$' if braces == 0 && self.peek() == '{' => {
                    braces = 1;
                    self.next();
                }
                '{' if braces > 0 => braces += 1,
                '}' => braces = braces.saturating_sub(1),
                '\\' => self.escape(),
                _ => {}
            }
        }
    }

    fn escape(&mut self) {
        let start = self.at;
        let (digits, base) = match self.next() {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '"' => return,
            '0'..='7' => (2, 8),
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            _ => return self.fail(start, "unknown escape after `\\`"),
        };
        for _ in 0..digits {
            if !self.eat(|c| c.is_digit(base)) {
                return self.fail(start, "unknown escape after `\\`");
            }
        }
    }
}

/// The tokens of an HCL text. Comments and line ends are nothing.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        let mut cursor = Cursor::new(text);
        if let Some(at) = text.find(['\0', '\u{E123}']) {
            cursor.fail(at, "a character that policies may not hold");
        }
        Scanner { cursor }
    }

    pub(super) fn scan(&mut self) -> Token {
        self.skip_blank();
        let start = self.cursor.at;
        let kind = self.token(start);
        Token { kind, span: start..self.cursor.at }
    }

    fn token(&mut self, start: usize) -> Kind {
        match self.cursor.next() {
            EOF => Kind::Eof,
            c if is_letter(c) => self.word(start),
            c if c.is_ascii_digit() => self.number(start, c),
            '-' if self.cursor.peek().is_ascii_digit() => {
                let first = self.cursor.next();
                self.number(start, first)
            }
            '"' => {
                self.cursor.quoted(start, true);
                Kind::Text
            }
            '<' => self.heredoc(start),
            '.' if self.cursor.eat_while(|c| c.is_ascii_digit()) => {
                self.cursor.eat(|c| matches!(c, 'e' | 'E'));
                Kind::Float
            }
            '.' => Kind::Period,
            '[' => Kind::LeftBracket,
            ']' => Kind::RightBracket,
            '{' => Kind::LeftBrace,
            '}' => Kind::RightBrace,
            ',' => Kind::Comma,
            '=' => Kind::Assign,
            '+' => Kind::Plus,
            '-' => Kind::Minus,
            _ => {
                self.cursor.fail(start, "a character that means nothing here");
                Kind::Illegal
            }
        }
    }

    fn skip_blank(&mut self) {
        loop {
            self.cursor.eat_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
            let start = self.cursor.at;
            let rest = &self.cursor.text[start..];
            if rest.starts_with('#') || rest.starts_with("//") {
                self.cursor.at += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(inside) = rest.strip_prefix("/*") {
                match inside.find("*/") {
                    Some(end) => self.cursor.at += end + 4,
                    None => {
                        self.cursor.fail(start, "the comment is not closed");
                        self.cursor.at = self.cursor.text.len();
                    }
                }
            } else {
                return;
            }
        }
    }

    fn word(&mut self, start: usize) -> Kind {
        self.cursor.eat_while(|c| is_letter(c) || c.is_numeric() || matches!(c, '-' | '.'));
        match &self.cursor.text[start..self.cursor.at] {
            "true" | "false" => Kind::Bool,
            _ => Kind::Ident,
        }
    }

    fn number(&mut self, start: usize, first: char) -> Kind {
        if first == '0' && self.cursor.eat(|c| matches!(c, 'x' | 'X')) {
            if !self.cursor.eat_while(|c| c.is_ascii_hexdigit()) {
                self.cursor.fail(start, "a hexadecimal number without digits");
            }
            return Kind::Number;
        }
        self.cursor.decimal()
    }

    /// `<<NAME`, lines, a line with nothing but `NAME`.
    fn heredoc(&mut self, start: usize) -> Kind {
        let c = &mut self.cursor;
        if !c.eat(|c| c == '<') {
            c.fail(start, "`<` begins a heredoc only when doubled");
            return Kind::Heredoc;
        }
        let anchor_start = c.at;
        c.eat(|c| c == '-');
        c.eat_while(|c| is_letter(c) || c.is_numeric());
        let anchor = &c.text[anchor_start..c.at];
        let name = anchor.trim_start_matches('-');
        c.eat(|c| c == '\r');
        if name.is_empty() || !c.eat(|c| c == '\n') {
            c.fail(start, "the heredoc needs a name and then a line break");
            return Kind::Heredoc;
        }
        while let Some(length) = c.text[c.at..].find('\n') {
            let line = c.text[c.at..c.at + length].trim_end_matches('\r');
            c.at += length + 1;
            // The server wants the closing line to be as long as the name with its dash.
            if line.len() >= anchor.len() && line.trim_start_matches(is_space) == name {
                return Kind::Heredoc;
            }
        }
        c.at = c.text.len();
        c.fail(start, "the heredoc is not closed");
        Kind::Heredoc
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}
