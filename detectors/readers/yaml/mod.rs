//! YAML as a tree with positions: anchors shared, merge keys applied, hostile input refused.
//!
//! The tree is an arena. An alias points at the anchored node and is never copied, so that a
//! document costs memory in proportion to its length; a document whose aliases would expand beyond
//! [`MAX_EXPANDED`] nodes is refused, so that a walk of the tree is bounded too.

mod build;
mod mend;
#[cfg(test)]
mod tests;

use crate::evidence::Region;
use std::{borrow::Cow, cell::OnceCell};

/// The longest document that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 8 << 20;
/// The deepest nesting that is read.
pub(crate) const MAX_DEPTH: usize = 100;
/// The most nodes that a document may have once its aliases are followed.
pub(crate) const MAX_EXPANDED: u32 = 2_000_000;

/// Why a document is not YAML that can be judged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub(crate) struct YamlError {
    /// From 1.
    pub line: u32,
    /// In words; never quotes the document.
    pub why: String,
}

/// A key that a mapping has twice; the later one wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duplicate {
    /// The line of the later one, from 1.
    pub line: u32,
    /// The key.
    pub key: String,
}

/// Every document of a file.
#[derive(Debug, Default)]
pub(crate) struct Yaml<'a> {
    source: &'a str,
    /// Where its lines end, once the place of a part of a scalar is asked for.
    line_ends: OnceCell<Vec<usize>>,
    nodes: Vec<Node<'a>>,
    edges: Vec<u32>,
    roots: Vec<u32>,
    /// Keys that stand twice in one mapping.
    pub duplicates: Vec<Duplicate>,
}

#[derive(Debug)]
struct Node<'a> {
    kind: Kind<'a>,
    tag: Option<Box<str>>,
    span: Region,
    expanded: u32,
}

#[derive(Debug)]
enum Kind<'a> {
    Scalar(Cow<'a, str>, Style),
    /// A range of `edges`.
    Seq(u32, u32),
    /// A range of `edges`: key, value, key, value, …
    Map(u32, u32),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In quotes.
    Quoted,
    /// After `|`: line breaks are kept.
    Literal,
    /// After `>`.
    Folded,
}

/// One node of a tree.
#[derive(Clone, Copy)]
pub(crate) struct At<'t> {
    tree: &'t Yaml<'t>,
    id: u32,
}

impl<'a> Yaml<'a> {
    /// Reads all documents of a text.
    pub(crate) fn parse(text: &'a str) -> Result<Yaml<'a>, YamlError> {
        build::parse(text)
    }

    /// The text of a line, from 1.
    fn line(&self, line: u32) -> &'a str {
        let breaks = || memchr::memchr_iter(b'\n', self.source.as_bytes()).collect();
        let ends = self.line_ends.get_or_init(breaks);
        let line = line as usize;
        let start =
            line.checked_sub(2).map_or(Some(0), |before| ends.get(before).map(|end| end + 1));
        let end = line.checked_sub(1).and_then(|this| ends.get(this)).copied();
        let text = start.and_then(|start| self.source.get(start..end.unwrap_or(self.source.len())));
        text.map(|text| text.strip_suffix('\r').unwrap_or(text)).unwrap_or_default()
    }

    /// The first document.
    pub(crate) fn root(&self) -> Option<At<'_>> {
        self.documents().next()
    }

    /// All documents.
    pub(crate) fn documents(&self) -> impl Iterator<Item = At<'_>> {
        self.roots.iter().map(|id| At { tree: self, id: *id })
    }
}

impl<'t> At<'t> {
    fn node(self) -> &'t Node<'t> {
        &self.tree.nodes[self.id as usize]
    }

