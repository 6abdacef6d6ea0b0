//! Groovy as tokens with matched brackets, as far as a pipeline script needs it. Tolerant: what it does
//! not know is a sign. Linear in the length of the text.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, keyword or number.
    Word,
    /// A string; `true` when Groovy fills in `${…}`.
    Text(bool),
    /// `(`, `[` or `{`.
    Open(u8),
    /// `)`, `]` or `}`.
    Close(u8),
    /// The end of a line.
    Line,
    /// Anything else, one byte.
    Sign(u8),
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    /// Where it stands in the source; of a string, what is between the quotes.
    pub span: Range<usize>,
}

/// A script as tokens.
#[derive(Debug)]
pub(super) struct Script<'a> {
    pub source: &'a str,
    pub tokens: Vec<Token>,
    /// For each opening bracket, the index of the one that closes it.
    partner: Vec<u32>,
    /// The place of the first bracket or string that does not close, or closes nothing.
    pub unbalanced: Option<usize>,
}

impl<'a> Script<'a> {
    pub(super) fn new(source: &'a str) -> Script<'a> {
        let mut lexer =
            Lexer { source, bytes: source.as_bytes(), at: 0, tokens: Vec::new(), unclosed: None };
        lexer.run();
        let (partner, unbalanced) = partners(&lexer.tokens);
        let unbalanced = lexer.unclosed.or(unbalanced);
        Script { source, tokens: lexer.tokens, partner, unbalanced }
    }

    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// The text of a token.
    pub(super) fn text(&self, index: usize) -> &'a str {
        self.tokens.get(index).and_then(|t| self.source.get(t.span.clone())).unwrap_or_default()
    }

    /// Where the bracket that opens at `index` closes.
    pub(super) fn close(&self, index: usize) -> usize {
        self.partner.get(index).map_or(self.tokens.len(), |at| *at as usize)
    }

    /// True when the token is this sign.
    pub(super) fn is(&self, index: usize, sign: u8) -> bool {
        self.kind(index) == Some(Kind::Sign(sign))
    }

    /// The index behind the token at `index`, brackets and what is in them taken as one.
    pub(super) fn after(&self, index: usize) -> usize {
        match self.kind(index) {
            Some(Kind::Open(_)) => self.close(index) + 1,
            _ => index + 1,
        }
    }

    /// The string that a range consists of.
    pub(super) fn string(&self, range: &Range<usize>) -> Option<usize> {
        let mut tokens = range.clone().filter(|i| self.kind(*i) != Some(Kind::Line));
        let first = tokens.next()?;
        let alone = tokens.next().is_none();
        (alone && matches!(self.kind(first), Some(Kind::Text(_)))).then_some(first)
    }
}

fn partners(tokens: &[Token]) -> (Vec<u32>, Option<usize>) {
    let end = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    let mut partner = vec![end; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut unbalanced = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open(_) => open.push(index),
            Kind::Close(close) => match open.last().copied() {
                Some(at) if matches(tokens[at].kind, close) => {
                    partner[at] = u32::try_from(index).unwrap_or(end);
                    open.pop();
                }
                _ => unbalanced = unbalanced.or(Some(token.span.start)),
            },
            _ => {}
        }
    }
    let unclosed = open.first().map(|at| tokens[*at].span.start);
    (partner, unbalanced.or(unclosed))
}

fn matches(open: Kind, close: u8) -> bool {
    matches!(
        (open, close),
        (Kind::Open(b'('), b')') | (Kind::Open(b'['), b']') | (Kind::Open(b'{'), b'}')
    )
}