    fn child(self, edge: u32) -> At<'t> {
        At { tree: self.tree, id: self.tree.edges[edge as usize] }
    }

    /// Where it stands.
    pub(crate) fn region(self) -> Region {
        self.node().span
    }

    /// Its local tag without the `!`: `reference`.
    pub(crate) fn tag(self) -> Option<&'t str> {
        self.node().tag.as_deref()
    }

    /// The text of a scalar.
    pub(crate) fn text(self) -> Option<&'t str> {
        match &self.node().kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn value(self) -> Option<&'t str> {
        match &self.node().kind {
            Kind::Scalar(text, Style::Plain) if matches!(&**text, "" | "~" | "null") => None,
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// True for a scalar without quotes.
    pub(crate) fn is_plain(self) -> bool {
        matches!(self.node().kind, Kind::Scalar(_, Style::Plain))
    }

    /// True for the YAML 1.1 and 1.2 words for true, unquoted or not.
    pub(crate) fn is_true(self) -> bool {
        self.text().is_some_and(|t| {
            t.eq_ignore_ascii_case("true")
                || t.eq_ignore_ascii_case("yes")
                || t.eq_ignore_ascii_case("on")
        })
    }

    /// True for the YAML 1.1 and 1.2 words for false, unquoted or not.
    pub(crate) fn is_false(self) -> bool {
        self.text().is_some_and(|t| {
            t.eq_ignore_ascii_case("false")
                || t.eq_ignore_ascii_case("no")
                || t.eq_ignore_ascii_case("off")
        })
    }

    /// True for a mapping.
    pub(crate) fn is_map(self) -> bool {
        matches!(self.node().kind, Kind::Map(..))
    }

    /// True for a sequence.
    pub(crate) fn is_seq(self) -> bool {
        matches!(self.node().kind, Kind::Seq(..))
    }

    /// The value of a key of a mapping.
    pub(crate) fn get(self, key: &str) -> Option<At<'t>> {
        self.entries().find(|(k, _)| k.text() == Some(key)).map(|(_, v)| v)
    }

    /// The key and value of a key of a mapping.
    pub(crate) fn entry(self, key: &str) -> Option<(At<'t>, At<'t>)> {
        self.entries().find(|(k, _)| k.text() == Some(key))
    }

    /// Keys and values of a mapping; nothing for anything else.
    pub(crate) fn entries(self) -> impl Iterator<Item = (At<'t>, At<'t>)> {
        let (start, end) = match self.node().kind {
            Kind::Map(start, end) => (start, end),
            _ => (0, 0),
        };
        (start..end).step_by(2).map(move |edge| (self.child(edge), self.child(edge + 1)))
    }

    /// The items of a sequence; nothing for anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = At<'t>> {
        let (start, end) = match self.node().kind {
            Kind::Seq(start, end) => (start, end),
            _ => (0, 0),
        };
        (start..end).map(move |edge| self.child(edge))
    }

    /// The items of a sequence, or the node itself when it is a scalar that is not null.
    pub(crate) fn one_or_many(self) -> impl Iterator<Item = At<'t>> {
        self.items().chain(self.value().map(|_| self))
    }

    /// The texts of [`At::one_or_many`].
    pub(crate) fn texts(self) -> impl Iterator<Item = &'t str> {
        self.one_or_many().filter_map(At::value)
    }

    /// The region of a part of a scalar: exact when the part stands in the source as it is in the
    /// text, otherwise the region of the whole scalar.
    pub(crate) fn part(self, offset: usize, length: usize) -> Region {
        let span = self.region();
        let Kind::Scalar(text, style) = &self.node().kind else { return span };
        let (Some(before), Some(part)) = (text.get(..offset), text.get(offset..offset + length))
        else {
            return span;
        };
        if part.contains('\n') {
            return span;
        }
        let line = match style {
            Style::Literal => Some(span.start_line + newlines(before)),
            Style::Plain | Style::Quoted if span.start_line == span.end_line => {
                Some(span.start_line)
            }
            Style::Folded | Style::Plain | Style::Quoted => None,
        };
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        line.and_then(|line| self.find_in_line(line, in_line, part))
            .or_else(|| self.search(part))
            .unwrap_or(span)
    }

    fn find_in_line(self, line: u32, before: &str, part: &str) -> Option<Region> {
        let source = self.tree.line(line);
        let from = source.find(before).map_or(0, |at| at + before.len());
        let at = from + source.get(from..)?.find(part)?;
        Some(region_in(line, source, at, part))
    }

    /// The first line of a many-line scalar that has the part.
    fn search(self, part: &str) -> Option<Region> {
        let span = self.region();
        (span.start_line..=span.end_line).find_map(|line| {
            let source = self.tree.line(line);
            Some(region_in(line, source, source.find(part)?, part))
        })
    }
}

fn region_in(line: u32, source: &str, at: usize, part: &str) -> Region {
    let column = count(source[..at].chars().count()) + 1;
    Region {
        start_line: line,
        start_column: column,
        end_line: line,
        end_column: column + count(part.chars().count()),
    }
}

fn newlines(text: &str) -> u32 {
    count(text.bytes().filter(|b| *b == b'\n').count())
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The text of a document, or why it cannot be read as YAML, with the line.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, YamlError> {
    if bytes.len() > MAX_BYTES {
        return Err(YamlError { line: 1, why: format!("longer than {MAX_BYTES} bytes") });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = count(before.iter().filter(|b| **b == b'\n').count()) + 1;
        YamlError { line, why: "not UTF-8".to_owned() }
    })
}