struct Lexer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    unclosed: Option<usize>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        if self.source.starts_with("#!") {
            self.at = self.line_end(0);
        }
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\n' => self.push(Kind::Line, self.at..self.at + 1, self.at + 1),
                b' ' | b'\t' | b'\r' => self.at += 1,
                // A backslash at the end of a line joins it with the next.
                b'\\' if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                b'/' => self.slash(),
                b'\'' | b'"' => self.quoted(byte),
                b'(' | b'[' | b'{' => {
                    self.push(Kind::Open(byte), self.at..self.at + 1, self.at + 1)
                }
                b')' | b']' | b'}' => {
                    self.push(Kind::Close(byte), self.at..self.at + 1, self.at + 1)
                }
                b'$' if self.bytes.get(self.at + 1) == Some(&b'/') => self.dollar_slashy(),
                _ if is_word(byte) => self.word(),
                _ => self.push(Kind::Sign(byte), self.at..self.at + 1, self.at + 1),
            }
        }
    }

    fn push(&mut self, kind: Kind, span: Range<usize>, next: usize) {
        self.tokens.push(Token { kind, span });
        self.at = next;
    }

    fn word(&mut self) {
        let start = self.at;
        let mut end = start;
        while self.bytes.get(end).copied().is_some_and(is_word) {
            end += 1;
        }
        self.push(Kind::Word, start..end, end);
    }

    fn line_end(&self, from: usize) -> usize {
        self.find(from, b"\n").unwrap_or(self.bytes.len())
    }

    fn find(&self, from: usize, what: &[u8]) -> Option<usize> {
        let text = self.bytes.get(from..)?;
        text.windows(what.len()).position(|window| window == what).map(|at| from + at)
    }

    /// A comment, a pattern, or a division.
    fn slash(&mut self) {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.at = self.line_end(self.at),
            Some(b'*') => match self.find(self.at + 2, b"*/") {
                Some(end) => self.at = end + 2,
                None => self.unfinished(),
            },
            _ if self.expects_value() => {
                let start = self.at + 1;
                let mut end = start;
                while self.bytes.get(end).is_some_and(|b| !matches!(b, b'/' | b'\n')) {
                    end += if self.bytes[end] == b'\\' { 2 } else { 1 };
                }
                if self.bytes.get(end) == Some(&b'/') {
                    self.push(Kind::Text(true), start..end, end + 1);
                } else {
                    self.push(Kind::Sign(b'/'), self.at..self.at + 1, self.at + 1);
                }
            }
            _ => self.push(Kind::Sign(b'/'), self.at..self.at + 1, self.at + 1),
        }
    }

    /// True where a pattern can stand and a division cannot.
    fn expects_value(&self) -> bool {
        self.tokens.last().is_none_or(|last| {
            matches!(
                last.kind,
                Kind::Line | Kind::Open(_) | Kind::Sign(b'=' | b'~' | b',' | b':' | b'(' | b'!')
            )
        })
    }

    fn dollar_slashy(&mut self) {
        let start = self.at + 2;
        match self.find(start, b"/$") {
            Some(end) => self.push(Kind::Text(true), start..end, end + 2),
            None => self.unfinished(),
        }
    }

    fn quoted(&mut self, quote: u8) {
        let filled = quote == b'"';
        let triple = self.bytes[self.at..].starts_with(&[quote; 3]);
        let width = if triple { 3 } else { 1 };
        let start = self.at + width;
        let mut end = start;
        while let Some(byte) = self.bytes.get(end).copied() {
            match byte {
                b'\\' => end += 2,
                b'$' if filled && self.bytes.get(end + 1) == Some(&b'{') => {
                    end = self.placeholder_end(end + 2)
                }
                b'\n' if !triple => return self.open_ended(start, end, filled),
                _ if byte == quote && (!triple || self.bytes[end..].starts_with(&[quote; 3])) => {
                    return self.push(Kind::Text(filled), start..end, end + width);
                }
                _ => end += 1,
            }
        }
        let end = self.bytes.len();
        self.open_ended(start.min(end), end, filled);
    }

    /// A string that its line or the file ends.
    fn open_ended(&mut self, start: usize, end: usize, filled: bool) {
        self.unclosed = self.unclosed.or(Some(self.at));
        self.push(Kind::Text(filled), start..end, end);
    }

    /// The place behind the `}` of a `${`; strings inside may hold braces.
    fn placeholder_end(&self, from: usize) -> usize {
        let mut depth = 1;
        let mut at = from;
        while let Some(byte) = self.bytes.get(at).copied() {
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 1 => return at + 1,
                b'}' => depth -= 1,
                b'\n' => return at,
                b'\'' | b'"' => {
                    let rest = self.bytes[at + 1..].iter().position(|b| *b == byte || *b == b'\n');
                    match rest.map(|offset| at + 1 + offset) {
                        Some(close) if self.bytes[close] == byte => at = close,
                        // The quote closes the string around the placeholder, which is not finished.
                        _ => return at,
                    }
                }
                _ => {}
            }
            at += 1;
        }
        at
    }

    fn unfinished(&mut self) {
        self.unclosed = self.unclosed.or(Some(self.at));
        self.at = self.bytes.len();
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        let script = Script::new(source);
        let is_text = |i: &usize| matches!(script.kind(*i), Some(Kind::Text(_)));
        (0..script.tokens.len()).filter(is_text).map(|i| script.text(i)).collect()
    }

    #[test]
    fn strings_of_every_kind() {
        assert_eq!(texts(r#"sh 'a"b' + "c${x("d}")}e" "#), [r#"a"b"#, r#"c${x("d}")}e"#]);
        assert_eq!(
            texts("sh '''\na'b\n'''\nsh \"\"\"x \"y\" \\\"\"\"\""),
            ["\na'b\n", "x \"y\" \\\""]
        );
        assert_eq!(texts("x = ~/a.b/\ny = 4 / 2 / 'z'"), ["a.b", "z"]);
        assert_eq!(texts("// 'no'\n/* 'no' */ 'yes' // '"), ["yes"]);
        assert_eq!(texts("x = $/a 'b'/$"), ["a 'b'"]);
    }

    #[test]
    fn brackets_find_their_partners_and_a_lost_one_is_told() {
        let script = Script::new("a(b[1]) { c }");
        assert_eq!((script.close(1), script.unbalanced), (6, None));
        assert_eq!(Script::new("a { b(").unbalanced, Some(2));
        assert_eq!(Script::new("a }").unbalanced, Some(2));
        assert!(Script::new("sh 'x\nsh 'y'").unbalanced.is_some());
        assert!(Script::new("/* ").unbalanced.is_some() && Script::new("'''").unbalanced.is_some());
        assert!(Script::new("'\\").unbalanced.is_some());
    }
}
